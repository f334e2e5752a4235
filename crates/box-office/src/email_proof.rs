use crate::{
    AccountEmail, AccountError, BoxOffice, Caller, Job, JobEnd, NewJob, Origin, Outbox, ProofReason, Session,
    Task,
    account_email::address_tag,
    mail_limits::{Mail, MailKind},
};
use identity::{Email, EmailToken, EmailTokenPurpose, User};
use kernel::{StoreError, Timestamp, UserId};
use std::net::IpAddr;
use tickets::Order;

impl BoxOffice {
    /// Enqueues the email that proves an address, if email is configured. At most one unfinished job per account and address.
    pub(crate) async fn enqueue_verification(
        &self,
        outbox: &mut dyn Outbox,
        user: &User,
        reason: ProofReason,
        origin: Origin,
    ) -> Result<(), StoreError> {
        let (Some(_), Some(email)) = (&self.dependencies.mailer, &user.email) else { return Ok(()) };
        let address = address_tag(email);
        let key = Some(format!("verify/{}/{address}", user.id));
        let now = self.now();
        let task = Task::VerifyEmail {
            user_id: user.id,
            address: Some(address),
            reason,
            requested_at: Some(now),
            network: self.mail_network(origin),
            requested_from: origin.network(),
        };
        outbox.enqueue(&NewJob { task, run_at: now, key }).await
    }

    /// Sends the link that proves an account's address, unless the address was proved or changed since.
    pub(crate) async fn send_verification(&self, job: &Job) -> Result<JobEnd, StoreError> {
        let Task::VerifyEmail { user_id: id, address, reason, requested_at, network, requested_from } =
            &job.task
        else {
            return Ok(JobEnd::Done);
        };
        let (id, reason) = (*id, *reason);
        let unproved = |user: &User| {
            user.email_verified_at.is_none()
                && address
                    .as_ref()
                    .is_none_or(|tag| user.email.as_ref().is_some_and(|email| address_tag(email) == *tag))
        };
        let user = self.store().user(id).await?.filter(|user| unproved(user));
        let Some(email) = user.and_then(|user| user.email) else { return Ok(JobEnd::Done) };
        let kind = MailKind::Proof { account: id, first: reason != ProofReason::Requested };
        let mail = Mail { kind, to: &email, proved: false, network: network.as_deref() };
        if let Some(end) = self.limit_mail(job, mail).await? {
            return Ok(end);
        }
        let issued = self.issue_email_token(id, EmailTokenPurpose::VerifyEmail, unproved).await?;
        let Some((user, text, token)) = issued else { return Ok(JobEnd::Done) };
        let email = AccountEmail::Verify {
            link: format!("{}/verify-email?token={text}", self.settings().base_url),
            reason,
            requested_at: requested_at.unwrap_or(user.created_at),
            requested_from: *requested_from,
            expires_at: token.expires_at,
        };
        Ok(self.send_account_email(job, &token.email, user.language, &email).await)
    }

    /// Issues a token if `allowed` accepts the locked account; earlier tokens of the same purpose become invalid.
    pub(crate) async fn issue_email_token(
        &self,
        id: UserId,
        purpose: EmailTokenPurpose,
        allowed: impl Fn(&User) -> bool,
    ) -> Result<Option<(User, String, EmailToken)>, StoreError> {
        let mut session = self.store().begin().await?;
        let user = session.user_for_update(id).await?.filter(|user| allowed(user));
        let Some(user) = user else {
            session.rollback().await?;
            return Ok(None);
        };
        let issued = EmailToken::issue(&user, purpose, self.now(), &*self.dependencies.entropy)
            .map_err(|error| StoreError::Unavailable(error.into()))?;
        let Some((text, token)) = issued else {
            session.rollback().await?;
            return Ok(None);
        };
        session.put_email_token(&token).await?;
        session.commit().await?;
        Ok(Some((user, text, token)))
    }

    /// Enqueues the job of a link that was requested for an address, if email is configured; `kind` names it in the deduplication
    /// key. The job reads the account, so that neither response nor timing reveals whether it exists.
    pub(crate) async fn request_link(
        &self,
        kind: &str,
        email: &str,
        origin: Origin,
        task: impl FnOnce(String, Timestamp, Option<IpAddr>) -> Task,
    ) -> Result<(), AccountError> {
        let (Some(_), Ok(email)) = (&self.dependencies.mailer, Email::parse(email)) else { return Ok(()) };
        let now = self.now();
        let key = Some(format!("{kind}/{}", address_tag(&email)));
        let task = task(email.as_str().to_owned(), now, origin.network());
        let mut session = self.store().begin().await?;
        session.enqueue(&NewJob { task, run_at: now, key }).await?;
        session.commit().await?;
        Ok(())
    }

    /// Locks an account and takes its token. `None` if the token is taken, expired or of another purpose or address.
    pub(crate) async fn take_token_of(
        &self,
        session: &mut dyn Session,
        user: UserId,
        hash: &[u8; 32],
        purpose: EmailTokenPurpose,
    ) -> Result<Option<User>, StoreError> {
        let user = session.user_for_update(user).await?;
        let taken = session.take_email_token(hash).await?;
        let valid = user.zip(taken).filter(|(user, token)| token.is_valid_for(user, purpose, self.now()));
        Ok(valid.map(|(user, _)| user))
    }

    /// Proves the address of the caller's account with the emailed link. Requires log-in, because the account may have been
    /// registered by another person than the owner of the address.
    pub async fn verify_email(&self, caller: &Caller, token: &str) -> Result<User, AccountError> {
        let now = self.now();
        let mut session = self.store().begin().await?;
        let user = session.user_for_update(caller.id()).await?;
        let taken = session.take_email_token(&EmailToken::hash_of(token)).await?;
        let outcome = match (user, taken) {
            (Some(user), Some(token)) if token.user_id != user.id => Err(AccountError::ForeignLink),
            (Some(user), Some(token)) if token.is_valid_for(&user, EmailTokenPurpose::VerifyEmail, now) => {
                Ok(user)
            }
            _ => Err(AccountError::BadLink),
        };
        let user = match outcome {
            Ok(user) => user,
            Err(refusal) => {
                session.rollback().await?;
                return Err(refusal);
            }
        };
        let user = User { email_verified_at: user.email_verified_at.or(Some(now)), updated_at: now, ..user };
        session.put_user(&user).await?;
        adopt_guest_orders(&mut *session, &user).await?;
        session.commit().await?;
        Ok(user)
    }
}

impl BoxOffice {
    /// Links a guest's order to the account that had proved its address before the order was issued. Returns whether it was linked.
    pub(crate) async fn adopt_order(&self, order: &Order) -> Result<bool, StoreError> {
        let guest = order.buyer.email.as_ref().filter(|_| order.is_adoptable());
        let Some(email) = guest.and_then(|guest| Email::parse(&guest.address).ok()) else { return Ok(false) };
        let owner = self.store().user_by_email(&email).await?.filter(|user| user.email_verified_at.is_some());
        let Some(owner) = owner else { return Ok(false) };
        let mut session = self.store().begin().await?;
        let locked = session.user_for_update(owner.id).await?;
        let Some(user) = locked.filter(|user| user.email.as_ref() == Some(&email)) else {
            session.rollback().await?;
            return Ok(false);
        };
        adopt_guest_orders(&mut *session, &user).await?;
        session.commit().await?;
        Ok(true)
    }
}

/// Links the adoptable orders that the owner of an account's address made as a guest. The account is locked and its address proved.
pub(crate) async fn adopt_guest_orders(session: &mut dyn Session, user: &User) -> Result<(), StoreError> {
    if let (Some(_), Some(email)) = (user.email_verified_at, &user.email) {
        session.adopt_orders(user.id, email.as_str()).await?;
    }
    Ok(())
}
