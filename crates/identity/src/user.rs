use crate::{email::Email, password::PasswordHash};
use kernel::{
    Language, Secret, Timestamp, UserId,
    text::{TextError, line},
};

const MAX_NAME: usize = 100;
/// Name of an account after the owner of its address claimed it from an unproved registration.
pub const CLAIMED_NAME: &str = "Account holder";

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its number: public.
    pub id: UserId,
    /// Where mails go; unique. An erased account has none.
    pub email: Option<Email>,
    /// Display name.
    pub name: String,
    /// The password's hash; an erased account has none.
    pub password_hash: Option<PasswordHash>,
    /// When the address was proved by a mail, if it was.
    pub email_verified_at: Option<Timestamp>,
    /// Tokens issued before this moment are refused (password change, log-out everywhere).
    pub tokens_valid_from: Timestamp,
    /// Random bits that no other account has: tokens carry them, so that those of a number that is given again after the restore
    /// of a backup are void. `None` in rows of releases before this column.
    pub account_key: Option<Secret<[u8; 16]>>,
    /// Language of its emails.
    pub language: Language,
    /// When the account was erased, if it was.
    pub deleted_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A checked new account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// See [`User::email`].
    pub email: Email,
    /// See [`User::name`].
    pub name: String,
    /// See [`User::password_hash`].
    pub password_hash: PasswordHash,
    /// See [`User::account_key`].
    pub account_key: Secret<[u8; 16]>,
    /// See [`User::language`].
    pub language: Language,
    /// See [`User::created_at`].
    pub created_at: Timestamp,
}

impl User {
    /// A name as it may be stored ([`kernel::text::line`]): 1–100 characters.
    pub fn check_name(name: &str) -> Result<String, TextError> {
        line(name, MAX_NAME)
    }

    /// The account after the owner of its address set a password: the address is proved, earlier access tokens are void. The name
    /// of an account that was unproved before is replaced: a stranger may have chosen it.
    #[must_use]
    pub fn with_reset_password(
        &self,
        hash: PasswordHash,
        tokens_valid_from: Timestamp,
        claimed_name: &str,
        now: Timestamp,
    ) -> Self {
        let name = if self.email_verified_at.is_some() { &self.name } else { claimed_name };
        Self {
            name: name.to_owned(),
            password_hash: Some(hash),
            email_verified_at: self.email_verified_at.or(Some(now)),
            tokens_valid_from,
            updated_at: now,
            ..self.clone()
        }
    }

    /// The account without personal data, as money records may keep it.
    #[must_use]
    pub fn erased(&self, now: Timestamp) -> Self {
        Self {
            email: None,
            name: "deleted account".to_owned(),
            password_hash: None,
            email_verified_at: None,
            tokens_valid_from: now,
            deleted_at: Some(now),
            updated_at: now,
            ..self.clone()
        }
    }
}
