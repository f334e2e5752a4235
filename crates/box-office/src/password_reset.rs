use crate::{
    AccountEmail, AccountError, BoxOffice, Job, JobEnd, Origin, Session, Task,
    accounts::next_second,
    email_proof::adopt_guest_orders,
    mail_limits::{Mail, MailKind},
};
use identity::{CLAIMED_NAME, Email, EmailToken, EmailTokenPurpose, Password, PasswordHash, User};
use kernel::{FieldErrors, StoreError, Timestamp};
use std::net::IpAddr;

impl BoxOffice {
    /// Requests a password reset link.
    pub async fn request_password_reset(&self, email: &str, origin: Origin) -> Result<(), AccountError> {
        self.request_link("reset", email, origin, |email, requested_at, requested_from| Task::PasswordReset {
            email,
            requested_at,
            requested_from,
        })
        .await
    }

    /// Sends the reset link, if an account has the address.
    pub(crate) async fn send_password_reset(
        &self,
        job: &Job,
        email: &str,
        requested_at: Timestamp,
        requested_from: Option<IpAddr>,
    ) -> Result<JobEnd, StoreError> {
        let Ok(email) = Email::parse(email) else { return Ok(JobEnd::Done) };
        let Some(user) = self.store().user_by_email(&email).await? else { return Ok(JobEnd::Done) };
        let proved = user.email_verified_at.is_some();
        let mail = Mail { kind: MailKind::Reset, to: &email, proved, network: None };
        if let Some(end) = self.limit_mail(job, mail).await? {
            return Ok(end);
        }
        let same = |user: &User| user.email.as_ref() == Some(&email);
        let issued = self.issue_email_token(user.id, EmailTokenPurpose::ResetPassword, same).await?;
        let Some((user, text, token)) = issued else { return Ok(JobEnd::Done) };
        let reset = AccountEmail::ResetPassword {
            link: format!("{}/reset-password?token={text}", self.settings().base_url),
            requested_at,
            requested_from,
            expires_at: token.expires_at,
        };
        Ok(self.send_account_email(job, &email, user.language, &reset).await)
    }

    /// Sets a new password with an emailed link. Proves the address, invalidates all access tokens and links, and claims an
    /// unproved account.
    pub async fn confirm_password_reset(
        &self,
        token: &str,
        password: String,
        origin: Origin,
    ) -> Result<User, AccountError> {
        let password = Password::choose(password)
            .map_err(|error| FieldErrors::one("password", error.code(), error.to_string()))?;
        let hash = EmailToken::hash_of(token);
        // Invalid links must not cost a password hash.
        let known = self.store().email_token(&hash).await?.filter(|known| self.now() < known.expires_at);
        let known = known.ok_or(AccountError::BadLink)?;
        let password_hash = self.hash(password, origin).await?;
        let mut session = self.store().begin().await?;
        let purpose = EmailTokenPurpose::ResetPassword;
        let Some(user) = self.take_token_of(&mut *session, known.user_id, &hash, purpose).await? else {
            session.rollback().await?;
            return Err(AccountError::BadLink);
        };
        let user = self.claim_account(&mut *session, &user, password_hash, CLAIMED_NAME).await?;
        session.commit().await?;
        self.remember_network(&user, origin).await;
        Ok(user)
    }

    /// Gives a locked account to the owner of its address: new password, proved address, tokens and links invalid. An unproved
    /// account loses what another person may have planted (name, wallet connection, unpaid orders); paid tickets stay, because
    /// their codes were sent to the address.
    pub(crate) async fn claim_account(
        &self,
        session: &mut dyn Session,
        user: &User,
        hash: PasswordHash,
        claimed_name: &str,
    ) -> Result<User, StoreError> {
        let now = self.now();
        let valid_from = next_second(now, user.tokens_valid_from);
        let owned = user.with_reset_password(hash, valid_from, claimed_name, now);
        session.put_user(&owned).await?;
        adopt_guest_orders(session, &owned).await?;
        session.delete_email_tokens(user.id).await?;
        session.delete_networks(user.id).await?;
        if user.email_verified_at.is_none() {
            session.unlink_unpaid_tickets(user.id).await?;
            self.drop_wallet(session, user.id).await?;
        }
        Ok(owned)
    }
}
