use crate::{
    AccountEmail, AccountError, BoxOffice, Job, JobEnd, Origin, Task,
    mail_limits::{Mail, MailKind},
};
use identity::{Email, EmailToken, EmailTokenPurpose, User};
use kernel::{StoreError, Timestamp};
use std::net::IpAddr;

impl BoxOffice {
    /// Requests a login link.
    pub async fn request_login_link(&self, email: &str, origin: Origin) -> Result<(), AccountError> {
        self.request_link("login-link", email, origin, |email, requested_at, requested_from| {
            Task::LoginLink { email, requested_at, requested_from }
        })
        .await
    }

    /// Sends the login link of a proved address. An unproved account, which another person may have registered with a password, gets the
    /// link that sets a new one.
    pub(crate) async fn send_login_link(
        &self,
        job: &Job,
        email: &str,
        requested_at: Timestamp,
        requested_from: Option<IpAddr>,
    ) -> Result<JobEnd, StoreError> {
        let Ok(to) = Email::parse(email) else { return Ok(JobEnd::Done) };
        let Some(user) = self.store().user_by_email(&to).await? else { return Ok(JobEnd::Done) };
        if user.email_verified_at.is_none() {
            return self.send_password_reset(job, email, requested_at, requested_from).await;
        }
        let mail = Mail { kind: MailKind::LoginLink, to: &to, proved: true, network: None };
        if let Some(end) = self.limit_mail(job, mail).await? {
            return Ok(end);
        }
        let same = |user: &User| user.email.as_ref() == Some(&to) && user.email_verified_at.is_some();
        let issued = self.issue_email_token(user.id, EmailTokenPurpose::LogIn, same).await?;
        let Some((user, text, token)) = issued else { return Ok(JobEnd::Done) };
        let login = AccountEmail::LoginLink {
            link: format!("{}/login-link?token={text}", self.settings().base_url),
            requested_at,
            requested_from,
            expires_at: token.expires_at,
        };
        Ok(self.send_account_email(job, &to, user.language, &login).await)
    }

    /// Logs in with an emailed link, which works once. Returns an access token and the account.
    pub async fn log_in_with_link(
        &self,
        token: &str,
        origin: Origin,
    ) -> Result<(String, User), AccountError> {
        let hash = EmailToken::hash_of(token);
        let known = self.store().email_token(&hash).await?.ok_or(AccountError::BadLink)?;
        let mut session = self.store().begin().await?;
        let taken = self.take_token_of(&mut *session, known.user_id, &hash, EmailTokenPurpose::LogIn).await?;
        // The address may have been changed away and back since.
        let Some(user) = taken.filter(|user| user.email_verified_at.is_some()) else {
            session.rollback().await?;
            return Err(AccountError::BadLink);
        };
        session.commit().await?;
        self.remember_network(&user, origin).await;
        Ok((self.token_for(&user)?, user))
    }
}
