use crate::{
    Postgres,
    error::{require_one_row, store_error, without_nul},
    rows::{UserRow, WalletRow},
    schema,
    session::PgSession,
};
use async_trait::async_trait;
use box_office::DomainEvent;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl,
    SelectableHelper, TextExpressionMethods, delete, insert_into,
    result::{DatabaseErrorKind, Error},
    update,
};
use diesel_async::{AsyncConnection, RunQueryDsl};
use identity::{
    Email, NewUser, PasswordHash, Sealed, User, UserReader, UserWriter, WalletConnection, WalletHealth,
};
use kernel::{Sats, StoreError, UserId};
use schema::{nwc_connections as w, users as u};

/// Spellings under which an address may be stored, the current one first.
fn spellings(email: &Email) -> Vec<String> {
    [Some(email.as_str().to_owned()), email.earlier_spelling()].into_iter().flatten().collect()
}

#[async_trait]
impl UserReader for Postgres {
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        u::table
            .find(id.get())
            .select(UserRow::as_select())
            .first(&mut *self.connection().await?)
            .await
            .optional()
            .map_err(store_error)?
            .map(User::try_from)
            .transpose()
    }

    async fn user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        u::table
            .filter(u::email.eq_any(spellings(email)))
            .select(UserRow::as_select())
            .first(&mut *self.connection().await?)
            .await
            .optional()
            .map_err(store_error)?
            .map(User::try_from)
            .transpose()
    }

    async fn wallet(&self, user: UserId) -> Result<Option<WalletConnection>, StoreError> {
        let row = w::table
            .find(user.get())
            .select(WalletRow::as_select())
            .first(&mut *self.connection().await?)
            .await
            .optional()
            .map_err(store_error)?;
        row.map(WalletConnection::try_from).transpose()
    }

    async fn wallets(
        &self,
        not_sealed_by: Option<&str>,
        after: UserId,
        limit: u32,
    ) -> Result<Vec<WalletConnection>, StoreError> {
        let mut rows = w::table.filter(w::user_id.gt(after.get())).into_boxed();
        if let Some(key) = not_sealed_by {
            // Key ids are alphanumeric, so the pattern needs no escaping.
            let sealed = format!("{key}:%");
            let token = w::refresh_token
                .is_not_null()
                .and(w::refresh_token.assume_not_null().not_like(sealed.clone()));
            rows = rows.filter(w::connection_uri.not_like(sealed).or(token));
        }
        let rows: Vec<WalletRow> = rows
            .order(w::user_id)
            .limit(limit.into())
            .select(WalletRow::as_select())
            .load(&mut *self.connection().await?)
            .await
            .map_err(store_error)?;
        rows.into_iter().map(WalletConnection::try_from).collect()
    }
}

#[async_trait]
impl UserWriter for PgSession {
    async fn user_for_update(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        // `FOR UPDATE` conflicts with the hot path's `FOR KEY SHARE`: no seat is held for an account during
        // its erasure.
        u::table
            .find(id.get())
            .select(UserRow::as_select())
            .for_update()
            .first(self.db())
            .await
            .optional()
            .map_err(store_error)?
            .map(User::try_from)
            .transpose()
    }

    async fn add_user(&mut self, user: &NewUser) -> Result<Option<User>, StoreError> {
        insert_into(u::table)
            .values((
                u::email.eq(user.email.as_str()),
                u::name.eq(&user.name),
                u::password_hash.eq(user.password_hash.expose()),
                u::tokens_valid_from.eq(user.created_at),
                u::created_at.eq(user.created_at),
                u::updated_at.eq(user.created_at),
                u::account_key.eq(user.account_key.expose().as_slice()),
                u::language.eq(user.language.as_str()),
            ))
            .on_conflict_do_nothing()
            .returning(UserRow::as_returning())
            .get_result(self.db())
            .await
            .optional()
            .map_err(store_error)?
            .map(User::try_from)
            .transpose()
    }

    async fn put_user(&mut self, user: &User) -> Result<bool, StoreError> {
        let statement = update(u::table.find(user.id.get())).set((
            u::email.eq(user.email.as_ref().map(Email::as_str)),
            u::name.eq(&user.name),
            u::password_hash.eq(user.password_hash.as_ref().map(PasswordHash::expose)),
            u::email_verified_at.eq(user.email_verified_at),
            u::tokens_valid_from.eq(user.tokens_valid_from),
            u::deleted_at.eq(user.deleted_at),
            u::updated_at.eq(user.updated_at),
        ));
        // A savepoint: a duplicate address must leave the session usable.
        let outcome = self.db().transaction(async |savepoint| statement.execute(savepoint).await).await;
        match outcome {
            Ok(rows) => {
                self.publish_on_commit(DomainEvent::User(user.id));
                require_one_row(rows, "user", user.id).map(|()| true)
            }
            Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(false),
            Err(error) => Err(store_error(error)),
        }
    }

    async fn wallet_for_update(&mut self, user: UserId) -> Result<Option<WalletConnection>, StoreError> {
        let row = w::table
            .find(user.get())
            .select(WalletRow::as_select())
            .for_update()
            .first(self.db())
            .await
            .optional()
            .map_err(store_error)?;
        row.map(WalletConnection::try_from).transpose()
    }

    async fn put_wallet(&mut self, connection: &WalletConnection) -> Result<(), StoreError> {
        let failure = match &connection.health {
            WalletHealth::Connected => None,
            WalletHealth::Failed(why) => Some(without_nul(why)),
        };
        let columns = (
            w::connection_uri.eq(connection.uri.as_str()),
            w::expires_at.eq(connection.expires_at),
            w::refresh_token.eq(connection.refresh_token.as_ref().map(Sealed::as_str)),
            w::client_id.eq(connection.client_id.as_deref()),
            w::token_endpoint.eq(connection.token_endpoint.as_deref()),
            w::uma_address.eq(connection.uma_address.as_deref()),
            w::failure.eq(failure.as_deref()),
            w::created_at.eq(connection.created_at),
            w::updated_at.eq(connection.updated_at),
            w::budget_per_purchase_sats.eq(connection.budget.per_purchase.map(Sats::to_i64)),
            w::budget_per_day_sats.eq(connection.budget.per_day.map(Sats::to_i64)),
            w::refresh_claimed_until.eq(connection.refresh_claimed_until),
            w::silences.eq(i32::try_from(connection.silences).unwrap_or(i32::MAX)),
        );
        insert_into(w::table)
            .values((w::user_id.eq(connection.user_id.get()), columns))
            .on_conflict(w::user_id)
            .do_update()
            .set(columns)
            .execute(self.db())
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn delete_wallet(&mut self, user: UserId) -> Result<bool, StoreError> {
        let deleted = delete(w::table.find(user.get())).execute(self.db()).await.map_err(store_error)?;
        Ok(deleted > 0)
    }
}
