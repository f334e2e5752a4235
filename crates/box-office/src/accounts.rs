use crate::{
    AccountNotice, BoxOffice, NewAudit, Origin, ProofReason, Session,
    erasure::{ERASURE_ATTEMPTS, lock_seats, release_free_tickets},
};
use chrono::{Duration, Timelike};
use identity::{Email, NewUser, Password, TokenError, User, WalletCipherError};
use kernel::{EntropyError, FieldCode, FieldErrors, Language, Secret, StoreError, Timestamp, UserId};

/// Authenticated caller of a use case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub user: User,
    /// Whether the account has admin rights.
    pub is_admin: bool,
}

impl Caller {
    /// Account id.
    pub const fn id(&self) -> UserId {
        self.user.id
    }
}

/// Reason for refusing an account operation.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Field validation failed.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// Another account has the address.
    #[error("email is already taken")]
    EmailTaken,
    /// Wrong address or password; the response does not tell which, so that addresses cannot be enumerated.
    #[error("Invalid credentials")]
    WrongCredentials,
    /// The account does not exist.
    #[error("user not found")]
    NotFound,
    /// Neither the caller's own account nor an admin.
    #[error("you may only do this to your own account")]
    Forbidden,
    /// The caller's current password is missing or wrong.
    #[error("current_password is missing or wrong")]
    WrongPassword,
    /// The email link is unknown, used, expired, or its address is not the account's any more.
    #[error("this link is not valid any more: request a new one")]
    BadLink,
    /// The email link belongs to another account.
    #[error("this link belongs to another account: log in to that one, or reset its password")]
    ForeignLink,
    /// The account holds paid tickets for future events.
    #[error("this account holds paid tickets for events still to come: use them or give them back first")]
    HoldsTickets,
    /// The access token is invalid or expired.
    #[error("the access token is not valid")]
    BadToken(#[from] TokenError),
    /// The connection URI is unusable.
    #[error("not a usable wallet connection: {0}")]
    BadWallet(String),
    /// The wallet gave no answer on whether it can pay.
    #[error("the wallet did not answer over its relay, so nothing was changed; try again ({0})")]
    SilentWallet(String),
    /// Rate limit for connection checks; seconds until the next one is allowed.
    #[error("too many wallet connections were tried: try again later")]
    TooManyWalletChecks(u64),
    /// The limit of concurrent connection checks is reached.
    #[error("too many wallets are being connected right now: try again later")]
    Busy,
    /// The account has no connected wallet.
    #[error("no wallet is connected")]
    NoWallet,
    /// Encryption of a secret failed.
    #[error("the wallet connection could not be encrypted")]
    Encryption(#[from] WalletCipherError),
    /// The entropy source failed.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The store failed.
    #[error("the account could not be stored")]
    Store(#[from] StoreError),
    /// Too many wrong passwords for this account from this network.
    #[error("too many wrong passwords: try again later, or reset the password")]
    TooManyAttempts {
        /// Time until the next attempt is allowed.
        retry_after: Duration,
    },
    /// The network's queue of password hashes is full.
    #[error("too many log-ins from your network at once")]
    HashingBusy,
    /// The hashing thread ended without a result.
    #[error("the service is stopping")]
    Stopped,
}

/// Input for a new account.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// Language of the account's emails.
    pub language: Language,
}

/// Changes to an account.
#[derive(Debug, Clone)]
pub struct ProfileChange {
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// The caller's current password; required for a new address.
    pub current_password: Option<String>,
}

impl BoxOffice {
    /// Creates an account.
    pub async fn register(&self, form: Registration, origin: Origin) -> Result<User, AccountError> {
        let user = self.validated(form, origin).await?;
        let mut session = self.store().begin().await?;
        let Some(user) = session.add_user(&user).await? else {
            session.rollback().await?;
            return Err(AccountError::EmailTaken);
        };
        self.enqueue_verification(&mut *session, &user, ProofReason::Registered, origin).await?;
        session.commit().await?;
        Ok(user)
    }

    /// Checks a registration and hashes its password.
    async fn validated(&self, form: Registration, origin: Origin) -> Result<NewUser, AccountError> {
        let mut errors = FieldErrors::default();
        let email = Email::parse(&form.email)
            .map_err(|error| errors.add("email", FieldCode::NotAnEmailAddress, error.to_string()));
        let name = User::check_name(&form.name).map_err(|error| errors.add_text("name", error));
        let password = Password::choose(form.password)
            .map_err(|error| errors.add("password", error.code(), error.to_string()));
        let (Ok(email), Ok(name), Ok(password)) = (email, name, password) else { return Err(errors.into()) };
        let password_hash = self.hash(password, origin).await?;
        let account_key = Secret::new(self.random()?);
        let language = form.language;
        Ok(NewUser { email, name, password_hash, account_key, language, created_at: self.now() })
    }

    /// Creates an account with a confirmed address, or resets the password of the account with this address; for the command
    /// line. One transaction, so that a concurrent change is not overwritten.
    pub async fn install_admin(&self, form: Registration) -> Result<User, AccountError> {
        let new = self.validated(form, Origin::Unlimited).await?;
        let known = self.store().user_by_email(&new.email).await?;
        let mut session = self.store().begin().await?;
        let user = match known {
            None => session.add_user(&new).await?,
            Some(user) => {
                let user = session.user_for_update(user.id).await?;
                user.filter(|user| user.email.as_ref() == Some(&new.email))
            }
        };
        let Some(user) = user else {
            // The address changed hands since it was read.
            session.rollback().await?;
            return Err(AccountError::EmailTaken);
        };
        let admin = self.claim_account(&mut *session, &user, new.password_hash, &new.name).await?;
        session.commit().await?;
        Ok(admin)
    }

    /// Issues an access token for an account.
    pub fn token_for(&self, user: &User) -> Result<String, AccountError> {
        Ok(self.dependencies.tokens.issue(user, self.now().max(user.tokens_valid_from))?)
    }

    /// Authenticates an access token. Fails for erased accounts and for tokens issued before a password change or log-out;
    /// those of another replica take effect within one second.
    pub async fn authenticate(&self, token: &str) -> Result<Caller, AccountError> {
        let claims = self.dependencies.tokens.read(token, self.now())?;
        let id = UserId::new(claims.user_id);
        let user = self.event_cache.user(self.store(), id, self.now()).await?.ok_or(TokenError::Invalid)?;
        if !claims.is_of(&user)
            || user.deleted_at.is_some()
            || claims.iat < user.tokens_valid_from.timestamp()
        {
            return Err(TokenError::Invalid.into());
        }
        let is_admin = self.settings().admin_emails.is_admin(&user);
        Ok(Caller { user: (*user).clone(), is_admin })
    }

    /// Changes address and name of the caller's account, or of any account for an admin. A new address requires the *caller's*
    /// current password, so that a stolen token cannot redirect an account; the old address is notified.
    pub async fn update_user(
        &self,
        caller: &Caller,
        id: UserId,
        change: ProfileChange,
        origin: Origin,
    ) -> Result<User, AccountError> {
        own_or_admin(caller, id)?;
        let mut errors = FieldErrors::default();
        let before = self.store().user(id).await?.filter(|user| user.deleted_at.is_none());
        // Values that an earlier release accepted may stay.
        let same_email = before.as_ref().and_then(|user| user.email.as_ref());
        let same_email = same_email.filter(|email| email.as_str() == change.email);
        let email = same_email.cloned().map_or_else(|| Email::parse(&change.email), Ok);
        let email =
            email.map_err(|error| errors.add("email", FieldCode::NotAnEmailAddress, error.to_string()));
        let same_name = before.as_ref().is_some_and(|user| user.name == change.name);
        let name = if same_name { Ok(change.name.clone()) } else { User::check_name(&change.name) };
        let name = name.map_err(|error| errors.add_text("name", error));
        let (Ok(email), Ok(name)) = (email, name) else { return Err(errors.into()) };
        let before = before.ok_or(AccountError::NotFound)?;
        let proved_by = if before.email.as_ref() == Some(&email) {
            None
        } else {
            if self.store().user_by_email(&email).await?.is_some_and(|other| other.id != id) {
                return Err(AccountError::EmailTaken);
            }
            Some(self.check_password(caller, change.current_password, origin).await?)
        };
        let now = self.now();
        let mut session = self.store().begin().await?;
        let (own, user) = lock_both(&mut *session, caller.id(), id).await?;
        let Some(user) = user.filter(|user| user.deleted_at.is_none()) else {
            session.rollback().await?;
            return Err(AccountError::NotFound);
        };
        let moved = user.email.as_ref() != Some(&email);
        // The password was compared before the lock: it must still be the caller's.
        if moved && (proved_by.is_none() || own.and_then(|own| own.password_hash) != proved_by) {
            session.rollback().await?;
            return Err(AccountError::WrongPassword);
        }
        let before = user.clone();
        let email_verified_at = user.email_verified_at.filter(|_| !moved);
        let user = User { email: Some(email), name, email_verified_at, updated_at: now, ..user };
        if !session.put_user(&user).await? {
            session.rollback().await?;
            return Err(AccountError::EmailTaken);
        }
        if moved {
            session.delete_email_tokens(id).await?;
            self.notify_address(&mut *session, &before, AccountNotice::AddressChanged, origin).await?;
        }
        if user.email_verified_at.is_none() {
            let reason = if moved { ProofReason::Changed } else { ProofReason::Requested };
            self.enqueue_verification(&mut *session, &user, reason, origin).await?;
        }
        if caller.id() != id {
            session
                .audit(&self.audit_line(caller, "user.update", format!("user/{id}"), String::new()))
                .await?;
        }
        session.commit().await?;
        Ok(user)
    }

    /// Erases the caller's account, or any account for an admin: releases free tickets and deletes personal data; money records
    /// are kept without it.
    pub async fn delete_user(&self, caller: &Caller, id: UserId, origin: Origin) -> Result<(), AccountError> {
        own_or_admin(caller, id)?;
        for _ in 0..ERASURE_ATTEMPTS {
            if self.erase(caller, id, origin).await? {
                return Ok(());
            }
        }
        Err(StoreError::Unavailable("the account takes free tickets while it is erased".into()).into())
    }

    /// One attempt; `false` if the account took free tickets of events that were not locked, because events are locked before
    /// accounts.
    async fn erase(&self, caller: &Caller, id: UserId, origin: Origin) -> Result<bool, AccountError> {
        let now = self.now();
        let seats = self.free_seats_of(id, now).await?;
        let mut session = self.store().begin().await?;
        let locked = lock_seats(&mut *session, &seats, &self.order_terms()).await?;
        let Some(user) = session.user_for_update(id).await?.filter(|user| user.deleted_at.is_none()) else {
            session.rollback().await?;
            return Err(AccountError::NotFound);
        };
        if session.holds_future_ticket(id, now).await? {
            session.rollback().await?;
            return Err(AccountError::HoldsTickets);
        }
        if !release_free_tickets(&mut *session, &locked, id, now).await? {
            session.rollback().await?;
            return Ok(false);
        }
        session.put_user(&user.erased(now)).await?;
        session.delete_email_tokens(id).await?;
        session.delete_networks(id).await?;
        self.notify_address(&mut *session, &user, AccountNotice::Deleted, origin).await?;
        session.erase_orders(id).await?;
        session.unlink_tickets(id).await?;
        self.drop_wallet(&mut *session, id).await?;
        if caller.id() != id {
            session
                .audit(&self.audit_line(caller, "user.delete", format!("user/{id}"), String::new()))
                .await?;
        }
        session.commit().await?;
        Ok(true)
    }

    /// Invalidates all access tokens of the caller.
    pub async fn logout_everywhere(&self, caller: &Caller) -> Result<(), AccountError> {
        let now = self.now();
        let mut session = self.store().begin().await?;
        let user = session.user_for_update(caller.id()).await?.ok_or(AccountError::NotFound)?;
        session
            .put_user(&User {
                tokens_valid_from: next_second(now, user.tokens_valid_from),
                updated_at: now,
                ..user
            })
            .await?;
        session.commit().await?;
        Ok(())
    }

    pub(crate) fn audit_line(
        &self,
        caller: &Caller,
        action: &str,
        subject: String,
        detail: String,
    ) -> NewAudit {
        NewAudit { actor: Some(caller.id()), action: action.to_owned(), subject, detail, at: self.now() }
    }
}

/// Locks two accounts in ascending id order.
async fn lock_both(
    session: &mut dyn Session,
    one: UserId,
    other: UserId,
) -> Result<(Option<User>, Option<User>), StoreError> {
    let first = session.user_for_update(one.min(other)).await?;
    let second = if one == other { first.clone() } else { session.user_for_update(one.max(other)).await? };
    Ok(if one <= other { (first, second) } else { (second, first) })
}

fn own_or_admin(caller: &Caller, id: UserId) -> Result<(), AccountError> {
    if caller.id() == id || caller.is_admin { Ok(()) } else { Err(AccountError::Forbidden) }
}

/// First second that is valid for tokens after a change. Token times are whole seconds, so tokens issued in the second of a
/// change are invalid, and a second change within it invalidates the token issued after the first.
pub(crate) fn next_second(now: Timestamp, last: Timestamp) -> Timestamp {
    let latest = now.max(last);
    latest.with_nanosecond(0).unwrap_or(latest).checked_add_signed(Duration::seconds(1)).unwrap_or(latest)
}
