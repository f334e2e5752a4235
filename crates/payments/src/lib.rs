#![doc = include_str!("../README.md")]

mod bolt11;
mod hash;
mod history;
mod invoice;
mod known_payer;
mod lightning;
mod notice;
mod outgoing;
mod payment;
mod ports;
mod refund;
mod state_machine;
mod wallet;

pub use bolt11::{Bolt11, Bolt11Error};
pub use hash::{HashError, PaymentHash, Preimage};
pub use history::{EvidenceOrigin, PaymentEvent, PaymentEventKind};
pub use invoice::{Invoice, InvoiceRole, InvoiceStatus, NewInvoice};
pub use known_payer::KnownPayer;
pub use lightning::{
    IncomingState, InvoiceOrder, Lightning, LightningError, NodeBalance, NodeInvoice, NodePayment,
    NodePaymentStatus, NodeStatus, NodeWebhooks, OutgoingState, PayOrder, TestPayments, WebhookError,
    WebhookNotice,
};
pub use notice::{CancelledTicket, Notice, RefundedTicket};
pub use outgoing::{
    EXPIRED_UNPAID, ORDER_EXPIRY_MARGIN, OrderAnswer, OrderStatus, OrderStep, OutgoingOrder, Payer,
};
pub use payment::{Collection, CollectionState, Payment, PaymentAnomaly, PaymentState, PaymentStatus};
pub use ports::{PaymentReader, PaymentWriter};
pub use refund::{GiveUpRefusal, NewRefund, Refund, RefundReason, RefundStatus};
pub use state_machine::{Decision, EventFacts, Evidence, TicketMove, decide, decide_beside_refunds};
pub use wallet::{BuyerWallet, NOT_SENT, Network, ProbeError, WalletAnswer, WalletFacts, WalletUri};
