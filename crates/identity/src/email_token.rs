use crate::{email::Email, user::User};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use kernel::{Entropy, EntropyError, Timestamp, UserId};
use sha2::{Digest, Sha256};

/// How long a link that proves an address or sets a password is valid.
const LIFETIME: Duration = Duration::hours(24);
/// How long a login link is valid.
const LOGIN_LIFETIME: Duration = Duration::minutes(15);

/// What a link in an email allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailTokenPurpose {
    /// Prove the account's address, in the account's own session.
    VerifyEmail,
    /// Set a new password without the old one.
    ResetPassword,
    /// Log in without a password.
    LogIn,
}

impl EmailTokenPurpose {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::LogIn => "log_in",
        }
    }

    const fn lifetime(self) -> Duration {
        match self {
            Self::VerifyEmail | Self::ResetPassword => LIFETIME,
            Self::LogIn => LOGIN_LIFETIME,
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::VerifyEmail, Self::ResetPassword, Self::LogIn]
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
    }
}

/// A link in an email, as it is stored: valid once, for one account, one address and one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailToken {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// The account.
    pub user_id: UserId,
    /// What it allows.
    pub purpose: EmailTokenPurpose,
    /// The address that it was sent to.
    pub email: Email,
    /// When it was issued.
    pub created_at: Timestamp,
    /// Not valid from then on.
    pub expires_at: Timestamp,
}

impl EmailToken {
    /// Issues a token of 256 random bits for the account's present address, and the row to store. `None` for an erased account.
    pub fn issue(
        user: &User,
        purpose: EmailTokenPurpose,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Option<(String, Self)>, EntropyError> {
        let Some(email) = user.email.clone() else { return Ok(None) };
        let mut bytes = [0_u8; 32];
        entropy.fill(&mut bytes)?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let expires_at = now.checked_add_signed(purpose.lifetime()).unwrap_or(now);
        let row = Self {
            hash: Self::hash_of(&token),
            user_id: user.id,
            purpose,
            email,
            created_at: now,
            expires_at,
        };
        Ok(Some((token, row)))
    }

    /// The hash under which a token is stored.
    pub fn hash_of(token: &str) -> [u8; 32] {
        Sha256::digest(token.as_bytes()).into()
    }

    /// Whether it may be used at `now` for this purpose, by this account as it is.
    pub fn is_valid_for(&self, user: &User, purpose: EmailTokenPurpose, now: Timestamp) -> bool {
        self.user_id == user.id
            && self.purpose == purpose
            && user.email.as_ref() == Some(&self.email)
            && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::PasswordHash;
    use chrono::{TimeZone, Utc};

    struct ConstantEntropy;
    impl Entropy for ConstantEntropy {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.fill(7);
            Ok(())
        }
    }

    fn now() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
    }

    fn user() -> User {
        User {
            id: UserId::new(5),
            email: Email::parse("a@b.example").ok(),
            name: "A".into(),
            password_hash: Some(PasswordHash::from_stored("x".into())),
            email_verified_at: None,
            account_key: None,
            language: kernel::Language::En,
            tokens_valid_from: now(),
            deleted_at: None,
            created_at: now(),
            updated_at: now(),
        }
    }

    #[test]
    fn a_token_is_for_one_account_address_purpose_and_day() {
        let purpose = EmailTokenPurpose::VerifyEmail;
        let (text, token) = EmailToken::issue(&user(), purpose, now(), &ConstantEntropy).unwrap().unwrap();
        assert_eq!((text.len(), token.hash), (43, EmailToken::hash_of(&text)));
        let valid = |user: &User, at| token.is_valid_for(user, purpose, at);
        assert!(valid(&user(), now()));
        assert!(valid(&user(), now() + Duration::hours(23)));
        assert!(!valid(&user(), now() + Duration::hours(24)));
        assert!(!valid(&User { id: UserId::new(6), ..user() }, now()));
        assert!(!valid(&User { email: Email::parse("b@b.example").ok(), ..user() }, now()));
        assert!(!valid(&user().erased(now()), now()));
        assert!(!token.is_valid_for(&user(), EmailTokenPurpose::ResetPassword, now()));
        assert_eq!(EmailToken::issue(&user().erased(now()), purpose, now(), &ConstantEntropy), Ok(None));
    }

    #[test]
    fn a_stored_purpose_is_read_back() {
        for purpose in
            [EmailTokenPurpose::VerifyEmail, EmailTokenPurpose::ResetPassword, EmailTokenPurpose::LogIn]
        {
            assert_eq!(EmailTokenPurpose::parse(purpose.as_str()), Some(purpose));
        }
        assert_eq!(EmailTokenPurpose::parse("else"), None);
    }
}
