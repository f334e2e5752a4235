//! Defaults of `tickets up`: generated secrets and demo events.

use crate::{
    config::{Domain, Env},
    wiring::SystemPorts,
};
use box_office::{BoxOffice, CatalogError, Store};
use chrono::TimeDelta;
use events::{EventDraft, EventQuery};
use kernel::{EntropyError, Secret, StoreError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use uma_protocol::{EncryptionKey, SigningKey, UmaError, VaspDomain, VaspKeys};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The organiser of a demo shop.
pub const ADMIN_EMAIL: &str = "admin@tickets.example";
const CERTIFICATE_DAYS: i64 = 3_650;

/// Error of the defaults.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The data directory cannot be used.
    #[error("{} cannot be used: choose a directory that you may write to with --data", path.display())]
    Directory {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The file with the secrets is corrupt.
    #[error("{} is corrupt: restore it, or remove the whole data directory to start over", .0.display())]
    Damaged(PathBuf),
    /// Another process uses the directory.
    #[error("{} is in use by another process: end it, or choose another directory with --data", .0.display())]
    InUse(PathBuf),
    /// Entropy source failed.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// Key generation failed.
    #[error("UMA keys cannot be generated")]
    Uma(#[from] UmaError),
    /// Store error.
    #[error("the demo events cannot be stored")]
    Store(#[from] StoreError),
    /// An event was rejected.
    #[error("the demo events were rejected")]
    Event(#[from] CatalogError),
}

/// Generated secrets, stored in a file that only its owner can read.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Secrets {
    domain: String,
    jwt_secret: String,
    wallet_encryption_key: String,
    uma_signing_privkey: String,
    uma_signing_cert_chain: String,
    uma_encryption_privkey: String,
    uma_encryption_cert_chain: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(***)")
    }
}

fn random<const N: usize>(system: &SystemPorts) -> Result<[u8; N], EntropyError> {
    let mut bytes = [0_u8; N];
    system.entropy.fill(&mut bytes)?;
    Ok(bytes)
}

/// Random hexadecimal text of at least 128 bits, for passwords and tokens.
pub fn random_hex<const N: usize>(system: &SystemPorts) -> Result<String, EntropyError> {
    random::<N>(system).map(hex::encode)
}

/// A key with a unique id, since a rotation distinguishes keys by id.
fn named_key(digits: &str) -> String {
    let name = hex::encode(Sha256::digest(digits).get(..4).unwrap_or_default());
    format!("k{name}:{digits}")
}

impl Secrets {
    /// Generates secrets, with certificates for this domain.
    pub fn generate(domain: &Domain, system: &SystemPorts) -> Result<Self, DemoError> {
        let secrets = Self {
            domain: String::new(),
            jwt_secret: random_hex::<32>(system)?,
            wallet_encryption_key: named_key(&random_hex::<32>(system)?),
            uma_signing_privkey: random_hex::<32>(system)?,
            uma_signing_cert_chain: String::new(),
            uma_encryption_privkey: random_hex::<32>(system)?,
            uma_encryption_cert_chain: String::new(),
        };
        secrets.with_certificates(domain, system)
    }

    /// Issues certificates for this domain with the same keys.
    fn with_certificates(mut self, domain: &Domain, system: &SystemPorts) -> Result<Self, DemoError> {
        let now = system.clock.now().timestamp();
        let days = |days: i64| days.saturating_mul(86_400);
        let keys = VaspKeys::issue(
            &VaspDomain::parse(domain.as_str())?,
            SigningKey::from_hex(&self.uma_signing_privkey)?,
            EncryptionKey::from_hex(&self.uma_encryption_privkey)?,
            [random(system)?, random(system)?],
            now.saturating_sub(days(1)),
            now.saturating_add(days(CERTIFICATE_DAYS)),
        )?;
        self.uma_signing_cert_chain = keys.signing_chain().to_pem()?;
        self.uma_encryption_cert_chain = keys.encryption_chain().to_pem()?;
        domain.as_str().clone_into(&mut self.domain);
        Ok(self)
    }

    /// The secrets of this directory; generated at the first start, with new certificates when the domain changes.
    pub fn load_or_generate(
        directory: &Path,
        domain: &Domain,
        system: &SystemPorts,
    ) -> Result<Self, DemoError> {
        let path = directory.join("keys.json");
        let fail = |source| DemoError::Directory { path: path.clone(), source };
        let secrets = match fs::read(&path) {
            Ok(bytes) => {
                let secrets: Self =
                    serde_json::from_slice(&bytes).map_err(|_| DemoError::Damaged(path.clone()))?;
                if secrets.domain == domain.as_str() {
                    return Ok(secrets);
                }
                secrets.with_certificates(domain, system)?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::generate(domain, system)?,
            Err(error) => return Err(fail(error)),
        };
        write_private(&path, &serde_json::to_vec_pretty(&secrets).map_err(io::Error::from).map_err(fail)?)
            .map_err(fail)?;
        Ok(secrets)
    }

    /// The secrets as settings.
    pub fn settings(&self) -> [(&'static str, Secret<String>); 6] {
        let text = |text: &String| Secret::new(text.clone());
        [
            ("JWT_SECRET", text(&self.jwt_secret)),
            ("WALLET_ENCRYPTION_KEY", text(&self.wallet_encryption_key)),
            ("UMA_SIGNING_PRIVKEY", text(&self.uma_signing_privkey)),
            ("UMA_SIGNING_CERT_CHAIN", text(&self.uma_signing_cert_chain)),
            ("UMA_ENCRYPTION_PRIVKEY", text(&self.uma_encryption_privkey)),
            ("UMA_ENCRYPTION_CERT_CHAIN", text(&self.uma_encryption_cert_chain)),
        ]
    }
}

/// The port for which the keys of this directory were last certified.
pub fn stored_port(directory: &Path) -> Option<u16> {
    let secrets: Secrets = serde_json::from_slice(&fs::read(directory.join("keys.json")).ok()?).ok()?;
    secrets.domain.strip_prefix("localhost:")?.parse().ok()
}

/// Locks the directory until the file is dropped, since two processes on one directory would oversell.
pub fn lock(directory: &Path) -> Result<fs::File, DemoError> {
    let path = directory.join("lock");
    let fail = |source| DemoError::Directory { path: path.clone(), source };
    fs::create_dir_all(directory).map_err(fail)?;
    let file = fs::OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(fail)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(DemoError::InUse(directory.to_owned())),
        Err(fs::TryLockError::Error(error)) => Err(fail(error)),
    }
}

/// Writes atomically, readable by the owner only.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let draft = path.with_extension("new");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, path)
}

/// Sets defaults for missing settings of `tickets up`. Given settings are kept, so that each part can be real.
pub fn set_missing(
    env: &mut Env,
    data: &Path,
    ports: (u16, u16),
    system: &SystemPorts,
) -> Result<(), DemoError> {
    let (port, sandbox_port) = ports;
    fs::create_dir_all(data).map_err(|source| DemoError::Directory { path: data.to_owned(), source })?;
    env.set_default("PORT", port.to_string());
    env.set_default("BIND_ADDRESS", "127.0.0.1");
    env.set_default("DOMAIN", format!("localhost:{port}"));
    env.set_default("DATABASE_URL", format!("sqlite://{}", data.join("shop.db").display()));
    env.set_default("ADMIN_EMAILS", ADMIN_EMAIL);
    let real = env.has("NWC_URI") || env.has("LIGHTSPARK_CLIENT_ID") || env.has("LIGHTSPARK_NODE_ID");
    if !real {
        env.set_default("SANDBOX", "on");
        env.set_default("SANDBOX_PORT", sandbox_port.to_string());
        env.set_default("SANDBOX_DATA", data.join("sandbox").display().to_string());
        if let Some(port) = env.text("SANDBOX_PORT").filter(|port| port != "0") {
            env.set_default("RATE_URL", format!("http://localhost:{port}{}", sandbox::PRICE_PATH));
        }
    }
    // Errors of the domain are reported later, with all others.
    if let Ok(domain) = Domain::parse(&env.text("DOMAIN").unwrap_or_default()) {
        let secrets = Secrets::load_or_generate(data, &domain, system)?;
        let all = secrets.settings();
        // Keys and certificates must match: either all four are generated, or none.
        let own_uma = all.iter().any(|(name, _)| name.starts_with("UMA_") && env.has(name));
        for (name, value) in &all {
            if !(own_uma && name.starts_with("UMA_")) {
                env.set_default(name, value.expose().clone());
            }
        }
    }
    Ok(())
}

/// Whether the shop has no events.
pub async fn is_empty(store: &dyn Store) -> Result<bool, StoreError> {
    Ok(store.count_events(&EventQuery::default()).await? == 0)
}

/// Creates three events, one of them free; check-in of the first one is open.
pub async fn seed(office: &BoxOffice) -> Result<usize, DemoError> {
    let now = office.now();
    let event =
        |title: &str, description: &str, zone: &str, starts: TimeDelta, hours: i64, capacity, price_sats| {
            let start_time = now.checked_add_signed(starts).unwrap_or(now);
            EventDraft {
                title: title.to_owned(),
                description: description.to_owned(),
                start_time,
                end_time: start_time.checked_add_signed(TimeDelta::hours(hours)).unwrap_or(start_time),
                time_zone: Some(zone.to_owned()),
                capacity,
                price_sats,
                stream_url: "https://www.youtube.com/watch?v=jNQXAC9IVRw".to_owned(),
                network_limit: None,
                details: events::DetailsPatch::default(),
            }
        };
    let drafts = [
        event(
            "Lightning Strikes Live",
            "Four bands, one stage, one stream. The stream is open: buy a ticket and join.",
            "America/New_York",
            TimeDelta::minutes(20),
            6,
            500,
            2_100,
        ),
        event(
            "Open Source Evening",
            "Talks about open payment protocols. Free admission.",
            "Europe/Berlin",
            TimeDelta::days(3),
            3,
            200,
            0,
        ),
        event(
            "The Smallest Concert in the World",
            "One cellist, five seats. Be quick.",
            "Asia/Seoul",
            TimeDelta::days(9),
            2,
            5,
            21_000,
        ),
    ];
    let mut added = 0_usize;
    for draft in drafts {
        office.create_event(None, draft).await?;
        added = added.saturating_add(1);
    }
    Ok(added)
}
