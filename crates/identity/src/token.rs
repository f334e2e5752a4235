use crate::{email::Email, user::User};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

const LIFETIME_SECS: i64 = 24 * 60 * 60;
/// A token given out with a password change counts from the next whole second, and should work at once.
const LEEWAY_SECS: i64 = 1;
const MIN_SECRET_BYTES: usize = 32;

/// What a token says (RFC 7519). It says who, never what they may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Whose it is.
    pub user_id: i64,
    /// The address at the time of issue; informative.
    pub email: String,
    /// [`User::account_key`] in hexadecimal; absent for an account without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Issued at, Unix seconds.
    pub iat: i64,
    /// Not valid before, Unix seconds.
    pub nbf: i64,
    /// Not valid from, Unix seconds.
    pub exp: i64,
}

impl Claims {
    /// Whether the token was issued for this very account, and not for one that had its number before a backup was restored.
    pub fn is_of(&self, user: &User) -> bool {
        self.user_id == user.id.get() && self.account == account_claim(user)
    }
}

fn account_claim(user: &User) -> Option<String> {
    user.account_key.as_ref().map(|key| format!("{:032x}", u128::from_be_bytes(*key.expose())))
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not ours, or altered.
    #[error("the access token is not valid")]
    Invalid,
    /// Too old.
    #[error("the access token has expired")]
    Expired,
}

/// The signing secret could be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token secret must have at least 32 bytes")]
pub struct WeakSecret;

/// Issues and reads access tokens: JWT, HS256, 24 hours.
pub struct AccessTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessTokens(***)")
    }
}

impl AccessTokens {
    /// Keys from a shared secret of at least 32 bytes.
    pub fn new(secret: &[u8]) -> Result<Self, WeakSecret> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(WeakSecret);
        }
        let mut validation = Validation::new(Algorithm::HS256);
        // Times are checked below, against our own clock.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.set_required_spec_claims(&["exp"]);
        Ok(Self {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            validation,
        })
    }

    /// A token for this account, valid for 24 hours from `now`.
    pub fn issue(&self, user: &User, now: Timestamp) -> Result<String, TokenError> {
        let now = now.timestamp();
        let claims = Claims {
            user_id: user.id.get(),
            email: user.email.as_ref().map_or("", Email::as_str).to_owned(),
            account: account_claim(user),
            iat: now,
            nbf: now,
            exp: now.saturating_add(LIFETIME_SECS),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map_err(|_| TokenError::Invalid)
    }

    /// The claims of a token that we signed and that is valid at `now`.
    pub fn read(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation)
            .map_err(|_| TokenError::Invalid)?
            .claims;
        let now = now.timestamp();
        if now >= claims.exp {
            Err(TokenError::Expired)
        } else if now.saturating_add(LEEWAY_SECS) < claims.nbf {
            Err(TokenError::Invalid)
        } else {
            Ok(claims)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Duration, TimeZone, Utc};
    use kernel::{Secret, UserId};

    fn tokens(byte: u8) -> AccessTokens {
        AccessTokens::new(&[byte; 32]).unwrap()
    }

    fn now() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
    }

    fn user(account_key: Option<[u8; 16]>) -> User {
        User {
            id: UserId::new(5),
            email: Some(Email::parse("a@b.cd").unwrap()),
            name: "A".into(),
            password_hash: None,
            email_verified_at: None,
            tokens_valid_from: now(),
            account_key: account_key.map(Secret::new),
            language: kernel::Language::En,
            deleted_at: None,
            created_at: now(),
            updated_at: now(),
        }
    }

    #[test]
    fn a_token_is_of_one_account_even_when_its_id_is_reused() {
        let claims = |user: &User| tokens(1).read(&tokens(1).issue(user, now()).unwrap(), now()).unwrap();
        let (one, other, old) = (user(Some([1; 16])), user(Some([2; 16])), user(None));
        assert!(claims(&one).is_of(&one) && claims(&old).is_of(&old));
        assert!(!claims(&one).is_of(&other) && !claims(&one).is_of(&old) && !claims(&old).is_of(&one));
        assert!(!claims(&one).is_of(&User { id: UserId::new(6), ..one }));
    }

    #[test]
    fn a_token_lives_for_a_day() {
        let token = tokens(1).issue(&user(None), now()).unwrap();
        let claims = tokens(1).read(&token, now() + Duration::hours(23)).unwrap();
        assert_eq!((claims.user_id, claims.exp - claims.iat), (5, 86_400));
        assert_eq!(tokens(1).read(&token, now() + Duration::hours(24)), Err(TokenError::Expired));
        assert!(tokens(1).read(&token, now() - Duration::seconds(1)).is_ok());
        assert_eq!(tokens(1).read(&token, now() - Duration::seconds(2)), Err(TokenError::Invalid));
    }

    #[test]
    fn a_token_of_another_secret_or_algorithm_is_refused() {
        let token = tokens(1).issue(&user(None), now()).unwrap();
        assert_eq!(tokens(2).read(&token, now()), Err(TokenError::Invalid));
        let payload = token.split('.').nth(1).unwrap();
        let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.");
        assert_eq!(tokens(1).read(&none, now()), Err(TokenError::Invalid));
        assert!(AccessTokens::new(&[1; 31]).is_err());
    }
}
