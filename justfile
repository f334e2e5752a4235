# The two commands are `just up` and `just test`. No just? `npx --yes rust-just@1.57.0 up` does the same.
set shell := ["bash", "-euo", "pipefail", "-c"]

tools := justfile_directory() / "target/tools"
export PATH := tools / "bin" + ":" + env("PATH")
# Sandbox wallets of tests talk to each other over the loopback only.
export NO_PROXY := "localhost,127.0.0.1"

# Runs the shop with a pretend Lightning world; everything it keeps is in ./data.
up *args: web-build
    cargo run --package server --bin tickets -- up {{args}}

# Runs every test there is.
test: tools lint web-check web-build rust-test docs-check deploy-check e2e fuzz-api api-clients lnurl-clients mails

# Installs what the tests need and this machine lacks.
tools:
    .ci/tools

# Formatting, lints, licences, and the arrows between crates.
lint: tools
    cargo fmt --all -- --check
    cargo clippy --workspace --all-targets -- -D warnings
    # The lock file names crates of other systems too; they are looked at, so they must be here.
    cargo fetch --locked
    cargo deny --offline --log-level error check bans licenses sources

# All tests in Rust: domain, contract suites, HTTP, chaos in its short form.
rust-test:
    cargo nextest run --workspace --no-fail-fast
    cargo test --workspace --doc

# Replicas, database and node broken at random, many seeds long; then the books. `just chaos 17 1` repeats seed 17.
chaos *args:
    cargo run --package bench -- chaos {{args}}

# Load on the real server and the limits beside it: `just load hot 10 8,64,256`, `just load abuse`; crates/bench/README.md has the rest.
load *args:
    cargo run --profile dist --package bench -- load {{args}}

# What the shop has set itself, measured beside its limits; on a quiet machine. `just goals 3 5 reads` does a part.
goals *args:
    cargo run --profile dist --package bench -- goals {{args}}

# Generated files are up to date.
docs-check:
    cargo run --quiet --package server --bin tickets -- openapi | diff -u docs/openapi.json -

# Types, lint, formatting and component tests of the web app.
web-check: web-install
    cd web && npm run check

# The web app as the server serves it.
web-build: web-install
    cd web && npm run build

[private]
web-install:
    cd web && { cmp -s package-lock.json node_modules/.installed || { npm ci --no-audit --no-fund && cp package-lock.json node_modules/.installed; }; }

# Dockerfile, workflows, shell and Terraform.
deploy-check:
    deploy/check

# Journeys in a real browser against the real server.
e2e:
    cargo build --package server --bin tickets
    cd e2e && { cmp -s package-lock.json node_modules/.installed || { npm ci --no-audit --no-fund && cp package-lock.json node_modules/.installed; }; }
    cd e2e && TICKETS_BIN={{justfile_directory()}}/target/debug/tickets npm test

# Every call with what its description allows and what it does not: no 500, and nothing that is not described.
fuzz-api:
    cargo build --package server --bin tickets
    TICKETS_BIN={{justfile_directory()}}/target/debug/tickets e2e/fuzz-api

# The API's description is valid, and a client generated from it buys a ticket.
api-clients:
    cargo build --package server --bin tickets
    TICKETS_BIN={{justfile_directory()}}/target/debug/tickets e2e/api-clients

# Strict LNURL clients of others read an order's link and pay it.
lnurl-clients:
    cargo build --package server --bin tickets
    TICKETS_BIN={{justfile_directory()}}/target/debug/tickets e2e/lnurl-clients/run

# Emails and calendar files are read by strict programs of others.
mails:
    cargo build --package server --bin tickets
    TICKETS_BIN={{justfile_directory()}}/target/debug/tickets e2e/mails

# A production-like shop on this machine, tried and thrown away; as root.
rehearse: web-build
    cargo build --package server --bin tickets
    deploy/rehearse target/debug/tickets

# Writes what is generated from the code: the OpenAPI document and the web app's types.
gen: web-install
    cargo run --quiet --package server --bin tickets -- openapi > docs/openapi.json
    cd web && npm run gen:api
