use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use kernel::{Entropy, EntropyError, FieldCode, Secret, text::password};
use sha2::{Digest, Sha256};

const MIN_CHARS: usize = 8;
/// Far above any passphrase, far below what would make hashing a burden.
const MAX_BYTES: usize = 1_024;
/// bcrypt ignores what comes after this many bytes.
const BCRYPT_BYTES: usize = 72;

/// Passwords that attackers try first; all of at least 8 characters, in lower case.
const COMMON: &[&str] = &[
    "password",
    "password1",
    "password12",
    "password123",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "12345678",
    "123456789",
    "1234567890",
    "123123123",
    "11111111",
    "00000000",
    "88888888",
    "87654321",
    "987654321",
    "qwertyui",
    "qwertyuiop",
    "qwerty123",
    "qwerty12",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "zaq12wsx",
    "asdfghjk",
    "asdfghjkl",
    "iloveyou",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "trustno1",
    "welcome1",
    "welcome123",
    "letmein1",
    "letmein123",
    "admin123",
    "administrator",
    "abcd1234",
    "abc12345",
    "a1b2c3d4",
    "michelle",
    "jennifer",
    "computer",
    "whatever",
    "starwars",
    "dragon123",
    "monkey123",
    "bitcoin1",
    "bitcoin123",
    "satoshi1",
    "changeme",
    "changeme1",
    "changeme123",
    "secret123",
    "default1",
    "testtest",
    "test1234",
    "internet",
    "pokemon1",
    "liverpool",
    "charlie1",
    "qazwsxedc",
    "1234qwer",
    "12341234",
    "11223344",
    "aaaaaaaa",
    "66666666",
    "99999999",
    "77777777",
    "google123",
];

/// A password in its one spelling ([`kernel::text::password`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password {
    text: Secret<String>,
    /// As it was typed, if that differs: hashes of earlier releases are of this.
    typed: Option<Secret<String>>,
}

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than 8 characters.
    #[error("must have at least 8 characters")]
    TooShort,
    /// More than 1,024 bytes.
    #[error("must have at most 1024 bytes")]
    TooLong,
    /// Among the first that attackers try.
    #[error("is one of the most common passwords: choose another")]
    Common,
}

impl PasswordError {
    /// Stable code for programs.
    pub const fn code(self) -> FieldCode {
        match self {
            Self::TooShort => FieldCode::TooShort,
            Self::TooLong => FieldCode::TooLong,
            Self::Common => FieldCode::CommonPassword,
        }
    }
}

impl Password {
    /// A new password: it must follow the rules.
    pub fn choose(typed: String) -> Result<Self, PasswordError> {
        // Wiped when it goes.
        let typed = Secret::new(typed);
        let text = password(typed.expose());
        if text.chars().count() < MIN_CHARS {
            Err(PasswordError::TooShort)
        } else if text.len() > MAX_BYTES {
            Err(PasswordError::TooLong)
        } else if COMMON.contains(&text.to_lowercase().as_str()) {
            Err(PasswordError::Common)
        } else {
            Ok(Self { text: Secret::new(text), typed: None })
        }
    }

    /// A password to log in with, which follows no rules.
    pub fn entered(typed: String) -> Self {
        let text = password(&typed);
        let typed = (text != typed).then(|| Secret::new(typed));
        Self { text: Secret::new(text), typed }
    }
}

/// What bcrypt sees: the bytes themselves, or a digest where bcrypt would cut them off or stop at a NUL.
fn material(text: &Secret<String>) -> Secret<Vec<u8>> {
    let bytes = text.expose().as_bytes();
    Secret::new(if bytes.len() <= BCRYPT_BYTES && !bytes.contains(&0) {
        bytes.to_vec()
    } else {
        STANDARD_NO_PAD.encode(Sha256::digest(bytes)).into_bytes()
    })
}

/// A bcrypt hash. Slow on purpose: never computed with a session open, nor on an async worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordHash(Secret<String>);

/// A hash that no password has, to spend the same time on accounts that do not exist; cost 12.
pub const DUMMY_HASH: &str = "$2b$12$000000000000000000000uKlb2mXSk2NGiN1RmLXe8qC9KbAnr2N6";

impl PasswordHash {
    /// Hashes a password with the given bcrypt cost (10–14 are sensible).
    pub fn make(password: &Password, cost: u32, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut salt = [0_u8; 16];
        entropy.fill(&mut salt)?;
        bcrypt::hash_with_salt(material(&password.text).expose(), cost.clamp(4, 16), salt)
            .map(|parts| Self(Secret::new(parts.to_string())))
            .map_err(|_| EntropyError)
    }

    /// A hash from the database.
    pub const fn from_stored(hash: String) -> Self {
        Self(Secret::new(hash))
    }

    /// The hash for the database.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Whether this is the password; a damaged hash matches nothing.
    pub fn matches(&self, password: &Password) -> bool {
        let is = |text| bcrypt::verify(material(text).expose(), self.0.expose()).unwrap_or(false);
        is(&password.text) || password.typed.as_ref().is_some_and(is)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct ZeroEntropy;
    impl Entropy for ZeroEntropy {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.fill(7);
            Ok(())
        }
    }

    fn hash(text: &str) -> PasswordHash {
        PasswordHash::make(&Password::entered(text.into()), 4, &ZeroEntropy).unwrap()
    }

    #[test]
    fn a_password_matches_its_own_hash_only() {
        assert!(hash("correct horse").matches(&Password::entered("correct horse".into())));
        assert!(!hash("correct horse").matches(&Password::entered("correct horsf".into())));
    }

    #[test]
    fn nothing_after_72_bytes_is_ignored() {
        let (one, two) = (format!("{}1", "x".repeat(72)), format!("{}2", "x".repeat(72)));
        assert!(hash(&one).matches(&Password::entered(one.clone())));
        assert!(!hash(&one).matches(&Password::entered(two)));
    }

    #[test]
    fn a_password_matches_however_its_letters_are_composed_and_old_hashes_still_match() {
        let (composed, decomposed) = ("Zoë's password", "Zoe\u{308}'s password");
        let chosen = |text: &str| {
            PasswordHash::make(&Password::choose(text.into()).unwrap(), 4, &ZeroEntropy).unwrap()
        };
        for hash in [chosen(composed), chosen(decomposed)] {
            for typed in [composed, decomposed, "Zoe\u{308}'s\u{a0}password"] {
                assert!(hash.matches(&Password::entered(typed.into())), "{typed:?}");
            }
        }
        let old = Password { text: Secret::new(decomposed.into()), typed: None };
        let old = PasswordHash::make(&old, 4, &ZeroEntropy).unwrap();
        assert!(old.matches(&Password::entered(decomposed.into())));
        assert_eq!(Password::choose("Pass\u{a0}word123".into()).map(|_| ()), Ok(()));
    }

    #[test]
    fn short_common_and_huge_passwords_are_refused() {
        let choose = |text: &str| Password::choose(text.to_owned()).map(|_| ());
        assert_eq!(choose("1234567"), Err(PasswordError::TooShort));
        assert_eq!(choose("PassWord123"), Err(PasswordError::Common));
        assert_eq!(choose(&"x".repeat(1_025)), Err(PasswordError::TooLong));
        assert_eq!(choose("correct horse"), Ok(()));
    }

    #[test]
    fn the_dummy_hash_costs_as_much_as_a_real_one() {
        assert!(DUMMY_HASH.parse::<bcrypt::HashParts>().is_ok_and(|parts| parts.get_cost() == 12));
        assert!(!PasswordHash::from_stored(DUMMY_HASH.into()).matches(&Password::entered("anything".into())));
    }
}
