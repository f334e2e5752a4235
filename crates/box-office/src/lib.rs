#![doc = include_str!("../README.md")]

mod account_email;
mod accounts;
mod admin_payments;
mod cancellation;
mod catalog;
mod check_in;
mod collect;
mod email_proof;
mod erasure;
mod event_cache;
mod event_updates;
mod expire;
mod extra_invoice;
mod free_orders;
mod give_up;
mod hash_queue;
mod holder_mail;
mod holds;
mod invoice_checks;
mod invoice_polling;
mod job_runner;
mod jobs;
mod links;
mod login_guard;
mod login_link;
mod mail_limits;
mod node_audit;
mod nonces;
mod office;
mod order_batch;
mod order_changes;
mod order_holders;
mod order_invoice;
mod order_mail;
mod order_move;
mod order_repeats;
mod order_status;
mod orders;
mod password_reset;
mod passwords;
mod payment_link;
mod place_order;
mod promo_codes;
mod published_purchase;
mod purchase;
mod push_limit;
mod queue;
mod quota;
mod quotes;
mod rates;
mod receive;
mod recent;
mod refund_address;
mod refund_orders;
mod refunds;
mod settle;
mod store;
mod stream_token;
mod ticket_mail;
mod ticket_types;
mod transition;
mod views;
mod wallet_answers;
mod wallet_checks;
mod wallet_connection;
mod wallet_keys;
mod wallet_messages;
mod wallet_orders;
mod wallet_refresh;
mod watch;
mod watch_store;
mod webhooks;

pub use account_email::{AccountEmail, AccountNotice, ProofReason};
pub use accounts::{AccountError, Caller, ProfileChange, Registration};
pub use admin_payments::{
    PayError, PaymentCallback, PaymentCallbackError, PaymentViewError, Retried, RetryError, SeenPayment,
    SimulateError,
};
pub use cancellation::RefundPlan;
pub use catalog::CatalogError;
pub use check_in::{Admission, SeenTicket, TicketError};
pub use event_cache::EventList;
pub use give_up::{GiveUpError, GivenUp};
pub use holder_mail::HolderNotice;
pub use holds::{AttachOutcome, Attachment, CollectionUpdate, Holds, IdempotencyKey, SeenNonce};
pub use jobs::{CallLimits, Job, JobEnd, NewJob, Task};
pub use links::Links;
pub use mail_limits::{MailCharge, MailLimits, MailScope, MailUsage, MailVerdict, OverLimit, decide_mail};
pub use node_audit::{Difference, NodeAudit, NodeAuditError, NodeDifference, compare_with_node};
pub use office::{
    BoxOffice, Dependencies, Mailer, MailerError, RefreshError, RefreshedWallet, Settings, WalletRefresher,
};
pub use order_batch::{GrantedOrder, KeyName, KeyUse, OrderBatch, OrderDecision, OrderIds};
pub use order_changes::OrderChangeError;
pub use order_holders::{HolderChange, HolderError};
pub use order_mail::{OrderEmail, Recipient};
pub use order_move::{LockedOrder, OrderMove};
pub use order_repeats::{RecentOrder, repeated_order};
pub use order_status::{OrderAccessError, SeenOrder};
pub use orders::{
    OrderReader, OrderTerms, OrderView, OrderWriter, OrderedTicket, Orders, PlaceOutcome, PlaceRefusal,
    PlaceRequest, PlacedOrder, TicketSecrets, check_transition_locks,
};
pub use passwords::Origin;
pub use payment_link::PaymentLink;
pub use place_order::{OrderDraft, OrderReceipt, PlaceError};
pub use promo_codes::PromoCodeError;
pub use published_purchase::{PurchaseRefusal, published_purchase};
pub use purchase::{Order, PurchaseError, Receipt};
pub use push_limit::{Push, PushRequest, PushTurn, SeenPayreq, decide_pushes, without_orderer};
pub use queue::{GroupCommit, QueueError};
pub use quota::{
    HoldLimit, HoldLimits, NetworkHasher, NetworkTag, NetworkTags, OutstandingSeats, QuotaKey, QuotaScope,
};
pub use quotes::{QuoteError, QuoteRequest, QuotedOrder};
pub use rates::{NoRates, RateSource};
pub use receive::ReceiveUmaError;
pub use recent::Recent;
pub use refund_address::refund_address;
pub use refunds::RefundError;
pub use settle::{InvoiceCheck, InvoiceCheckError, Proof, Settled};
pub use store::{
    AuditEntry, DomainEvent, Erasure, JobStats, NewAudit, NewWebhook, Outbox, Queue, RecipientLimits,
    Session, Store, Webhook,
};
pub use ticket_mail::{MailContent, MailStamp, TicketMail};
pub use ticket_types::{MAX_TICKET_TYPES, TicketTypeError, TypeNames};
pub use views::{
    Attendee, CodeSales, EventSales, InFlight, Ledger, PaymentQuery, SalesPoint, SalesReport, TicketView,
    TypeSales, Views,
};
pub use wallet_connection::{BudgetChange, WalletOffer};
pub use wallet_keys::WalletKeys;
pub use wallet_orders::budget_day;
pub use wallet_refresh::wallet_problem;
pub use watch::{
    SessionState, StreamTarget, StreamToken, Viewer, WatchError, WatchRequest, WatchSession, WatchView,
};
pub use watch_store::{
    Announcement, ViewerCount, ViewerTotal, WatchReader, WatchSessionId, WatchState, WatchWriter,
};
pub use webhooks::ReceiveWebhookError;
