use std::fmt;

/// Methods that receiving requires.
const REQUIRED: [&str; 2] = ["make_invoice", "lookup_invoice"];
/// Optional methods.
const OPTIONAL: [&str; 2] = ["get_info", "get_balance"];
/// Spending methods. Refunds require them, receiving does not.
const SPENDING: [&str; 4] = ["pay_invoice", "pay_keysend", "multi_pay_invoice", "multi_pay_keysend"];
/// Proves that a refund without a response was not paid.
const LIST: &str = "list_transactions";

/// Capabilities of a wallet as the shop's node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doctor {
    /// The wallet's alias.
    pub alias: Option<String>,
    /// `mainnet`, `testnet`, `signet` or `regtest`, if reported.
    pub network: Option<String>,
    /// Methods granted to this connection.
    pub methods: Vec<String>,
    /// Missing methods without which it cannot be the shop's node.
    pub missing_required: Vec<&'static str>,
    /// Missing methods that the shop can run without.
    pub missing_optional: Vec<&'static str>,
    /// Whether this connection can spend, which refunds need.
    pub can_spend: bool,
    /// Whether payments are notified; otherwise the shop polls.
    pub announces_payments: bool,
    /// Whether it supports NIP-44; NIP-04 is deprecated.
    pub modern_encryption: bool,
}

impl Doctor {
    /// A degraded capability, with its remedy.
    pub fn warning(&self) -> Option<String> {
        (self.can_spend && !self.methods.iter().any(|method| method == LIST)).then(|| {
            format!(
                "the wallet does not grant {LIST} to this connection: a refund whose answer was lost stays open, since nothing \
                proves that it was not paid. Grant {LIST}, or search for such a refund in the wallet itself and, if it was not \
                paid, give it up on the payment's page"
            )
        })
    }

    /// Whether the wallet can be the shop's node.
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
            missing_optional: lacking(&OPTIONAL),
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
    fn warns_of_refunds_without_a_payment_list() {
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
