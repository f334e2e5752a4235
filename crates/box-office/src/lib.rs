//! Use cases across the domains, and the ports to the store.
