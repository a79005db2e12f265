//! A shop that takes payments. It has its client behind `Arc<dyn Payments>`, so that a test can put something else there.

pub mod payments;

use payments::{NewCharge, PaymentError, Payments, Result};
use std::sync::Arc;

/// What somebody buys.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub id: String,
    /// In cents.
    pub amount: u64,
    pub state: State,
}

/// How far an order is.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    Open,
    /// With the id of its charge.
    Paid(String),
    /// With the code of the payment service.
    Declined(String),
    Cancelled,
}

impl Order {
    /// An order that is not paid yet; the amount is in cents.
    pub fn new(id: impl Into<String>, amount: u64) -> Self {
        Order { id: id.into(), amount, state: State::Open }
    }
}

/// The till of the shop.
#[derive(Clone)]
pub struct Checkout {
    payments: Arc<dyn Payments>,
}

impl Checkout {
    /// A till that takes payments by this service.
    pub fn new(payments: Arc<dyn Payments>) -> Self {
        Checkout { payments }
    }

    /// Takes the money for an order. To be declined is no error: it is marked on the order, which can be paid again.
    ///
    /// # Errors
    ///
    /// If nobody knows how it went. The order is as before, and to pay it again is safe: it is charged once.
    pub async fn pay(&self, order: &mut Order) -> Result<()> {
        if matches!(order.state, State::Paid(_) | State::Cancelled) {
            return Ok(());
        }
        let charge = NewCharge { order: order.id.clone(), amount: order.amount };
        order.state = match self.payments.charge(&charge).await {
            Ok(charge) => State::Paid(charge.id),
            Err(PaymentError::Declined { code }) => State::Declined(code),
            // The answer to an earlier try was lost.
            Err(PaymentError::AlreadyCharged) => State::Paid(self.charge_of(order).await?),
            Err(unknown) => return Err(unknown),
        };
        Ok(())
    }

    /// Gives back whatever was taken for an order. That nothing was, or that it was given back before, is fine.
    ///
    /// # Errors
    ///
    /// If nobody knows how it went. The order is as before, and can be cancelled again.
    pub async fn cancel(&self, order: &mut Order) -> Result<()> {
        let charge = match &order.state {
            State::Paid(charge) => Ok(charge.clone()),
            // It may have been charged where the answer was lost.
            _ => self.charge_of(order).await,
        };
        let refunded = match charge {
            Ok(charge) => self.payments.refund(&charge).await,
            Err(error) => Err(error),
        };
        match refunded {
            Ok(()) | Err(PaymentError::NotFound) => {
                order.state = State::Cancelled;
                Ok(())
            }
            Err(unknown) => Err(unknown),
        }
    }

    /// The id of the charge that the service has for an order.
    async fn charge_of(&self, order: &Order) -> Result<String> {
        let charges = self.payments.charges(Some(&order.id), Some(1)).await?;
        charges.into_iter().next().map(|charge| charge.id).ok_or(PaymentError::NotFound)
    }
}

#[cfg(test)]
mod tests;
