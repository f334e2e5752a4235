use crate::{Postgres, error::store_error};
use diesel::sql_types::Timestamptz;
use diesel_async::RunQueryDsl;
use kernel::{StoreError, Timestamp};

impl Postgres {
    /// The server's clock.
    pub async fn clock(&self) -> Result<Timestamp, StoreError> {
        let mut connection = self.connection().await?;
        let now = diesel::dsl::sql::<Timestamptz>("SELECT clock_timestamp()");
        now.get_result(&mut *connection).await.map_err(store_error)
    }
}
