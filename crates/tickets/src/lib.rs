#![doc = include_str!("../README.md")]

mod check_in;
mod code;
mod ports;
mod ticket;

pub use check_in::{Refusal, Window, admit, check_in};
pub use code::{CodeError, TicketCode};
pub use ports::{TicketQuery, TicketReader, TicketWriter};
pub use ticket::{Ticket, TicketStatus};
