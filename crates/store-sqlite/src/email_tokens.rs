use crate::{
    error::Fault,
    schema,
    session::SqliteSession,
    store::Sqlite,
    values::{micros, parse_word, timestamp},
};
use async_trait::async_trait;
use diesel::{prelude::*, sqlite::SqliteConnection};
use identity::{Email, EmailToken, EmailTokenPurpose, EmailTokenReader, EmailTokenWriter};
use kernel::{StoreError, UserId};
use schema::email_tokens::{dsl, table};

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::email_tokens)]
struct TokenRow {
    user_id: i64,
    purpose: String,
    token_hash: Vec<u8>,
    email: String,
    created_at: i64,
    expires_at: i64,
}

impl TryFrom<TokenRow> for EmailToken {
    type Error = Fault;
    fn try_from(row: TokenRow) -> Result<Self, Fault> {
        let corrupt = |what: &str| Fault::corrupt(format!("email token of user {}: {what}", row.user_id));
        Ok(Self {
            hash: row.token_hash.as_slice().try_into().map_err(|_| corrupt("hash"))?,
            user_id: UserId::new(row.user_id),
            purpose: parse_word(EmailTokenPurpose::parse, &row.purpose)?,
            email: Email::from_stored(row.email),
            created_at: timestamp(row.created_at)?,
            expires_at: timestamp(row.expires_at)?,
        })
    }
}

fn put(connection: &mut SqliteConnection, token: &EmailToken) -> Result<(), Fault> {
    diesel::replace_into(table)
        .values((
            dsl::user_id.eq(token.user_id.get()),
            dsl::purpose.eq(token.purpose.as_str()),
            dsl::token_hash.eq(token.hash.as_slice()),
            dsl::email.eq(token.email.as_str()),
            dsl::created_at.eq(micros(token.created_at)),
            dsl::expires_at.eq(micros(token.expires_at)),
        ))
        .execute(connection)?;
    Ok(())
}

#[async_trait]
impl EmailTokenReader for Sqlite {
    async fn email_token(&self, hash: &[u8; 32]) -> Result<Option<EmailToken>, StoreError> {
        let hash = *hash;
        self.read(move |connection| {
            let row = table
                .filter(dsl::token_hash.eq(hash.as_slice()))
                .select(TokenRow::as_select())
                .get_result(connection)
                .optional()?;
            row.map(EmailToken::try_from).transpose()
        })
        .await
    }
}

#[async_trait]
impl EmailTokenWriter for SqliteSession {
    async fn put_email_token(&mut self, token: &EmailToken) -> Result<(), StoreError> {
        let token = token.clone();
        self.run(move |connection, _| put(connection, &token)).await
    }

    async fn take_email_token(&mut self, hash: &[u8; 32]) -> Result<Option<EmailToken>, StoreError> {
        let hash = *hash;
        self.run(move |connection, _| {
            let row = diesel::delete(table.filter(dsl::token_hash.eq(hash.as_slice())))
                .returning(TokenRow::as_returning())
                .get_result(connection)
                .optional()?;
            row.map(EmailToken::try_from).transpose()
        })
        .await
    }

    async fn delete_email_tokens(&mut self, user: UserId) -> Result<(), StoreError> {
        self.run(move |connection, _| {
            diesel::delete(table.filter(dsl::user_id.eq(user.get()))).execute(connection)?;
            Ok(())
        })
        .await
    }
}
