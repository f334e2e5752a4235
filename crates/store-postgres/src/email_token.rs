use crate::{
    Postgres,
    error::{corrupt, store_error},
    schema,
    session::PgSession,
};
use async_trait::async_trait;
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper, delete,
    insert_into,
};
use diesel_async::RunQueryDsl;
use identity::{Email, EmailToken, EmailTokenPurpose, EmailTokenReader, EmailTokenWriter};
use kernel::{StoreError, Timestamp, UserId};
use schema::email_tokens as e;

#[derive(Queryable, Selectable)]
#[diesel(table_name = e)]
struct TokenRow {
    user_id: i64,
    purpose: String,
    token_hash: Vec<u8>,
    email: String,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl TryFrom<TokenRow> for EmailToken {
    type Error = StoreError;
    fn try_from(row: TokenRow) -> Result<Self, StoreError> {
        let bad = |value: &str| corrupt("email token of user", row.user_id, value);
        Ok(Self {
            hash: row.token_hash.as_slice().try_into().map_err(|_| bad("invalid hash"))?,
            user_id: UserId::new(row.user_id),
            purpose: EmailTokenPurpose::parse(&row.purpose).ok_or_else(|| bad(&row.purpose))?,
            email: Email::from_stored(row.email),
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }
}

#[async_trait]
impl EmailTokenReader for Postgres {
    async fn email_token(&self, hash: &[u8; 32]) -> Result<Option<EmailToken>, StoreError> {
        e::table
            .filter(e::token_hash.eq(hash.as_slice()))
            .select(TokenRow::as_select())
            .first(&mut *self.connection().await?)
            .await
            .optional()
            .map_err(store_error)?
            .map(EmailToken::try_from)
            .transpose()
    }
}

#[async_trait]
impl EmailTokenWriter for PgSession {
    async fn put_email_token(&mut self, token: &EmailToken) -> Result<(), StoreError> {
        let columns = (
            e::token_hash.eq(token.hash.as_slice()),
            e::email.eq(token.email.as_str()),
            e::created_at.eq(token.created_at),
            e::expires_at.eq(token.expires_at),
        );
        insert_into(e::table)
            .values((e::user_id.eq(token.user_id.get()), e::purpose.eq(token.purpose.as_str()), columns))
            .on_conflict((e::user_id, e::purpose))
            .do_update()
            .set(columns)
            .execute(self.db())
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn take_email_token(&mut self, hash: &[u8; 32]) -> Result<Option<EmailToken>, StoreError> {
        delete(e::table.filter(e::token_hash.eq(hash.as_slice())))
            .returning(TokenRow::as_returning())
            .get_result(self.db())
            .await
            .optional()
            .map_err(store_error)?
            .map(EmailToken::try_from)
            .transpose()
    }

    async fn delete_email_tokens(&mut self, user: UserId) -> Result<(), StoreError> {
        delete(e::table.filter(e::user_id.eq(user.get()))).execute(self.db()).await.map_err(store_error)?;
        Ok(())
    }
}
