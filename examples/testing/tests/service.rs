//! The second way: the till with the real client, and a stub beneath it. Every call goes through the whole pipeline: parameters,
//! bodies, time limits, errors. Only the network is not there, and the time is the test's.

use apiclient::{
    testing::{ManualClock, Stub},
    transport::{Reply, TransportErrorKind},
};
use apiclient_example_testing::{
    Checkout, Order, State,
    payments::{Charge, NewCharge, PaymentError, Payments, PaymentsClient},
};
use std::{sync::Arc, time::Duration};

/// What a test needs: the service that it plays, the time that it moves, and the client.
fn world() -> (Stub, ManualClock, Arc<dyn Payments>) {
    let (stub, clock) = (Stub::new(), ManualClock::new());
    let builder = PaymentsClient::builder().transport(stub.clone()).clock(clock.clone());
    (stub, clock, Arc::new(builder.build().unwrap()))
}

fn charge() -> Charge {
    Charge { id: "ch_1".into(), order: "o-17".into(), amount: 4200 }
}

#[test]
fn an_order_is_sent_as_json() {
    let (stub, clock, payments) = world();
    let charged = stub.on(&PaymentsClient::ENDPOINTS.charge).returns(&charge()).status(201);

    let mut order = Order::new("o-17", 4200);
    clock.run(Checkout::new(payments).pay(&mut order)).unwrap();

    assert_eq!(order.state, State::Paid("ch_1".into()));
    let sent = &charged.requests()[0];
    assert_eq!(sent.json::<NewCharge>().unwrap(), NewCharge { order: "o-17".into(), amount: 4200 });
    assert_eq!(sent.header::<String>("content-type").unwrap(), "application/json");
    assert_eq!(sent.url().path(), "/v1/charges");
    stub.verify();
}

#[test]
fn a_decline_has_its_code() {
    let (stub, clock, payments) = world();
    let declined =
        r#"{"error": {"code": "insufficient_funds", "message": "There is too little on the card."}}"#;
    stub.on(&PaymentsClient::ENDPOINTS.charge).reply(Reply::new(402, declined)).times(1);

    let mut order = Order::new("o-17", 4200);
    clock.run(Checkout::new(payments).pay(&mut order)).unwrap();

    assert_eq!(order.state, State::Declined("insufficient_funds".into()));
    stub.verify();
}

#[test]
fn a_slow_answer_is_waited_for() {
    let (stub, clock, payments) = world();
    let nine = Duration::from_secs(9);
    stub.on(&PaymentsClient::ENDPOINTS.charge).returns(&charge()).after(nine);

    let mut order = Order::new("o-17", 4200);
    clock.run(Checkout::new(payments).pay(&mut order)).unwrap();

    assert_eq!(order.state, State::Paid("ch_1".into()));
    assert_eq!(clock.elapsed(), nine, "by the clock of the test, which waits for nothing");
}

#[test]
fn an_answer_that_never_comes_is_looked_up_later() {
    let (stub, clock, payments) = world();
    let charged = stub.on(&PaymentsClient::ENDPOINTS.charge).hangs().reply(Reply::new(409, "")).times(2);
    let listed = stub.on(&PaymentsClient::ENDPOINTS.charges).returns(&[charge()]).times(1);
    let checkout = Checkout::new(payments);

    let mut order = Order::new("o-17", 4200);
    let error = clock.run(checkout.pay(&mut order)).unwrap_err();
    assert!(matches!(error, PaymentError::TooSlow), "{error}");
    assert_eq!(clock.elapsed(), Duration::from_secs(10), "the `#[timeout]` of the trait");
    assert_eq!(order.state, State::Open);

    clock.run(checkout.pay(&mut order)).unwrap();
    assert_eq!(order.state, State::Paid("ch_1".into()));
    let sent = charged.requests();
    assert_eq!(
        sent[0].json::<NewCharge>().unwrap(),
        sent[1].json().unwrap(),
        "the same order, not another one"
    );
    assert_eq!(listed.requests()[0].query::<String>("order").unwrap(), "o-17");
    assert_eq!(listed.requests()[0].query::<Option<u8>>("limit").unwrap(), Some(1));
    stub.verify();
}

#[test]
fn a_service_that_is_down_changes_nothing() {
    let (stub, clock, payments) = world();
    stub.on(&PaymentsClient::ENDPOINTS.charge)
        .fails(TransportErrorKind::Connect)
        .reply(Reply::new(503, "<h1>Back soon</h1>"));
    let checkout = Checkout::new(payments);

    let mut order = Order::new("o-17", 4200);
    let error = clock.run(checkout.pay(&mut order)).unwrap_err();
    // Nothing was sent the first time, so there was a second; that one may have been a charge, so there was no third.
    assert!(matches!(&error, PaymentError::Other(e) if e.is_server_error() && e.attempts() == 2), "{error}");
    let error = clock.run(checkout.pay(&mut order)).unwrap_err();
    assert!(matches!(&error, PaymentError::Other(e) if e.is_server_error()), "{error}");
    assert_eq!(order.state, State::Open);
}

#[test]
fn a_cancelled_order_is_refunded_by_its_charge() {
    let (stub, clock, payments) = world();
    // A route is also named by method and template.
    let refunded = stub.on("POST /charges/{id}/refund").reply(Reply::new(204, "")).reply(Reply::new(404, ""));
    let checkout = Checkout::new(payments);

    for id in ["ch_1", "ch/2"] {
        let mut order = Order { state: State::Paid(id.into()), ..Order::new("o-17", 4200) };
        clock.run(checkout.cancel(&mut order)).unwrap();
        assert_eq!(order.state, State::Cancelled);
    }
    let ids: Vec<String> = refunded.requests().iter().map(|sent| sent.path("id").unwrap()).collect();
    assert_eq!(ids, ["ch_1", "ch/2"]);
    stub.verify();
}
