use super::auth_request::AuthRequest;
use crate::{journal::Journal, world::WorldError};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A granted connection in its latest generation.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Granted {
    pub(super) id: String,
    pub(super) user: String,
    pub(super) ask: AuthRequest,
    generation: u32,
    /// Empty during a renewal.
    pub(super) refresh_token: String,
    pub(super) access_ends_at: Timestamp,
    pub(super) refresh_ends_at: Timestamp,
}

impl Granted {
    pub(super) fn new(id: String, user: String, ask: AuthRequest) -> Self {
        let never = Timestamp::UNIX_EPOCH;
        Self {
            id,
            user,
            ask,
            generation: 0,
            refresh_token: String::new(),
            access_ends_at: never,
            refresh_ends_at: never,
        }
    }

    pub(super) fn next(self) -> Self {
        Self { generation: self.generation.saturating_add(1), ..self }
    }

    fn name_of(&self, generation: u32) -> String {
        format!("uma-auth {} {generation}", self.id)
    }

    /// The connection's secret is derived from it, so that each generation has another.
    pub(super) fn connection_name(&self) -> String {
        self.name_of(self.generation)
    }

    pub(super) fn name_before(&self) -> Option<String> {
        self.generation.checked_sub(1).map(|generation| self.name_of(generation))
    }
}

type State = BTreeMap<String, Granted>;

/// Granted connections, persisted in a journal.
pub(super) struct Store(Mutex<(State, Journal)>);

impl Store {
    pub(super) fn open(data_dir: Option<&Path>) -> Result<Self, WorldError> {
        let Some(directory) = data_dir else {
            return Ok(Self(Mutex::new((State::new(), Journal::in_memory()))));
        };
        let (journal, lines) = Journal::open(&directory.join("auth.jsonl"))?;
        let mut state = State::new();
        for line in lines {
            let granted: Granted = serde_json::from_value(line).map_err(io::Error::from)?;
            state.insert(granted.id.clone(), granted);
        }
        Ok(Self(Mutex::new((state, journal))))
    }

    fn state(&self) -> MutexGuard<'_, (State, Journal)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn all(&self) -> Vec<Granted> {
        self.state().0.values().cloned().collect()
    }

    pub(super) fn keep(&self, granted: Granted) -> Result<(), WorldError> {
        let (state, journal) = &mut *self.state();
        journal.append(&granted)?;
        state.insert(granted.id.clone(), granted);
        Ok(())
    }

    /// Returns the connection of a refresh token and voids the token.
    pub(super) fn take(&self, token: &str, client_id: &str) -> Result<Option<Granted>, WorldError> {
        let (state, journal) = &mut *self.state();
        let found = state.values_mut().find(|granted| {
            !token.is_empty() && granted.refresh_token == token && granted.ask.client_id == client_id
        });
        let Some(granted) = found else { return Ok(None) };
        let void = Granted { refresh_token: String::new(), ..granted.clone() };
        journal.append(&void)?;
        *granted = void.clone();
        Ok(Some(void))
    }
}
