use std::fmt;

/// What receiving needs.
const REQUIRED: [&str; 2] = ["make_invoice", "lookup_invoice"];
/// What is better to have.
const WANTED: [&str; 2] = ["get_info", "get_balance"];
/// What spends; refunds need it, receiving does not.
const SPENDING: [&str; 4] = ["pay_invoice", "pay_keysend", "multi_pay_invoice", "multi_pay_keysend"];
/// Proves that a refund whose answer was lost was not paid.
const LIST: &str = "list_transactions";

/// What a wallet can do for a shop, and what it cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doctor {
    /// The wallet's name for itself.
    pub alias: Option<String>,
    /// `mainnet`, `testnet`, `signet` or `regtest`, when the wallet says.
    pub network: Option<String>,
    /// All that it grants to this connection.
    pub methods: Vec<String>,
    /// Without these it cannot be the shop's node.
    pub missing_required: Vec<&'static str>,
    /// Without these the shop works, with less to show.
    pub missing_optional: Vec<&'static str>,
    /// Whether this connection can spend: more than receiving needs, and what refunds need.
    pub can_spend: bool,
    /// Whether payments are announced; without, the shop polls.
    pub announces_payments: bool,
    /// Whether it speaks NIP-44; NIP-04 is deprecated.
    pub modern_encryption: bool,
}

impl Doctor {
    /// What works, but not as well as it could, with the remedy.
    pub fn warning(&self) -> Option<String> {
        (self.can_spend && !self.methods.iter().any(|method| method == LIST)).then(|| {
            format!(
                "the wallet does not grant {LIST} to this connection: a refund whose answer was lost stays open, since nothing \
                proves that it was not paid. Grant {LIST}, or search for such a refund in the wallet itself and, if it was not \
                paid, give it up on the payment's page"
            )
        })
    }

    /// Whether a shop can run on it.
    pub fn is_fit(&self) -> bool {
        self.missing_required.is_empty()
    }

    pub(crate) fn new(
        alias: Option<String>,
        network: Option<String>,
        methods: Vec<String>,
        notifications: &[String],
        modern_encryption: bool,
    ) -> Self {
        let lacking = |names: &[&'static str]| -> Vec<&'static str> {
            names.iter().filter(|name| !methods.iter().any(|method| method == **name)).copied().collect()
        };
        Self {
            alias,
            network,
            missing_required: lacking(&REQUIRED),
            missing_optional: lacking(&WANTED),
            can_spend: methods.iter().any(|method| SPENDING.contains(&method.as_str())),
            announces_payments: notifications.iter().any(|name| name == "payment_received"),
            modern_encryption,
            methods,
        }
    }
}

impl fmt::Display for Doctor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.alias.as_deref().unwrap_or("the wallet");
        if self.is_fit() {
            write!(f, "{name} can be the shop's node")?;
        } else {
            write!(
                f,
                "{name} cannot be the shop's node: it does not grant {}",
                self.missing_required.join(", ")
            )?;
        }
        if !self.missing_optional.is_empty() {
            write!(f, "; not granted: {}", self.missing_optional.join(", "))?;
        }
        f.write_str(if self.can_spend { "; can spend (refunds)" } else { "; cannot spend (no refunds)" })?;
        if !self.announces_payments {
            f.write_str("; does not announce payments, so the shop polls")?;
        }
        if !self.modern_encryption {
            f.write_str("; speaks only NIP-04, which is deprecated")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diagnosis_names_what_is_missing() {
        let doctor = Doctor::new(None, None, vec!["get_info".into(), "lookup_invoice".into()], &[], true);
        assert!(!doctor.is_fit());
        let said = doctor.to_string();
        assert!(said.contains("does not grant make_invoice;"), "{said}");
        assert!(said.contains("not granted: get_balance;"), "{said}");
        assert!(said.contains("cannot spend"), "{said}");
    }

    #[test]
    fn a_wallet_that_pays_refunds_without_a_list_of_payments_is_warned_of() {
        let warning = |methods: &[&str]| {
            let methods = methods.iter().map(|method| (*method).to_owned()).collect();
            Doctor::new(None, None, methods, &[], true).warning()
        };
        let said = warning(&["pay_invoice"]).unwrap();
        assert!(said.contains("Grant list_transactions") && said.contains("give it up"), "{said}");
        assert_eq!(warning(&["pay_invoice", "list_transactions"]), None);
        assert_eq!(warning(&["make_invoice"]), None, "it pays no refunds");
    }
}
