//! Outstanding seats, counted for the quotas of a batch.

use super::Column;
use crate::hot::HotConnection;
use box_office::{NetworkTag, OutstandingSeats, QuotaKey};
use std::collections::HashSet;

/// Distinct quotas of a batch, as columns of the statement that counts them.
#[derive(Default)]
pub(super) struct Quotas {
    accounts: (Vec<i64>, Vec<i64>),
    payers: (Vec<NetworkTag>, Vec<String>),
    networks: Vec<NetworkTag>,
    sites: Vec<NetworkTag>,
    /// Quotas by kind, in parameter order: a result row refers to one by kind and 1-based position.
    keys: [Vec<QuotaKey>; 4],
}

impl Quotas {
    pub(super) fn of(keys: impl Iterator<Item = QuotaKey>) -> Self {
        let mut quotas = Self::default();
        let keys: HashSet<QuotaKey> = keys.collect();
        let [accounts, payers, networks, sites] = &mut quotas.keys;
        for key in keys {
            match &key {
                QuotaKey::Account(event, user) => {
                    quotas.accounts.0.push(user.get());
                    quotas.accounts.1.push(event.get());
                    accounts.push(key);
                }
                QuotaKey::Payer(network, address) => {
                    quotas.payers.0.push(*network);
                    quotas.payers.1.push(address.clone());
                    payers.push(key);
                }
                QuotaKey::Network(network) => {
                    quotas.networks.push(*network);
                    networks.push(key);
                }
                QuotaKey::Site(site) => {
                    quotas.sites.push(*site);
                    sites.push(key);
                }
            }
        }
        quotas
    }

    /// Counts the outstanding seats of all quotas. The caller has locked the events before.
    pub(super) async fn count(
        self,
        connection: &HotConnection,
    ) -> Result<OutstandingSeats, tokio_postgres::Error> {
        let mut outstanding = OutstandingSeats::default();
        if self.keys.iter().all(Vec::is_empty) {
            return Ok(outstanding);
        }
        let bytes = |tags: &[NetworkTag]| tags.iter().map(|tag| tag.to_vec()).collect::<Vec<_>>();
        let (payers, networks, sites) = (bytes(&self.payers.0), bytes(&self.networks), bytes(&self.sites));
        let columns: [&Column; 6] =
            [&self.accounts.0, &self.accounts.1, &payers, &self.payers.1, &networks, &sites];
        let rows = connection.client.query(&connection.statements.outstanding, &columns).await?;
        for row in rows {
            let (kind, place, seats): (i32, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let key = usize::try_from(kind).ok().and_then(|kind| self.keys.get(kind)).and_then(|keys| {
                let index = usize::try_from(place).ok()?.checked_sub(1)?;
                keys.get(index)
            });
            if let Some(key) = key {
                outstanding.insert(key.clone(), u32::try_from(seats).unwrap_or(u32::MAX));
            }
        }
        Ok(outstanding)
    }
}
