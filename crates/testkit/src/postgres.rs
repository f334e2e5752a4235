//! Real Postgres for tests: [`TestDatabase`] gives each test its own database, cloned from a migrated template; [`Cluster`]
//! is a private cluster, for tests that restart it and for benchmarks. Without Postgres both panic with installation
//! instructions: tests are never skipped.
//!
//! The server is `TEST_DATABASE_URL`, or a temporary cluster that the first test process starts from the installed server
//! binaries. Test processes share that cluster; it stops 30 seconds after the last one ends.

use std::{
    env,
    fs::{self, File, OpenOptions},
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Read},
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        net::UnixStream,
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio_postgres::{Client, NoTls};

const ROLE: &str = "tickets";
const NO_SERVER_FOUND: &str = "no PostgreSQL server was found. Install one (Debian: apt-get install postgresql), put its \
    pg_config on the PATH, or set TEST_DATABASE_URL to a server where the role may create databases";
/// No durability: test data need not survive a power failure.
const NOT_DURABLE: &str = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off";

/// The database of one test, dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    server: String,
    name: String,
    url: String,
}

impl TestDatabase {
    /// Creates an empty, migrated database. `migrate` is called with the URL of an empty database if no
    /// template exists for the current migrations; it must close its connections before it returns.
    pub async fn create(migrate: impl AsyncFnOnce(String)) -> Self {
        static SERVER: OnceLock<String> = OnceLock::new();
        let server =
            SERVER.get_or_init(|| env::var("TEST_DATABASE_URL").unwrap_or_else(|_| shared_cluster())).clone();
        let admin = admin(&server).await;
        let template = template(&server, &admin, migrate).await;
        let name = format!("tickets_test_{}", unique());
        clone_database(&admin, &template, &name).await;
        Self { url: with_database(&server, &name), server, name }
    }

    /// Connection URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs SQL that bypasses the store, such as what another release or an operator does.
    pub async fn execute(&self, sql: &str) {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(sql).await.unwrap();
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A runtime cannot be started within another one, hence the thread.
        let cleanup = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let (client, connection) =
                    tokio_postgres::connect(&server, NoTls).await.map_err(io::Error::other)?;
                tokio::spawn(connection);
                client
                    .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                    .await
                    .map_err(io::Error::other)
            })
        });
        // Fails if the test has stopped the server; there is nothing to clean then.
        drop(cleanup.join());
    }
}

async fn admin(server: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(server, NoTls)
        .await
        .unwrap_or_else(|error| panic!("cannot connect to the test database server: {error}"));
    tokio::spawn(connection);
    client
}

/// Returns the template for the current migrations; the first caller creates it.
async fn template(server: &str, admin: &Client, migrate: impl AsyncFnOnce(String)) -> String {
    let mut hasher = DefaultHasher::new();
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files: Vec<PathBuf> = fs::read_dir(workspace.join("migrations/postgres"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    // The code that runs the files also writes rows.
    for code in ["migrate.rs", "order_backfill.rs"] {
        files.push(workspace.join("crates/store-postgres/src").join(code));
    }
    for file in files {
        fs::read(file).unwrap().hash(&mut hasher);
    }
    let fingerprint = hasher.finish();
    let name = format!("tickets_template_{fingerprint:016x}");
    let lock = fingerprint.cast_signed();
    admin.query_one("SELECT pg_advisory_lock($1)::text", &[&lock]).await.unwrap();
    let existing = admin.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await.unwrap();
    if existing.is_none() {
        let building = format!("{name}_building");
        admin.batch_execute(&format!("DROP DATABASE IF EXISTS {building} WITH (FORCE)")).await.unwrap();
        admin.batch_execute(&format!("CREATE DATABASE {building} TEMPLATE template0")).await.unwrap();
        migrate(with_database(server, &building)).await;
        admin
            .execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1",
                &[&building],
            )
            .await
            .unwrap();
        admin.batch_execute(&format!("ALTER DATABASE {building} RENAME TO {name}")).await.unwrap();
    }
    admin.query_one("SELECT pg_advisory_unlock($1)", &[&lock]).await.unwrap();
    name
}

async fn clone_database(admin: &Client, template: &str, name: &str) {
    let version: String = admin.query_one("SHOW server_version_num", &[]).await.unwrap().get(0);
    let strategy = if version.parse::<u32>().unwrap() >= 150_000 { "STRATEGY file_copy" } else { "" };
    admin.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template} {strategy}")).await.unwrap();
}

/// Replaces the database name in a URL.
fn with_database(server: &str, name: &str) -> String {
    let (address, parameters) = server.split_once('?').map_or((server, None), |(a, p)| (a, Some(p)));
    let (scheme, rest) =
        address.split_once("://").unwrap_or_else(|| panic!("TEST_DATABASE_URL must be a URL"));
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    let parameters = parameters.map(|p| format!("?{p}")).unwrap_or_default();
    format!("{scheme}://{host}/{name}{parameters}")
}

/// A name that is unique across test processes.
fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    format!("{}_{}_{}", process::id(), nanos, COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A private cluster. It is stopped and deleted on drop, or when the process ends in any way.
#[derive(Debug)]
pub struct Cluster {
    home: ClusterDirectory,
    options: String,
    /// Stops the cluster when its stdin is closed.
    guard: Option<Child>,
}

impl Cluster {
    /// Starts a cluster. A durable one syncs commits to disk, as in production.
    pub fn start(durable: bool) -> Self {
        Self::start_in(Self::home(), if durable { "" } else { NOT_DURABLE })
    }

    /// Starts a cluster with TLS, given certificate and key (PEM). Returns its port on the loopback
    /// interface.
    pub fn start_tls(certificate: &str, key: &str) -> (Self, u16) {
        let home = Self::home();
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            let file = home.directory.join("data").join(name);
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
            home.set_owner(&file);
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let options = format!("{NOT_DURABLE} -c ssl=on -c port={port} -c listen_addresses=127.0.0.1");
        (Self::start_in(home, &options), port)
    }

    fn home() -> ClusterDirectory {
        let home = ClusterDirectory::create(&env::temp_dir().join(format!("tickets-pg-{}", unique())));
        home.init();
        home
    }

    fn start_in(home: ClusterDirectory, options: &str) -> Self {
        home.start(options);
        let mut guard =
            home.guard("cat > /dev/null; \"$2/pg_ctl\" -D \"$1/data\" -m immediate -w stop; rm -rf \"$1\"");
        guard.stdin(Stdio::piped());
        Self { home, options: options.to_owned(), guard: Some(spawn(guard)) }
    }

    /// Connection URL of a database; `postgres` exists.
    pub fn url(&self, database: &str) -> String {
        with_database(&self.home.url(), database)
    }

    /// Process id of the postmaster.
    pub fn process_id(&self) -> u32 {
        let file = fs::read_to_string(self.home.directory.join("data/postmaster.pid")).unwrap();
        file.lines().next().unwrap().trim().parse().unwrap()
    }

    /// Stops the server without a checkpoint, like a power failure, and restarts it.
    pub fn crash_and_restart(&self) {
        self.home.pg_ctl(&["-m", "immediate", "-w", "stop"]);
        self.home.start(&self.options);
    }

    /// Restarts the server in fast mode, which ends all connections.
    pub fn restart(&self) {
        self.home.pg_ctl(&["-m", "fast", "-w", "stop"]);
        self.home.start(&self.options);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            drop(guard.stdin.take());
            drop(guard.wait());
        }
    }
}

/// Directory, binaries and user of a cluster. Postgres refuses to run as root.
#[derive(Debug)]
struct ClusterDirectory {
    directory: PathBuf,
    binaries: PathBuf,
    user: Option<(u32, u32)>,
}

impl ClusterDirectory {
    fn create(directory: &Path) -> Self {
        let home = Self { directory: directory.to_owned(), binaries: binaries(), user: unprivileged_user() };
        fs::create_dir_all(directory).unwrap();
        home.set_owner(directory);
        let owner = fs::metadata(directory).unwrap().uid();
        let expected = home.user.map_or_else(process_uid, |(user, _)| user);
        assert!(owner == expected, "{} belongs to another user", directory.display());
        home
    }

    /// Changes the owner of a file to the user that runs Postgres.
    fn set_owner(&self, file: &Path) {
        if let Some((user, group)) = self.user {
            chown(file, Some(user), Some(group)).unwrap();
        }
    }

    fn url(&self) -> String {
        let socket = self.directory.to_str().unwrap().replace('/', "%2F");
        format!("postgres://{ROLE}@{socket}/postgres")
    }

    /// A command run as the Postgres user. Output is discarded, since an inherited pipe would stay open as
    /// long as the server.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("LC_ALL", "C")
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    fn init(&self) {
        let output = self
            .command(&self.binaries.join("initdb"))
            .args(["-U", ROLE, "--auth=trust", "-E", "UTF8", "--no-locale", "--no-sync", "-D"])
            .arg(self.directory.join("data"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .output()
            .unwrap_or_else(|error| panic!("cannot run initdb: {error}"));
        assert!(output.status.success(), "initdb failed: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn start(&self, options: &str) {
        let directory = self.directory.display();
        let options = format!("-k {directory} -c listen_addresses= -c max_connections=300 {options}");
        let log = self.directory.join("log");
        let status = self
            .command(&self.binaries.join("pg_ctl"))
            .args(["-w", "-t", "120", "-s", "-o", &options, "-D"])
            .arg(self.directory.join("data"))
            .arg("-l")
            .arg(&log)
            .arg("start")
            .status()
            .unwrap_or_else(|error| panic!("cannot run pg_ctl: {error}"));
        let log = fs::read_to_string(&log).unwrap_or_default();
        assert!(status.success(), "Postgres failed to start: {log}");
    }

    fn pg_ctl(&self, arguments: &[&str]) {
        let status = self
            .command(&self.binaries.join("pg_ctl"))
            .arg("-D")
            .arg(self.directory.join("data"))
            .args(arguments)
            .status()
            .unwrap();
        assert!(status.success(), "pg_ctl {arguments:?} failed");
    }

    /// A shell script that outlives this process; `$1` is the directory, `$2` the binaries.
    fn guard(&self, script: &str) -> Command {
        let mut command = self.command(Path::new("/bin/sh"));
        // Its own process group: signals to the test must not interrupt the clean-up.
        command.args(["-c", script, "guard"]).arg(&self.directory).arg(&self.binaries).process_group(0);
        command.current_dir("/");
        command
    }

    fn is_ready(&self) -> bool {
        let ready = fs::read_to_string(self.directory.join("data/postmaster.pid"))
            .is_ok_and(|file| file.lines().nth(7).is_some_and(|line| line.trim() == "ready"));
        ready && UnixStream::connect(self.directory.join(".s.PGSQL.5432")).is_ok()
    }
}

/// Starts the cluster shared by all test processes of this user, if it is not running.
fn shared_cluster() -> String {
    /// Locked for the lifetime of this process; the guard waits for it.
    static LOCK_FILE: OnceLock<File> = OnceLock::new();
    /// Outlives this process, so it is never waited for.
    static GUARD: OnceLock<Child> = OnceLock::new();
    let home = ClusterDirectory::create(&env::temp_dir().join(format!("tickets-postgres-{}", process_uid())));
    let open = |name: &str| {
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(home.directory.join(name))
            .unwrap_or_else(|error| panic!("cannot open {name} in {}: {error}", home.directory.display()))
    };
    let using = open("using");
    using.lock_shared().unwrap();
    LOCK_FILE.get_or_init(|| using);
    let starting = open("starting");
    starting.lock().unwrap();
    if !home.is_ready() {
        fs::remove_dir_all(home.directory.join("data")).or_else(ignore_not_found).unwrap();
        home.init();
        home.start(NOT_DURABLE);
        let guard = home.guard(
            "while :; do
                flock -x \"$1/using\" true
                sleep 30
                flock -xn \"$1/using\" flock -x \"$1/starting\" sh -c \
                    '\"$2/pg_ctl\" -D \"$1/data\" -m immediate -w stop; rm -rf \"$1/data\"' stop \"$1\" \"$2\" && exit
                [ -d \"$1/data\" ] || exit
            done",
        );
        GUARD.get_or_init(|| spawn(guard));
    }
    starting.unlock().unwrap();
    home.url()
}

fn spawn(mut command: Command) -> Child {
    command.spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"))
}

fn ignore_not_found(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn process_uid() -> u32 {
    fs::metadata("/proc/self").map_or(0, |entry| entry.uid())
}

/// Returns the user to run Postgres as instead of root: `postgres`, or else the unprivileged default user.
fn unprivileged_user() -> Option<(u32, u32)> {
    if process_uid() != 0 {
        return None;
    }
    let mut users = String::new();
    File::open("/etc/passwd").unwrap().read_to_string(&mut users).unwrap();
    let find = |name: &str| {
        let mut fields = users.lines().find(|line| line.split(':').next() == Some(name))?.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let found = find("postgres").or_else(|| find("nobody"));
    assert!(
        found.is_some(),
        "running as root without an unprivileged user for Postgres; create the user postgres"
    );
    found
}

/// Directory of the server's binaries.
fn binaries() -> PathBuf {
    let named = Command::new("pg_config").arg("--bindir").output().ok().and_then(|output| {
        let directory = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
        directory.join("initdb").exists().then_some(directory)
    });
    // `pg_config` may belong to a client installation, with the server elsewhere.
    named.or_else(newest_installed).unwrap_or_else(|| panic!("{NO_SERVER_FOUND}"))
}

fn newest_installed() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(|entry| {
        let entry = entry.ok()?;
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let directory = entry.path().join("bin");
        directory.join("initdb").exists().then_some((version, directory))
    });
    versions.max().map(|(_, directory)| directory)
}

/// Polls until `condition` holds; panics after a minute.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_mins(1);
    while !condition().await {
        assert!(tokio::time::Instant::now() < deadline, "condition not met within a minute: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn database_name_in_a_url_is_replaced() {
        let cases = [
            ("postgres://u:p@h:1/postgres", "postgres://u:p@h:1/x"),
            ("postgres://u@%2Ftmp%2Fd/postgres?a=b", "postgres://u@%2Ftmp%2Fd/x?a=b"),
            ("postgresql://h", "postgresql://h/x"),
        ];
        for (server, expected) in cases {
            assert_eq!(with_database(server, "x"), expected);
        }
    }
}
