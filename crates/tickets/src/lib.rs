#![doc = include_str!("../README.md")]

mod check_in;
mod code;
mod give_back;
mod holder;
mod inventory;
mod order;
mod order_request;
mod order_transition;
mod place;
mod ports;
mod ticket;

pub use check_in::{Refusal, Window, admit, check_in};
pub use code::{CodeError, TicketCode};
pub use give_back::may_give_back;
pub use holder::Holder;
pub use inventory::{BuyerUsage, Inventory, InventoryDelta, OrderLimits};
pub use order::{
    Buyer, BuyerKey, GuestEmail, NewOrder, Order, OrderError, OrderKind, OrderLine, OrderStatus, OrderTicket,
    total_of,
};
pub use order_request::{
    Issuance, LineLeft, LineRefusal, LineRequest, OrderRefusal, OrderRequest, Placement, PlannedTicket,
    Quote, Shortage, ShownPrice,
};
pub use order_transition::{
    ConfirmRefusal, ReinstateRefusal, Reinstatement, ReleaseCause, Transition, confirm, issue, reinstate,
    release,
};
pub use place::{QUOTE_VALIDITY, place, quote};
pub use ports::{TicketQuery, TicketReader, TicketWriter};
pub use ticket::{Ticket, TicketOrder, TicketStatus};
