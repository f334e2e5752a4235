//! The store for a live shop and its replicas.
