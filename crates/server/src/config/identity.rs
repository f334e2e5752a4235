use super::env::Reader;
use identity::{AdminEmails, Email};
use kernel::Secret;
use std::collections::BTreeSet;

/// Settings of tokens, organisers and wallet encryption.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Signs access tokens.
    pub jwt_secret: Secret<String>,
    /// Email addresses of organisers.
    pub admin_emails: AdminEmails,
    /// bcrypt cost; each step doubles the time.
    pub bcrypt_cost: u32,
    /// Keys that seal wallet connections, by id, the current one first.
    pub wallet_keys: Vec<(String, Secret<[u8; 32]>)>,
}

impl Identity {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let jwt_secret = reader
            .required_secret("JWT_SECRET", "it signs access tokens; generate one with `tickets keys new`");
        if jwt_secret.as_ref().is_some_and(|secret| is_weak(secret.expose())) {
            reader.push_error(
                "JWT_SECRET is too weak: it must have at least 32 bytes, of at least 8 different characters",
            );
        }
        let mut admin_emails = Vec::new();
        for text in reader.list("ADMIN_EMAILS") {
            match Email::parse(&text) {
                Ok(email) => admin_emails.push(email),
                Err(error) => reader.push_error(format!("ADMIN_EMAILS: {text} {error}")),
            }
        }
        let admin_emails = AdminEmails::from_iter(admin_emails);
        let bcrypt_cost = reader.number("BCRYPT_COST", (4, 14), 12);
        let wallet_keys = wallet_keys(reader);
        Some(Self { jwt_secret: jwt_secret?, admin_emails, bcrypt_cost, wallet_keys: wallet_keys? })
    }
}

/// Whether a secret is too short or a placeholder.
fn is_weak(secret: &str) -> bool {
    let different = secret.chars().collect::<BTreeSet<_>>().len();
    secret.len() < 32 || different < 8
}

fn wallet_keys(reader: &mut Reader<'_>) -> Option<Vec<(String, Secret<[u8; 32]>)>> {
    let text = reader.required_secret(
        "WALLET_ENCRYPTION_KEY",
        "it seals wallet connections; generate one with `tickets keys new`",
    )?;
    let mut keys = Vec::new();
    for (index, part) in text.expose().split(',').map(str::trim).filter(|part| !part.is_empty()).enumerate() {
        let (id, digits) = part.split_once(':').unwrap_or(("k1", part));
        let mut bytes = [0_u8; 32];
        let named = !id.is_empty() && id.len() <= 16 && id.chars().all(|c| c.is_ascii_alphanumeric());
        if !named
            || hex::decode_to_slice(digits, &mut bytes).is_err()
            || bytes.iter().collect::<BTreeSet<_>>().len() < 8
        {
            reader.push_error(format!(
                "WALLET_ENCRYPTION_KEY: part {} is not `name:` and 64 random hexadecimal digits",
                index.saturating_add(1)
            ));
            return None;
        }
        if keys.iter().any(|(other, _)| other == id) {
            reader.push_error(format!(
                "WALLET_ENCRYPTION_KEY: two keys have the id {id}; rename the new one, whose id is not in the database yet"
            ));
            return None;
        }
        keys.push((id.to_owned(), Secret::new(bytes)));
    }
    Some(keys)
}
