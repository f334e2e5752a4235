//! Contract suites for the ports, and builders. A dev-dependency only.
