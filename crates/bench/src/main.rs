//! The `bench` binary; see the library.

use std::{io::Read, process::ExitCode, thread};

const USAGE: &str = "usage: bench chaos [FIRST_SEED] [SEEDS] [SECONDS] | bench load SCENARIO [SECONDS] [CALLERS,...] [RATE] | \
    bench goals [ROUNDS] [SECONDS] [PART,...]";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = if arguments.is_empty() { String::new() } else { arguments.remove(0) };
    if command == "tickets" {
        follow_parent();
        return server::cli::run(arguments);
    }
    actix_web::rt::System::new().block_on(measure(&command, arguments))
}

async fn measure(command: &str, arguments: Vec<String>) -> ExitCode {
    let reached = match command {
        "bare" => {
            bench::load::bare(&arguments).await;
            true
        }
        "chaos" => {
            bench::chaos::many(&arguments).await;
            true
        }
        "load" => bench::load::run(&arguments).await,
        "goals" => bench::goals::run(&arguments).await,
        _ => {
            bench::say(USAGE);
            false
        }
    };
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Exits with the parent process: its end of standard input closes however it ends.
fn follow_parent() {
    thread::spawn(|| {
        let mut rest = Vec::new();
        drop(std::io::stdin().read_to_end(&mut rest));
        std::process::exit(1);
    });
}
