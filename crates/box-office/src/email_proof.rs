use crate::{AccountError, BoxOffice, JobEnd, Links, NewJob, Outbox, Task};
use identity::{TokenError, User};
use kernel::{StoreError, UserId};

impl BoxOffice {
    /// Enqueues the mail that proves an address, where the shop can send mail.
    pub(crate) async fn ask_for_proof(
        &self,
        outbox: &mut dyn Outbox,
        user_id: UserId,
    ) -> Result<(), StoreError> {
        if self.parts.mailer.is_none() {
            return Ok(());
        }
        outbox.enqueue(&NewJob { task: Task::VerifyEmail { user_id }, run_at: self.now(), key: None }).await
    }

    pub(crate) async fn mail_verification(&self, id: UserId) -> Result<JobEnd, StoreError> {
        let Some(mailer) = &self.parts.mailer else { return Ok(JobEnd::Done) };
        let Some(user) = self.store().user(id).await? else { return Ok(JobEnd::Done) };
        let Some(email) = user.email.filter(|_| user.email_verified_at.is_none()) else {
            return Ok(JobEnd::Done);
        };
        let token = self.parts.links.email_token(id, &email);
        let link = format!("{}/verify-email?token={token}", self.settings().base_url);
        mailer
            .send_verification(&email, &link)
            .await
            .map(|()| JobEnd::Done)
            .map_err(|error| StoreError::Unavailable(error.into()))
    }

    /// Takes the token of a mail as proof of the address it went to.
    pub async fn verify_email(&self, token: &str) -> Result<User, AccountError> {
        let id = Links::user_of(token).ok_or(TokenError::Invalid)?;
        let now = self.now();
        let mut session = self.store().begin().await?;
        let user = session.user_for_update(id).await?;
        let proved = user.filter(|user| {
            user.email.as_ref().is_some_and(|email| self.parts.links.is_email_token(id, email, token))
        });
        let Some(user) = proved else {
            session.rollback().await?;
            return Err(TokenError::Invalid.into());
        };
        let user = User { email_verified_at: user.email_verified_at.or(Some(now)), updated_at: now, ..user };
        session.put_user(&user).await?;
        session.commit().await?;
        Ok(user)
    }
}
