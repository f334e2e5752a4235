//! The shop's one binary, `tickets`: HTTP, configuration, wiring, worker.
