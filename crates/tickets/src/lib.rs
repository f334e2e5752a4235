#![doc = include_str!("../README.md")]

mod check_in;
mod code;
mod give_back;
mod ports;
mod ticket;

pub use check_in::{Refusal, Window, admit, check_in};
pub use code::{CodeError, TicketCode};
pub use give_back::give_back;
pub use ports::{TicketQuery, TicketReader, TicketWriter};
pub use ticket::{Ticket, TicketStatus};
