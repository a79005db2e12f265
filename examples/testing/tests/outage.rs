//! The third way: an outage drill. The service has a state here, the way to it fails as chance has it, and what is asserted is no
//! answer but what has to hold whatever happens: nobody is charged twice, and what is marked as paid was charged.

use apiclient::{
    StatusCode,
    testing::{self, Fault, Latency, Stub, World},
    transport::Reply,
};
use apiclient_example_testing::{
    Checkout, Order, State,
    payments::{Charge, NewCharge, PaymentsClient},
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// The payment service as it is meant to be: it charges an order once.
#[derive(Clone, Default)]
struct Service {
    charges: Arc<Mutex<Vec<Charge>>>,
    refunded: Arc<Mutex<Vec<String>>>,
}

impl Service {
    fn stub(&self) -> Stub {
        let stub = Stub::new();
        let (service, endpoints) = (self.clone(), PaymentsClient::ENDPOINTS);
        stub.on(&endpoints.charge).answers(move |sent| {
            let NewCharge { order, amount } = sent.json()?;
            let mut charges = service.charges.lock().unwrap();
            if charges.iter().any(|charge| charge.order == order) {
                return Ok(Reply::new(409, ""));
            }
            let charge = Charge { id: format!("ch_{}", charges.len() + 1), order, amount };
            charges.push(charge.clone());
            Ok(Reply::json(201, &charge)?)
        });
        let service = self.clone();
        stub.on(&endpoints.charges).answers(move |sent| {
            let order: Option<String> = sent.query("order")?;
            let charges = service.charges.lock().unwrap();
            let found =
                charges.iter().filter(|charge| order.as_ref().is_none_or(|order| *order == charge.order));
            Ok(Reply::json(200, &found.collect::<Vec<_>>())?)
        });
        let service = self.clone();
        stub.on(&endpoints.refund).answers(move |sent| {
            let id: String = sent.path("id")?;
            let mut refunded = service.refunded.lock().unwrap();
            if refunded.contains(&id) {
                return Ok(Reply::new(404, ""));
            }
            refunded.push(id);
            Ok(Reply::new(StatusCode::NO_CONTENT.as_u16(), ""))
        });
        stub
    }
}

/// The shop in one world: its till, and the service at the end of a bad way.
fn shop(world: &World) -> (Checkout, Service) {
    let service = Service::default();
    let way = world
        .chaos(service.stub())
        .latency(Latency::between(Duration::from_millis(5), Duration::from_millis(300)))
        .rate(Fault::Refuse, 0.1)
        .rate(Fault::Reset, 0.15)
        .rate(Fault::Truncate, 0.1)
        .rate(Fault::Hang, 0.05)
        .rate(Fault::storm(503, 3), 0.05);
    let builder = PaymentsClient::builder().transport(way).clock(world.clock());
    (Checkout::new(Arc::new(builder.build().unwrap())), service)
}

#[test]
fn whatever_happens_an_order_is_charged_once() {
    testing::explore(0..200, |world| async move {
        let (checkout, service) = shop(&world);
        let mut orders: Vec<Order> = (1..=5).map(|n| Order::new(format!("o-{n}"), 100 * n)).collect();
        for order in &mut orders {
            // Somebody presses the button until it has worked, but not for ever.
            for _ in 0..6 {
                if checkout.pay(order).await.is_ok() {
                    break;
                }
            }
        }
        let charges = service.charges.lock().unwrap();
        // The service keeps its word only for the same order: a till that names each try anew is found out here.
        for charge in charges.iter() {
            let is_it = |order: &&Order| (&order.id, order.amount) == (&charge.order, charge.amount);
            assert_eq!(orders.iter().filter(is_it).count(), 1, "{charge:?} is for no order");
        }
        for order in &orders {
            match &order.state {
                State::Paid(id) => {
                    let is_it = |charge: &Charge| (&charge.id, &charge.order) == (id, &order.id);
                    assert!(charges.iter().any(is_it), "{order:?}: {charges:?}");
                }
                state => assert_eq!(*state, State::Open, "a service that is down declines nothing"),
            }
        }
        Ok::<_, apiclient::Error>(())
    });
}

#[test]
fn whatever_happens_a_cancelled_order_costs_nothing() {
    testing::explore(0..200, |world| async move {
        let (checkout, service) = shop(&world);
        let mut order = Order::new("o-1", 100);
        let _ = checkout.pay(&mut order).await;
        let mut cancelled = false;
        for _ in 0..6 {
            cancelled |= !cancelled && checkout.cancel(&mut order).await.is_ok();
        }
        let (charges, refunded) = (service.charges.lock().unwrap(), service.refunded.lock().unwrap());
        let kept: Vec<&Charge> = charges.iter().filter(|charge| !refunded.contains(&charge.id)).collect();
        assert!(!cancelled || kept.is_empty(), "{kept:?} was kept");
        Ok::<_, apiclient::Error>(())
    });
}
