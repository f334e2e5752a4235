use crate::{details::EventDetails, zone::Zone};
use chrono::TimeDelta;
use kernel::{EventId, Sats, Timestamp};

/// An event that people buy tickets for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its number.
    pub id: EventId,
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// When it begins.
    pub start_time: Timestamp,
    /// When it is over; always after `start_time`.
    pub end_time: Timestamp,
    /// Time zone in which its times are shown; stored times are UTC.
    pub time_zone: Zone,
    /// How many people it has room for; at least 1.
    pub capacity: u32,
    /// What a ticket costs; zero is a free event.
    pub price: Sats,
    /// URL of the stream, shown to ticket holders and organisers only.
    pub stream_url: String,
    /// Whether it is offered at all.
    pub is_active: bool,
    /// When it was cancelled, if it was.
    pub cancelled_at: Option<Timestamp>,
    /// When it was entered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Seats taken by pending and paid tickets. Kept beside the event for speed; a contract case recounts it.
    pub seats_taken: u32,
    /// When the price last changed after publication; `None` while it is the first one.
    pub price_changed_at: Option<Timestamp>,
    /// Most outstanding seats per network; `None` takes the shop's setting, 0 lifts it.
    pub network_limit: Option<u32>,
    /// Organiser, tags and stream access.
    pub details: EventDetails,
}

/// Why an event cannot be bought now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOnSale {
    /// Switched off by the organiser.
    #[error("event is not active")]
    Inactive,
    /// Cancelled.
    #[error("event was cancelled")]
    Cancelled,
    /// Over.
    #[error("event is over")]
    Over,
}

/// The state that an organiser set. Whether an event is over follows from its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventStatus {
    /// Offered.
    OnSale,
    /// Switched off; may be offered again.
    Paused,
    /// Cancelled for good.
    Cancelled,
}

/// Capacity arithmetic of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seats {
    /// All there are.
    pub capacity: u32,
    /// Held or sold.
    pub taken: u32,
}

impl Seats {
    /// Seats still to be had.
    pub const fn available(self) -> u32 {
        self.capacity.saturating_sub(self.taken)
    }

    /// Takes one seat if one is left; says whether it did.
    pub const fn take(&mut self) -> bool {
        if self.available() == 0 {
            return false;
        }
        self.taken = self.taken.saturating_add(1);
        true
    }

    /// Gives one seat back.
    pub const fn release(&mut self) {
        self.taken = self.taken.saturating_sub(1);
    }
}

impl Event {
    /// The event's seats as last read.
    pub const fn seats(&self) -> Seats {
        Seats { capacity: self.capacity, taken: self.seats_taken }
    }

    /// What the organiser made of it.
    pub const fn status(&self) -> EventStatus {
        if self.cancelled_at.is_some() {
            EventStatus::Cancelled
        } else if self.is_active {
            EventStatus::OnSale
        } else {
            EventStatus::Paused
        }
    }

    /// Seats that can be ordered: none of a cancelled event.
    pub const fn available(&self) -> u32 {
        if self.cancelled_at.is_some() { 0 } else { self.seats().available() }
    }

    /// Whether tickets may be bought at `now`: until the event is over, since people may join late.
    pub fn on_sale(&self, now: Timestamp) -> Result<(), NotOnSale> {
        if self.cancelled_at.is_some() {
            Err(NotOnSale::Cancelled)
        } else if !self.is_active {
            Err(NotOnSale::Inactive)
        } else if now >= self.end_time {
            Err(NotOnSale::Over)
        } else {
            Ok(())
        }
    }

    /// Whether anybody may see it: a deactivated event is hidden, a cancelled one stays visible to those who hold its link.
    pub const fn is_public(&self) -> bool {
        self.is_active || self.cancelled_at.is_some()
    }

    /// Whether a late payment or a retry may take a seat.
    pub const fn has_free_seat(&self) -> bool {
        self.available() > 0
    }

    /// Whether the price changed less than `period` before `now`. A later change counts too: clocks of replicas differ.
    pub fn price_changed_within(&self, period: TimeDelta, now: Timestamp) -> bool {
        self.price_changed_at.is_some_and(|changed| now.signed_duration_since(changed) < period)
    }

    /// Whether tickets are free.
    pub const fn is_free(&self) -> bool {
        self.price.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn seats_are_never_oversold(capacity in 0_u32..50, tries in 0_u32..200) {
            let mut seats = Seats { capacity, taken: 0 };
            let granted = (0..tries).filter(|_| seats.take()).count();
            prop_assert_eq!(granted, usize::try_from(capacity.min(tries)).unwrap());
            prop_assert!(seats.taken <= capacity);
        }
    }

    #[test]
    fn a_capacity_lowered_below_what_is_taken_leaves_no_seats_rather_than_wrapping() {
        assert_eq!(Seats { capacity: 3, taken: 5 }.available(), 0);
    }
}
