/// UMA address of the wallet that pays an order for which the buyer gave none, as verified pay requests and the connected wallet name
/// it. Refunds go there by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum KnownPayer {
    /// No wallet named one.
    #[default]
    None,
    /// One address.
    One(String),
    /// Different wallets named theirs. One bolt11 was given to all of them, so the one that paid is unknown.
    Several,
}

impl KnownPayer {
    /// The payer after another wallet named its address, in lower case.
    #[must_use]
    pub fn after(self, address: &str) -> Self {
        match self {
            Self::None => Self::One(address.to_owned()),
            Self::One(known) if known == address => Self::One(known),
            Self::One(_) | Self::Several => Self::Several,
        }
    }

    /// The address, if it is the only one.
    pub fn address(&self) -> Option<&str> {
        match self {
            Self::One(address) => Some(address),
            Self::None | Self::Several => None,
        }
    }

    /// The value in the database; an empty text stands for several addresses.
    pub fn to_column(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::One(address) => Some(address),
            Self::Several => Some(""),
        }
    }

    /// Reads [`KnownPayer::to_column`] back.
    pub fn from_column(column: Option<String>) -> Self {
        match column {
            None => Self::None,
            Some(address) if address.is_empty() => Self::Several,
            Some(address) => Self::One(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payer_is_known_while_all_pay_requests_name_the_same_address() {
        let one = KnownPayer::None.after("$bob@vasp.example");
        assert_eq!(one.address(), Some("$bob@vasp.example"));
        assert_eq!(one.clone().after("$bob@vasp.example"), one);
        let several = one.clone().after("$carol@vasp.example");
        assert_eq!(several.address(), None);
        assert_eq!(several.clone().after("$bob@vasp.example"), KnownPayer::Several);
        for payer in [KnownPayer::None, one, several] {
            assert_eq!(KnownPayer::from_column(payer.to_column().map(str::to_owned)), payer);
        }
    }
}
