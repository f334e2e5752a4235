use super::ask::Ask;
use crate::{journal::Journal, world::WorldError};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What a user allowed an app, as it was last renewed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Granted {
    pub(super) id: String,
    pub(super) user: String,
    pub(super) ask: Ask,
    generation: u32,
    /// Empty while it is being renewed.
    pub(super) refresh_token: String,
    pub(super) access_ends_at: Timestamp,
    pub(super) refresh_ends_at: Timestamp,
}

impl Granted {
    pub(super) fn new(id: String, user: String, ask: Ask) -> Self {
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

    /// Its secret follows from it, so that each generation has another.
    pub(super) fn connection_name(&self) -> String {
        self.name_of(self.generation)
    }

    pub(super) fn name_before(&self) -> Option<String> {
        self.generation.checked_sub(1).map(|generation| self.name_of(generation))
    }
}

type Pages = BTreeMap<String, Granted>;

/// What was allowed, kept as everything in the sandbox is.
pub(super) struct Book(Mutex<(Pages, Journal)>);

impl Book {
    pub(super) fn open(data_dir: Option<&Path>) -> Result<Self, WorldError> {
        let Some(directory) = data_dir else {
            return Ok(Self(Mutex::new((Pages::new(), Journal::in_memory()))));
        };
        let (journal, lines) = Journal::open(&directory.join("auth.jsonl"))?;
        let mut pages = Pages::new();
        for line in lines {
            let granted: Granted = serde_json::from_value(line).map_err(io::Error::from)?;
            pages.insert(granted.id.clone(), granted);
        }
        Ok(Self(Mutex::new((pages, journal))))
    }

    fn pages(&self) -> MutexGuard<'_, (Pages, Journal)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn all(&self) -> Vec<Granted> {
        self.pages().0.values().cloned().collect()
    }

    pub(super) fn keep(&self, granted: Granted) -> Result<(), WorldError> {
        let (pages, journal) = &mut *self.pages();
        journal.append(&granted)?;
        pages.insert(granted.id.clone(), granted);
        Ok(())
    }

    /// What this refresh token renews; the token is void from now on.
    pub(super) fn take(&self, token: &str, client_id: &str) -> Result<Option<Granted>, WorldError> {
        let (pages, journal) = &mut *self.pages();
        let found = pages.values_mut().find(|granted| {
            !token.is_empty() && granted.refresh_token == token && granted.ask.client_id == client_id
        });
        let Some(granted) = found else { return Ok(None) };
        let void = Granted { refresh_token: String::new(), ..granted.clone() };
        journal.append(&void)?;
        *granted = void.clone();
        Ok(Some(void))
    }
}
