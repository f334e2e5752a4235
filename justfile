# Main recipes: `just up`, `just test`. Without just installed: `npx --yes rust-just@1.57.0 up`.
set shell := ["bash", "-euo", "pipefail", "-c"]

tools := justfile_directory() / "target/tools"
export PATH := tools / "bin" + ":" + env("PATH")
# Test wallets use the loopback interface only.
export NO_PROXY := "localhost,127.0.0.1"
# The binary under test; TICKETS_BIN names one that is already built.
bin := absolute_path(env("TICKETS_BIN", "target/debug/tickets"))

# Runs the shop with a simulated Lightning network; all data is in ./data.
up *args: toolchain web-build
    cargo run --package server --bin tickets -- up {{args}}

# Runs all tests.
test: tools lint web-check web-build rust-test docs-check deploy-check e2e engines fuzz-api api-clients lnurl-clients mails

# Installs missing tools of the tests; `just tools chromium` installs one.
tools *names: toolchain
    .ci/tools {{names}}

[private]
toolchain:
    .ci/toolchain

# Formatting, lints, licences, unused dependencies, documentation, words, dependencies between crates.
lint: (tools "cargo-deny" "cargo-shear")
    .ci/words
    cargo fmt --all -- --check
    # cargo-shear and cargo-deny read all crates of the lock file, also those for other platforms.
    cargo fetch --locked
    cargo shear --locked --offline --deny-warnings
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps
    cargo deny --offline --log-level error check bans licenses sources

# Checks subjects of commits that are not in BASE; the default is main.
subjects base="":
    .ci/subjects {{base}}

# All Rust tests: domain, contract suites, HTTP, short fault-injection trial.
rust-test: (tools "cargo-nextest" "caddy" "postgresql") && doc-test
    cargo nextest run --workspace --no-fail-fast

[private]
doc-test:
    cargo test --workspace --doc

# Archives all Rust tests and builds the binary, for `just rust-shard` on other machines.
archive: (tools "cargo-nextest") && doc-test
    cargo nextest archive --workspace --archive-file target/tests.tar.zst

# Runs a part of the archived tests, such as `just rust-shard 1/3`. The checkout has the path of the build.
rust-shard part: (tools "cargo-nextest" "caddy" "postgresql")
    cargo nextest run --archive-file target/tests.tar.zst --extract-to . --extract-overwrite --workspace-remap . --no-fail-fast --partition slice:{{part}}

# Random faults in replicas, database and node over many seeds, then an audit. `just chaos 17 1` repeats seed 17.
chaos *args:
    cargo run --package bench -- chaos {{args}}

# Load on the server and its baselines: `just load hot 10 8,64,256`, `just load abuse`; see crates/bench/README.md.
load *args:
    cargo run --profile dist --package bench -- load {{args}}

# Performance goals against their baselines, on an idle machine. `just goals 3 5 reads` runs one part.
goals *args:
    cargo run --profile dist --package bench -- goals {{args}}

# Checks that generated files are up to date.
docs-check: binary
    {{bin}} openapi | diff -u docs/openapi.json -

# Dependencies have the features of the test build, so that nothing is compiled twice.
[private]
binary:
    {{ if env("TICKETS_BIN", "") == "" { "cargo build --workspace --bin tickets --test commands" } else { "test -x " + bin } }}

# Types, lint, formatting and component tests of the web app.
web-check: web-install
    cd web && npm run check

# Production build of the web app, for embedding in the server.
web-build: web-install
    cd web && npm run build

[private]
web-install:
    cd web && { cmp -s package-lock.json node_modules/.installed || { npm ci --no-audit --no-fund && cp package-lock.json node_modules/.installed; }; }

# Lints of Dockerfile, workflows, shell and Terraform.
deploy-check:
    deploy/check

# End-to-end tests in a browser against the server.
e2e: binary e2e-install (tools "chromium" "nginx" "ffmpeg")
    cd e2e && TICKETS_BIN={{bin}} npm test

# The main journeys in Firefox and in WebKit, at desktop and phone size.
engines: binary e2e-install (tools "firefox" "webkit")
    cd e2e && TICKETS_BIN={{bin}} npm run engines

[private]
e2e-install:
    cd e2e && { cmp -s package-lock.json node_modules/.installed || { npm ci --no-audit --no-fund && cp package-lock.json node_modules/.installed; }; }

# Fuzzes every endpoint from the OpenAPI document: no 500 and no undescribed response.
fuzz-api: binary
    TICKETS_BIN={{bin}} e2e/fuzz-api

# Validates the OpenAPI document and buys a ticket with a client generated from it.
api-clients: binary
    TICKETS_BIN={{bin}} e2e/api-clients

# Third-party LNURL clients parse an order's link and pay it.
lnurl-clients: binary
    TICKETS_BIN={{bin}} e2e/lnurl-clients/run

# Third-party parsers read emails and calendar files.
mails: binary
    TICKETS_BIN={{bin}} e2e/mails

# Rehearsal of a production deployment on this machine; as root.
rehearse: web-build binary
    deploy/rehearse {{bin}}

# Generates the OpenAPI document and the web app's types.
gen: web-install
    cargo run --quiet --package server --bin tickets -- openapi > docs/openapi.json
    cd web && npm run gen:api
