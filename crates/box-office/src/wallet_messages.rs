//! Messages for buyers about their connected wallets.

use payments::{NOT_SENT, OutgoingOrder};

/// Shown while the buyer can pay another way.
pub(crate) const UNANSWERED: &str = "Your connected wallet has not confirmed the payment. You can pay another way: it is the same invoice, so you pay once.";
pub(crate) const PROVIDER_UNREACHABLE: &str = "Your wallet's provider could not be reached.";
pub(crate) const STILL_PAYING: &str = "Your connected wallet is still paying.";
/// Shown to the owner of a connection that the wallet rejects.
pub(crate) const DEAD_CONNECTION: &str =
    "Your wallet no longer accepts this connection. Connect your wallet again.";

/// Message for the buyer about a refusal; the wallet's own text stays in the order.
pub(crate) fn refusal_sentence(code: &str) -> &'static str {
    match code {
        NOT_SENT => "Your connected wallet could not be reached.",
        "INSUFFICIENT_BALANCE" => "Your connected wallet does not have enough balance.",
        "QUOTA_EXCEEDED" => "The budget that your wallet allows for this connection is used up.",
        "PAYMENT_FAILED" => "Your connected wallet could not find a way to pay.",
        "NOT_IMPLEMENTED" | "RESTRICTED" | "UNAUTHORIZED" | "EXPIRED" => {
            "Your connected wallet no longer accepts this connection."
        }
        _ => "Your connected wallet declined the payment.",
    }
}

/// Message for the buyer about an order that ended unpaid.
pub(crate) fn closed_sentence(order: &OutgoingOrder) -> &'static str {
    refusal_sentence(order.detail.split(':').next().unwrap_or_default())
}
