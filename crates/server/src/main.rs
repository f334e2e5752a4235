//! The `tickets` binary; all code is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::run(std::env::args().skip(1).collect())
}
