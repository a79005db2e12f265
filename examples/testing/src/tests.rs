//! The first way: the till alone, with the generated mock where the payment service would be. Nothing of HTTP is in here.

use crate::{
    Checkout, Order, State,
    payments::{Charge, NewCharge, PaymentError, PaymentsMock},
};
use apiclient::{
    ErrorKind,
    testing::{self, run},
};
use std::sync::Arc;

/// What the service says; the rules of `PaymentError` make its variant of it.
const DECLINED: &str = r#"{"error": {"code": "insufficient_funds"}}"#;

/// The till, and the mock behind it.
fn shop() -> (Checkout, Arc<PaymentsMock>) {
    let payments = Arc::new(PaymentsMock::new());
    (Checkout::new(payments.clone()), payments)
}

fn charge() -> Charge {
    Charge { id: "ch_1".into(), order: "o-17".into(), amount: 4200 }
}

#[test]
fn an_order_is_charged_once() {
    let (checkout, payments) = shop();
    payments.charge.returns(charge()).times(1);

    let mut order = Order::new("o-17", 4200);
    run(checkout.pay(&mut order)).unwrap();
    run(checkout.pay(&mut order)).unwrap();

    assert_eq!(order.state, State::Paid("ch_1".into()));
    assert_eq!(payments.charge.calls(), [NewCharge { order: "o-17".into(), amount: 4200 }]);
    // With the till goes the mock, and here it is found out whether `times` is true.
}

#[test]
fn a_declined_order_can_be_paid_again() {
    let (checkout, payments) = shop();
    payments.charge.fails(|| testing::error(402, DECLINED)).returns(charge());

    let mut order = Order::new("o-17", 4200);
    run(checkout.pay(&mut order)).unwrap();
    assert_eq!(order.state, State::Declined("insufficient_funds".into()));

    run(checkout.pay(&mut order)).unwrap();
    assert_eq!(order.state, State::Paid("ch_1".into()));
    assert_eq!(payments.charge.count(), 2);
}

#[test]
fn an_answer_that_was_lost_is_looked_up() {
    let (checkout, payments) = shop();
    payments.charge.fails(|| testing::failure(ErrorKind::Timeout)).once(Err(PaymentError::AlreadyCharged));
    payments.charges.returns(vec![charge()]);

    let mut order = Order::new("o-17", 4200);
    let error = run(checkout.pay(&mut order)).unwrap_err();
    assert!(matches!(error, PaymentError::TooSlow), "{error}");
    assert_eq!(order.state, State::Open);

    run(checkout.pay(&mut order)).unwrap();
    assert_eq!(order.state, State::Paid("ch_1".into()));
    assert_eq!(payments.charges.calls(), [(Some("o-17".into()), Some(1))]);
    payments.verify();
}

#[test]
fn what_was_never_charged_can_be_cancelled() {
    let (checkout, payments) = shop();
    payments.charges.returns(vec![]);
    payments.refund.times(0);

    let mut order = Order::new("o-17", 4200);
    run(checkout.cancel(&mut order)).unwrap();
    assert_eq!(order.state, State::Cancelled);
}

#[test]
fn a_refund_of_what_is_unknown_is_fine() {
    let (checkout, payments) = shop();
    payments.refund.fails(|| testing::error(404, ""));

    let mut order = Order { state: State::Paid("ch_0".into()), ..Order::new("o-17", 4200) };
    run(checkout.cancel(&mut order)).unwrap();

    assert_eq!(order.state, State::Cancelled);
    assert_eq!(payments.refund.calls(), ["ch_0"]);
}
