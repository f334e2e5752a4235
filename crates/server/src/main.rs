//! The `tickets` binary.
fn main() {}
