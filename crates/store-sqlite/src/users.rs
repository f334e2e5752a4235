use crate::{
    error::{Fault, is_unique_violation},
    schema,
    session::SqliteSession,
    store::Sqlite,
    values::{count, micros, micros_opt, row_key, sats, timestamp, timestamp_opt, without_nul},
};
use async_trait::async_trait;
use box_office::DomainEvent;
use diesel::{dsl::not, prelude::*, sqlite::SqliteConnection};
use identity::{
    Email, NewUser, PasswordHash, Sealed, User, UserReader, UserWriter, WalletBudget, WalletConnection,
    WalletHealth,
};
use kernel::{Language, Sats, StoreError, UserId};
use schema::{
    nwc_connections::{dsl as wallet, table as wallets},
    users::{dsl, table},
};

#[diesel::declare_sql_function]
extern "SQL" {
    /// `text GLOB pattern`, which is case-sensitive.
    fn glob(pattern: diesel::sql_types::Text, text: diesel::sql_types::Text) -> diesel::sql_types::Bool;
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::users)]
struct UserRow {
    id: i64,
    email: Option<String>,
    name: String,
    password_hash: Option<String>,
    email_verified_at: Option<i64>,
    tokens_valid_from: i64,
    deleted_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    account_key: Option<Vec<u8>>,
    language: String,
}

impl TryFrom<UserRow> for User {
    type Error = Fault;
    fn try_from(row: UserRow) -> Result<Self, Fault> {
        Ok(Self {
            id: UserId::new(row.id),
            email: row.email.map(Email::from_stored),
            name: row.name,
            password_hash: row.password_hash.map(PasswordHash::from_stored),
            email_verified_at: timestamp_opt(row.email_verified_at)?,
            tokens_valid_from: timestamp(row.tokens_valid_from)?,
            account_key: row_key(row.account_key)?,
            language: Language::parse(&row.language).unwrap_or_default(),
            deleted_at: timestamp_opt(row.deleted_at)?,
            created_at: timestamp(row.created_at)?,
            updated_at: timestamp(row.updated_at)?,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::nwc_connections)]
struct WalletRow {
    user_id: i64,
    connection_uri: String,
    expires_at: Option<i64>,
    refresh_token: Option<String>,
    client_id: Option<String>,
    token_endpoint: Option<String>,
    uma_address: Option<String>,
    failure: Option<String>,
    created_at: i64,
    updated_at: i64,
    budget_per_purchase_sats: Option<i64>,
    budget_per_day_sats: Option<i64>,
    refresh_claimed_until: Option<i64>,
    silences: i64,
}

impl TryFrom<WalletRow> for WalletConnection {
    type Error = Fault;
    fn try_from(row: WalletRow) -> Result<Self, Fault> {
        Ok(Self {
            user_id: UserId::new(row.user_id),
            uri: Sealed::from_stored(row.connection_uri),
            expires_at: timestamp_opt(row.expires_at)?,
            refresh_token: row.refresh_token.map(Sealed::from_stored),
            client_id: row.client_id,
            token_endpoint: row.token_endpoint,
            uma_address: row.uma_address,
            health: row.failure.map_or(WalletHealth::Connected, WalletHealth::Failed),
            budget: WalletBudget {
                per_purchase: row.budget_per_purchase_sats.map(sats).transpose()?,
                per_day: row.budget_per_day_sats.map(sats).transpose()?,
            },
            refresh_claimed_until: timestamp_opt(row.refresh_claimed_until)?,
            silences: count(row.silences)?,
            created_at: timestamp(row.created_at)?,
            updated_at: timestamp(row.updated_at)?,
        })
    }
}

fn find(connection: &mut SqliteConnection, id: UserId) -> Result<Option<User>, Fault> {
    let row = table.find(id.get()).select(UserRow::as_select()).get_result(connection).optional()?;
    row.map(User::try_from).transpose()
}

/// Whether the account exists and is not erased.
pub(crate) fn user_exists(connection: &mut SqliteConnection, id: UserId) -> Result<bool, Fault> {
    let row: Option<i64> = table
        .find(id.get())
        .filter(dsl::deleted_at.is_null())
        .select(dsl::id)
        .get_result(connection)
        .optional()?;
    Ok(row.is_some())
}

fn add(connection: &mut SqliteConnection, user: &NewUser) -> Result<Option<User>, Fault> {
    let row = diesel::insert_into(table)
        .values((
            dsl::email.eq(user.email.as_str()),
            dsl::name.eq(&user.name),
            dsl::password_hash.eq(user.password_hash.expose()),
            dsl::tokens_valid_from.eq(micros(user.created_at)),
            dsl::created_at.eq(micros(user.created_at)),
            dsl::updated_at.eq(micros(user.created_at)),
            dsl::account_key.eq(user.account_key.expose().as_slice()),
            dsl::language.eq(user.language.as_str()),
        ))
        .on_conflict(dsl::email)
        .do_nothing()
        .returning(UserRow::as_returning())
        .get_result(connection)
        .optional()?;
    row.map(User::try_from).transpose()
}

fn put(connection: &mut SqliteConnection, user: &User) -> Result<bool, Fault> {
    let outcome = diesel::update(table.find(user.id.get()))
        .set((
            dsl::email.eq(user.email.as_ref().map(Email::as_str)),
            dsl::name.eq(&user.name),
            dsl::password_hash.eq(user.password_hash.as_ref().map(PasswordHash::expose)),
            dsl::email_verified_at.eq(micros_opt(user.email_verified_at)),
            dsl::tokens_valid_from.eq(micros(user.tokens_valid_from)),
            dsl::deleted_at.eq(micros_opt(user.deleted_at)),
            dsl::created_at.eq(micros(user.created_at)),
            dsl::updated_at.eq(micros(user.updated_at)),
        ))
        .execute(connection);
    match outcome {
        Ok(1) => Ok(true),
        Ok(_) => Err(Fault::corrupt(format!("user {} does not exist", user.id))),
        // SQLite rolls back only this statement.
        Err(error) if is_unique_violation(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn find_wallet(connection: &mut SqliteConnection, user: UserId) -> Result<Option<WalletConnection>, Fault> {
    let row = wallets.find(user.get()).select(WalletRow::as_select()).get_result(connection).optional()?;
    row.map(WalletConnection::try_from).transpose()
}

fn put_wallet(connection: &mut SqliteConnection, new: &WalletConnection) -> Result<(), Fault> {
    let failure = match &new.health {
        WalletHealth::Connected => None,
        WalletHealth::Failed(why) => Some(without_nul(why)),
    };
    diesel::replace_into(wallets)
        .values((
            wallet::user_id.eq(new.user_id.get()),
            wallet::connection_uri.eq(new.uri.as_str()),
            wallet::expires_at.eq(micros_opt(new.expires_at)),
            wallet::refresh_token.eq(new.refresh_token.as_ref().map(Sealed::as_str)),
            wallet::client_id.eq(&new.client_id),
            wallet::token_endpoint.eq(&new.token_endpoint),
            wallet::uma_address.eq(&new.uma_address),
            wallet::failure.eq(failure),
            wallet::created_at.eq(micros(new.created_at)),
            wallet::updated_at.eq(micros(new.updated_at)),
            wallet::budget_per_purchase_sats.eq(new.budget.per_purchase.map(Sats::to_i64)),
            wallet::budget_per_day_sats.eq(new.budget.per_day.map(Sats::to_i64)),
            wallet::refresh_claimed_until.eq(micros_opt(new.refresh_claimed_until)),
            wallet::silences.eq(i64::from(new.silences)),
        ))
        .execute(connection)?;
    Ok(())
}

#[async_trait]
impl UserReader for Sqlite {
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.read(move |connection| find(connection, id)).await
    }

    async fn user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        let spellings: Vec<String> =
            [Some(email.as_str().to_owned()), email.earlier_spelling()].into_iter().flatten().collect();
        self.read(move |connection| {
            let row = table
                .filter(dsl::email.eq_any(spellings))
                .select(UserRow::as_select())
                .get_result(connection)
                .optional()?;
            row.map(User::try_from).transpose()
        })
        .await
    }

    async fn wallet(&self, user: UserId) -> Result<Option<WalletConnection>, StoreError> {
        self.read(move |connection| find_wallet(connection, user)).await
    }

    async fn wallets(
        &self,
        not_sealed_by: Option<&str>,
        after: UserId,
        limit: u32,
    ) -> Result<Vec<WalletConnection>, StoreError> {
        // Key ids are alphanumeric, so the pattern needs no escaping. LIKE would ignore case.
        let sealed = not_sealed_by.map(|key| format!("{key}:*"));
        self.read(move |connection| {
            let mut rows = wallets.filter(wallet::user_id.gt(after.get())).into_boxed();
            if let Some(sealed) = sealed {
                let token = wallet::refresh_token
                    .is_not_null()
                    .and(not(glob(sealed.clone(), wallet::refresh_token.assume_not_null())));
                rows = rows.filter(not(glob(sealed, wallet::connection_uri)).or(token));
            }
            let rows: Vec<WalletRow> = rows
                .order(wallet::user_id)
                .limit(limit.into())
                .select(WalletRow::as_select())
                .load(connection)?;
            rows.into_iter().map(WalletConnection::try_from).collect()
        })
        .await
    }
}

#[async_trait]
impl UserWriter for SqliteSession {
    async fn user_for_update(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        self.run(move |connection, _| find(connection, id)).await
    }

    async fn add_user(&mut self, user: &NewUser) -> Result<Option<User>, StoreError> {
        let user = user.clone();
        self.run(move |connection, _| add(connection, &user)).await
    }

    async fn put_user(&mut self, user: &User) -> Result<bool, StoreError> {
        let user = user.clone();
        self.run(move |connection, domain_events| {
            domain_events.add(DomainEvent::User(user.id));
            put(connection, &user)
        })
        .await
    }

    async fn wallet_for_update(&mut self, user: UserId) -> Result<Option<WalletConnection>, StoreError> {
        self.run(move |connection, _| find_wallet(connection, user)).await
    }

    async fn put_wallet(&mut self, new: &WalletConnection) -> Result<(), StoreError> {
        let new = new.clone();
        self.run(move |connection, _| put_wallet(connection, &new)).await
    }

    async fn delete_wallet(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.run(move |connection, _| Ok(diesel::delete(wallets.find(user.get())).execute(connection)? > 0))
            .await
    }
}
