use kernel::{Entropy, EntropyError};
use std::fmt;

const RANDOM_BYTES: usize = 16;
/// Crockford's base 32 without I, L, O and U: nothing to misread over the phone.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PREFIX: &str = "TKT-";
/// 128 bits in groups of 5.
const CODE_CHARS: usize = 26;

/// Secret for check-in and stream: `TKT-` and 26 characters that carry 128 random bits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TicketCode(String);

/// A text that cannot be a ticket code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a ticket code")]
pub struct CodeError;

impl TicketCode {
    /// A new unguessable code.
    pub fn random(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut bytes = [0_u8; RANDOM_BYTES];
        entropy.fill(&mut bytes)?;
        let mut value = u128::from_be_bytes(bytes);
        let mut characters = [0_u8; CODE_CHARS];
        for character in characters.iter_mut().rev() {
            let digit = usize::try_from(value & 31).unwrap_or_default();
            *character = ALPHABET.get(digit).copied().unwrap_or(b'0');
            value >>= 5;
        }
        Ok(Self(format!("{PREFIX}{}", String::from_utf8_lossy(&characters))))
    }

    /// Reads a code as people type it: any case, with spaces or dashes between groups, `O` for 0 and `I` or `L` for 1.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        if text.len() > 256 {
            return Err(CodeError);
        }
        let compact = kernel::text::code(text).to_ascii_uppercase();
        let body = compact.strip_prefix("TKT").ok_or(CodeError)?;
        let body: String = body
            .chars()
            .map(|c| match c {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        if body.len() == CODE_CHARS && body.bytes().all(|byte| ALPHABET.contains(&byte)) {
            Ok(Self(format!("{PREFIX}{body}")))
        } else {
            Err(CodeError)
        }
    }

    /// The code itself: for its owner, an admin, or the database.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TicketCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TicketCode(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Fixed([u8; 16]);
    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.copy_from_slice(&self.0);
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn different_randomness_gives_different_codes_that_parse(a: [u8; 16], b: [u8; 16]) {
            let (one, two) = (TicketCode::random(&Fixed(a)).unwrap(), TicketCode::random(&Fixed(b)).unwrap());
            prop_assert_eq!(a == b, one == two);
            prop_assert_eq!(TicketCode::parse(one.expose()), Ok(one.clone()));
            prop_assert_eq!(TicketCode::parse(&one.expose().to_lowercase()), Ok(one));
        }

        #[test]
        fn no_text_makes_parsing_panic(text in ".*") {
            let _ = TicketCode::parse(&text);
        }
    }

    #[test]
    fn a_code_does_not_print() {
        assert_eq!(format!("{:?}", TicketCode::random(&Fixed([7; 16])).unwrap()), "TicketCode(***)");
    }
}
