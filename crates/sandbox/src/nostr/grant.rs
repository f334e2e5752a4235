use chrono::TimeDelta;
use kernel::{Msats, Timestamp};
use std::collections::BTreeSet;

/// Methods of the sandbox's wallets.
pub(crate) const METHODS: [&str; 6] =
    ["get_info", "get_balance", "pay_invoice", "make_invoice", "lookup_invoice", "list_transactions"];

/// Supported encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schemes {
    /// NIP-44 only, as some modern wallets.
    Nip44,
    /// NIP-04 only, as old wallets.
    Nip04,
    /// Both, as announced.
    Both,
}

/// What a wallet does with an invoice's description and its hash (NIP-47 lets both be sent).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DescriptionRule {
    /// The hash is used, the description ignored.
    #[default]
    Ignored,
    /// The description must be there and match the hash, as Core Lightning requires.
    Required,
    /// The description is used, the hash ignored.
    Preferred,
    /// The hash is used, but a long description is an error, as LND's memo.
    Short,
}

/// Properties of a wallet.
#[derive(Debug, Clone)]
pub struct WalletOptions {
    /// Alias.
    pub alias: String,
    /// Supported encryption.
    pub schemes: Schemes,
    /// Whether it publishes an info event (kind 13194).
    pub announces: bool,
    /// Whether it sends payment notifications (kinds 23196, 23197).
    pub notifies: bool,
    /// Whether it writes its own key into the `p` tag of responses, like uma-nwc-server.
    pub own_key_in_p: bool,
    /// Address in its connection URIs.
    pub lud16: Option<String>,
    /// Descriptions of its invoices.
    pub descriptions: DescriptionRule,
}

impl Default for WalletOptions {
    fn default() -> Self {
        Self {
            alias: "Test wallet".to_owned(),
            schemes: Schemes::Both,
            announces: true,
            notifies: true,
            own_key_in_p: false,
            lud16: None,
            descriptions: DescriptionRule::default(),
        }
    }
}

/// Permissions of a connection.
#[derive(Debug, Clone)]
pub struct Grant {
    pub(super) methods: BTreeSet<String>,
    pub(super) budget: Option<Msats>,
    /// Renewal period of the budget.
    pub(super) period: Option<TimeDelta>,
    pub(super) expires_at: Option<Timestamp>,
}

impl Grant {
    /// All methods without limit.
    pub fn all() -> Self {
        Self::only(METHODS.map(str::to_owned))
    }

    /// Only these methods, without limit.
    pub fn only(methods: impl IntoIterator<Item = String>) -> Self {
        Self { methods: methods.into_iter().collect(), budget: None, period: None, expires_at: None }
    }

    /// All methods but spending ones.
    pub fn receiving() -> Self {
        Self::all().without("pay_invoice")
    }

    /// Without one method.
    #[must_use]
    pub fn without(mut self, method: &str) -> Self {
        self.methods.remove(method);
        self
    }

    /// With a total budget.
    #[must_use]
    pub fn within(self, budget: Msats) -> Self {
        self.within_each(budget, None)
    }

    /// With a budget per period.
    #[must_use]
    pub fn within_each(self, budget: Msats, period: Option<TimeDelta>) -> Self {
        Self { budget: Some(budget), period, ..self }
    }

    /// With an expiry.
    #[must_use]
    pub fn until(self, end: Timestamp) -> Self {
        Self { expires_at: Some(end), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same name as on the wallet's page and in the web app.
    #[test]
    fn the_alias_is_the_name_of_the_test_wallet() {
        assert_eq!(WalletOptions::default().alias, "Test wallet");
    }
}
