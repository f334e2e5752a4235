//! The embedded store: one SQLite file, or in memory.
