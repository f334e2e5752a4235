//! The `bench` binary; see the library.

use std::{io::Read, process::ExitCode, thread};

const USAGE: &str = "usage: bench chaos [FIRST_SEED] [SEEDS] [SECONDS] | bench load SCENARIO [SECONDS] [CALLERS,...] [RATE] | \
    bench goals [ROUNDS] [SECONDS] [PART,...]";

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let command = if words.is_empty() { String::new() } else { words.remove(0) };
    if command == "tickets" {
        follow_parent();
        return server::cli::run(words);
    }
    actix_web::rt::System::new().block_on(measure(&command, words))
}

async fn measure(command: &str, words: Vec<String>) -> ExitCode {
    let reached = match command {
        "bare" => {
            bench::load::bare(&words).await;
            true
        }
        "chaos" => {
            bench::chaos::many(&words).await;
            true
        }
        "load" => bench::load::run(&words).await,
        "goals" => bench::goals::run(&words).await,
        _ => {
            bench::say(USAGE);
            false
        }
    };
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Ends with whoever started us: their end of our input closes however they die.
fn follow_parent() {
    thread::spawn(|| {
        let mut rest = Vec::new();
        drop(std::io::stdin().read_to_end(&mut rest));
        std::process::exit(1);
    });
}
