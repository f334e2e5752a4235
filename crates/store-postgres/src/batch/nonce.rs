use super::{BatchResult, Column};
use crate::{error::driver_error, hot::HotConnection};
use box_office::SeenNonce;
use kernel::{StoreError, Timestamp};
use std::collections::HashSet;

/// Stores a batch of nonces in one statement; reports which are new.
pub(super) async fn remember(
    connection: &HotConnection,
    nonces: &[SeenNonce],
) -> Result<BatchResult<bool>, StoreError> {
    let domains: Vec<_> = nonces.iter().map(|seen| seen.domain.as_str()).collect();
    // Postgres rejects NUL, so nonces are stored in escaped form.
    let names: Vec<_> = nonces.iter().map(|seen| seen.nonce.escape_default().to_string()).collect();
    let time = |seen: &SeenNonce| {
        Timestamp::from_timestamp(seen.timestamp, 0)
            .ok_or_else(|| StoreError::Corrupt("nonce timestamp out of range".to_owned()))
    };
    let times = nonces.iter().map(time).collect::<Result<Vec<_>, _>>()?;
    let columns: [&Column; 3] = [&domains, &names, &times];
    let rows =
        connection.client.query(&connection.statements.add_nonces, &columns).await.map_err(driver_error)?;
    let mut fresh = HashSet::new();
    for row in &rows {
        let name: (&str, &str) =
            (row.try_get(0).map_err(driver_error)?, row.try_get(1).map_err(driver_error)?);
        fresh.insert(name);
    }
    let outcomes =
        domains.iter().zip(&names).map(|(domain, name)| fresh.remove(&(*domain, name.as_str()))).collect();
    Ok(BatchResult { outcomes, domain_events: Vec::new() })
}
