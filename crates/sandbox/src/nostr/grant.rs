use chrono::TimeDelta;
use kernel::{Msats, Timestamp};
use std::collections::BTreeSet;

/// Everything the sandbox's wallet can do.
pub(crate) const METHODS: [&str; 6] =
    ["get_info", "get_balance", "pay_invoice", "make_invoice", "lookup_invoice", "list_transactions"];

/// Which encryption the wallet speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schemes {
    /// NIP-44 only, as some modern wallets.
    Nip44,
    /// NIP-04 only, as old wallets.
    Nip04,
    /// Both, and says so.
    Both,
}

/// What kind of wallet it is.
#[derive(Debug, Clone)]
pub struct WalletOptions {
    /// Its name.
    pub alias: String,
    /// Which encryption it speaks.
    pub schemes: Schemes,
    /// Whether it publishes an info event (kind 13194).
    pub announces: bool,
    /// Whether it announces payments (kinds 23196, 23197).
    pub notifies: bool,
    /// Whether it writes its own key into the `p` tag of answers, as uma-nwc-server does.
    pub own_key_in_p: bool,
    /// The address in its connection URIs.
    pub lud16: Option<String>,
}

impl Default for WalletOptions {
    fn default() -> Self {
        Self {
            alias: "Sandbox wallet".to_owned(),
            schemes: Schemes::Both,
            announces: true,
            notifies: true,
            own_key_in_p: false,
            lud16: None,
        }
    }
}

/// What a connection may do.
#[derive(Debug, Clone)]
pub struct Grant {
    pub(super) methods: BTreeSet<String>,
    pub(super) budget: Option<Msats>,
    /// After how long the budget is whole again.
    pub(super) period: Option<TimeDelta>,
    pub(super) expires_at: Option<Timestamp>,
}

impl Grant {
    /// Everything, without limit.
    pub fn all() -> Self {
        Self::only(METHODS.map(str::to_owned))
    }

    /// These methods alone, without limit.
    pub fn only(methods: impl IntoIterator<Item = String>) -> Self {
        Self { methods: methods.into_iter().collect(), budget: None, period: None, expires_at: None }
    }

    /// All but spending.
    pub fn receiving() -> Self {
        Self::all().without("pay_invoice")
    }

    /// The same without one method.
    #[must_use]
    pub fn without(mut self, method: &str) -> Self {
        self.methods.remove(method);
        self
    }

    /// The same, spending no more than this in all.
    #[must_use]
    pub fn within(self, budget: Msats) -> Self {
        self.within_each(budget, None)
    }

    /// The same, spending no more than this in each period.
    #[must_use]
    pub fn within_each(self, budget: Msats, period: Option<TimeDelta>) -> Self {
        Self { budget: Some(budget), period, ..self }
    }

    /// The same, until then.
    #[must_use]
    pub fn until(self, end: Timestamp) -> Self {
        Self { expires_at: Some(end), ..self }
    }
}
