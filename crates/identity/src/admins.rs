use crate::{email::Email, user::User};
use std::collections::BTreeSet;

/// Email addresses whose accounts are admins, from the operator's settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AdminEmails(BTreeSet<Email>);

impl AdminEmails {
    /// Whether an account is an admin's: its address is listed and verified.
    pub fn is_admin(&self, user: &User) -> bool {
        user.email_verified_at.is_some() && user.email.as_ref().is_some_and(|email| self.0.contains(email))
    }

    /// All addresses.
    pub fn iter(&self) -> impl Iterator<Item = &Email> {
        self.0.iter()
    }
}

impl FromIterator<Email> for AdminEmails {
    fn from_iter<I: IntoIterator<Item = Email>>(emails: I) -> Self {
        Self(emails.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeZone, Utc};
    use kernel::UserId;

    #[test]
    fn an_admin_has_a_listed_and_verified_address() {
        let admins = AdminEmails::from_iter(Email::parse("boss@shop.example"));
        let now = Utc.with_ymd_and_hms(2026, 11, 30, 12, 0, 0).unwrap();
        let user = |email: &str, email_verified_at| User {
            id: UserId::new(1),
            email: Email::parse(email).ok(),
            email_verified_at,
            name: "Boss".into(),
            password_hash: None,
            account_key: None,
            language: kernel::Language::En,
            tokens_valid_from: now,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        assert!(admins.is_admin(&user("Boss@Shop.example", Some(now))));
        assert!(!admins.is_admin(&user("boss@shop.example", None)));
        assert!(!admins.is_admin(&user("alice@shop.example", Some(now))));
        assert!(!admins.is_admin(&user("", Some(now))));
    }
}
