use crate::{AccountError, BoxOffice, Caller, accounts::next_second, login_guard::LoginGuard};
use chrono::Duration;
use identity::{DUMMY_HASH, Email, Password, PasswordHash, User};
use kernel::{FieldCode, FieldErrors, StoreError, UserId};
use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
    thread,
};
use tokio::sync::oneshot;

/// Interval between updates of a known network.
const KNOWN_NETWORK_UPDATE_INTERVAL: Duration = Duration::days(1);

/// Origin of a request, for limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Exempt: the command line, or limits are disabled.
    Unlimited,
    /// An IPv4 address, or the base address of an IPv6 /64.
    Network(IpAddr),
    /// The same of an exempt caller, for emails that name it.
    Exempt(IpAddr),
}

impl Origin {
    /// Site of a network: the /48 of an IPv6 address, which is commonly one customer; an IPv4 address itself.
    #[must_use]
    pub const fn site(self) -> Self {
        match self {
            Self::Network(IpAddr::V6(address)) => {
                Self::Network(IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 80))))
            }
            Self::Exempt(_) => Self::Unlimited,
            other => other,
        }
    }

    /// The network, if known.
    pub(crate) const fn network(self) -> Option<IpAddr> {
        match self {
            Self::Unlimited => None,
            Self::Network(address) | Self::Exempt(address) => Some(address),
        }
    }

    /// The origin that limits count.
    const fn counted(self) -> Self {
        match self {
            Self::Exempt(_) => Self::Unlimited,
            other => other,
        }
    }
}

impl BoxOffice {
    /// Verifies address and password and issues a token. Takes the same time whether or not the account exists.
    pub async fn login(
        &self,
        email: &str,
        password: String,
        origin: Origin,
    ) -> Result<(String, User), AccountError> {
        self.check_hash_queue(origin)?;
        let user = match Email::parse(email) {
            Ok(email) => self.store().user_by_email(&email).await?,
            Err(_) => None,
        };
        let hash = user.as_ref().and_then(|user| user.password_hash.clone());
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| PasswordHash::from_stored(dummy_hash(self.settings().bcrypt_cost)));
        let id = user.as_ref().map(|user| user.id);
        let matches = self.guarded_match(email, id, origin, hash, password).await?;
        let Some(user) = user.filter(|_| known && matches) else {
            return Err(AccountError::WrongCredentials);
        };
        self.remember_network(&user, origin).await;
        Ok((self.token_for(&user)?, user))
    }

    /// Changes the caller's password, invalidates all earlier tokens, and returns a new one.
    pub async fn change_password(
        &self,
        caller: &Caller,
        current: String,
        new: String,
        origin: Origin,
    ) -> Result<String, AccountError> {
        let password = Password::choose(new)
            .map_err(|error| FieldErrors::one("new_password", error.code(), error.to_string()))?;
        let known = match self.check_password(caller, Some(current), origin).await {
            Err(AccountError::WrongPassword) => {
                return Err(FieldErrors::one(
                    "current_password",
                    FieldCode::WrongPassword,
                    "is not your password",
                )
                .into());
            }
            checked => checked?,
        };
        let hash = self.hash(password, origin).await?;
        let now = self.now();
        let mut session = self.store().begin().await?;
        let user = session.user_for_update(caller.id()).await?;
        // The password was compared before the lock: it must still be the account's.
        let Some(user) = user.filter(|user| user.password_hash.as_ref() == Some(&known)) else {
            session.rollback().await?;
            return Err(FieldErrors::one(
                "current_password",
                FieldCode::WrongPassword,
                "is not your password",
            )
            .into());
        };
        let user = User {
            password_hash: Some(hash),
            tokens_valid_from: next_second(now, user.tokens_valid_from),
            updated_at: now,
            ..user
        };
        session.put_user(&user).await?;
        session.delete_email_tokens(user.id).await?;
        session.commit().await?;
        self.token_for(&user)
    }

    /// Verifies the caller's current password. Returns the matching hash, to be compared again under the lock.
    pub(crate) async fn check_password(
        &self,
        caller: &Caller,
        current: Option<String>,
        origin: Origin,
    ) -> Result<PasswordHash, AccountError> {
        let current = current.ok_or(AccountError::WrongPassword)?;
        self.check_hash_queue(origin)?;
        let own = self.store().user(caller.id()).await?.ok_or(AccountError::WrongPassword)?;
        let (Some(hash), Some(email)) = (own.password_hash, own.email) else {
            return Err(AccountError::WrongPassword);
        };
        let matches = self.guarded_match(email.as_str(), Some(own.id), origin, hash.clone(), current).await?;
        if matches { Ok(hash) } else { Err(AccountError::WrongPassword) }
    }

    /// Compares a password unless this network, or all unknown ones, are locked out of the account.
    async fn guarded_match(
        &self,
        email: &str,
        id: Option<UserId>,
        origin: Origin,
        hash: PasswordHash,
        password: String,
    ) -> Result<bool, AccountError> {
        let account = LoginGuard::account(email);
        let now = self.now();
        let known = match (id, origin) {
            (Some(id), Origin::Network(network)) if self.login_guard.requires_known_network(account, now) => {
                let tag = self.dependencies.links.network_tag(network);
                self.store().network_seen_at(id, tag).await?.is_some()
            }
            _ => false,
        };
        let attempt = self
            .login_guard
            .begin(account, origin.counted(), known, now)
            .map_err(|retry_after| AccountError::TooManyAttempts { retry_after })?;
        match self.hashing(origin, move || hash.matches(&Password::entered(password))).await {
            Ok(true) => {
                self.login_guard.succeeded(&attempt);
                Ok(true)
            }
            Ok(false) => Ok(false),
            Err(error) => {
                self.login_guard.withdraw(&attempt);
                Err(error)
            }
        }
    }

    /// Stores that an account logged in from a network, unless it was erased or its password changed meanwhile. A failure is
    /// logged only.
    pub(crate) async fn remember_network(&self, user: &User, origin: Origin) {
        let Origin::Network(network) = origin else { return };
        let id = user.id;
        let tag = self.dependencies.links.network_tag(network);
        let remember = async || -> Result<(), StoreError> {
            let now = self.now();
            let seen = self.store().network_seen_at(id, tag).await?;
            if seen.is_some_and(|seen| now.signed_duration_since(seen) < KNOWN_NETWORK_UPDATE_INTERVAL) {
                return Ok(());
            }
            let mut session = self.store().begin().await?;
            let current = session.user_for_update(id).await?;
            let same =
                |current: User| current.deleted_at.is_none() && current.password_hash == user.password_hash;
            if !current.is_some_and(same) {
                return session.rollback().await;
            }
            session.put_network(id, tag, now).await?;
            session.commit().await
        };
        if let Err(error) = remember().await {
            tracing::warn!(user.id = %id, %error, "known network not stored");
        }
    }

    pub(crate) async fn hash(
        &self,
        password: Password,
        origin: Origin,
    ) -> Result<PasswordHash, AccountError> {
        let (cost, entropy) = (self.settings().bcrypt_cost, Arc::clone(&self.dependencies.entropy));
        Ok(self.hashing(origin, move || PasswordHash::make(&password, cost, &*entropy)).await??)
    }

    /// Refuses a request whose password hash would be refused, before its account is read.
    fn check_hash_queue(&self, origin: Origin) -> Result<(), AccountError> {
        if self.hashing.refuses(origin.counted()) { Err(AccountError::HashingBusy) } else { Ok(()) }
    }

    /// Runs a password hash on a new thread, a few at a time, with networks in turn. A thread cannot raise its priority again, so
    /// threads of a pool are not used.
    async fn hashing<T: Send + 'static>(
        &self,
        origin: Origin,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AccountError> {
        let slot = self.hashing.acquire(origin.counted()).await.map_err(|_| AccountError::HashingBusy)?;
        let (sender, hashed) = oneshot::channel();
        let lower_priority = self.dependencies.lower_priority;
        let thread = thread::Builder::new().name("hash".to_owned()).spawn(move || {
            lower_priority();
            // Held until the hash is computed, even if the request was cancelled.
            let _slot = slot;
            // Fails if the request was cancelled.
            drop(sender.send(work()));
        });
        thread.map_err(|error| {
            tracing::error!(%error, "password hash thread not started");
            AccountError::HashingBusy
        })?;
        hashed.await.map_err(|_| AccountError::Stopped)
    }
}

fn dummy_hash(cost: u32) -> String {
    DUMMY_HASH.replacen("$12$", &format!("${:02}$", cost.clamp(4, 16)), 1)
}
