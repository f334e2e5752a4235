//! Real Postgres for tests, without anybody having to set one up.
//!
//! [`TestDatabase`] gives each test a database of its own, cloned from a migrated template. It lives on the server that
//! `TEST_DATABASE_URL` names, or else on a throw-away cluster that the first test process starts from the installed server
//! binaries; test processes share it, and it goes away half a minute after the last of them. [`Cluster`] is a cluster for one
//! test alone, for tests that restart it and for benchmarks. When there is no Postgres, both panic and say what to install:
//! tests are never skipped.

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
const HOW_TO_INSTALL: &str = "no PostgreSQL server was found. Install one (Debian: apt-get install postgresql), put its \
    pg_config on the PATH, or set TEST_DATABASE_URL to a server where the role may create databases";
/// Fast and forgetful: what a test writes need not survive a power failure.
const FORGETFUL: &str = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off";

/// A database of one test; dropped with this.
#[derive(Debug)]
pub struct TestDatabase {
    server: String,
    name: String,
    url: String,
}

impl TestDatabase {
    /// An empty, migrated database. `migrate` gets the address of an empty one when there is no template for the present
    /// migrations yet; it must have closed its connections when it returns.
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

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A thread of its own, since a runtime cannot be started inside another one.
        let dropper = thread::spawn(move || {
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
        // A test that stopped the server has nothing left to clean.
        drop(dropper.join());
    }
}

async fn admin(server: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(server, NoTls)
        .await
        .unwrap_or_else(|error| panic!("the test database server does not answer: {error}"));
    tokio::spawn(connection);
    client
}

/// The migrated template for the migrations as they are, made by whoever needs it first.
async fn template(server: &str, admin: &Client, migrate: impl AsyncFnOnce(String)) -> String {
    let mut hasher = DefaultHasher::new();
    let mut files: Vec<PathBuf> =
        fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/postgres"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
    files.sort();
    for file in files {
        fs::read(file).unwrap().hash(&mut hasher);
    }
    let fingerprint = hasher.finish();
    let name = format!("tickets_template_{fingerprint:016x}");
    let lock = fingerprint.cast_signed();
    admin.query_one("SELECT pg_advisory_lock($1)::text", &[&lock]).await.unwrap();
    let known = admin.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await.unwrap();
    if known.is_none() {
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

/// The same server, another database.
fn with_database(server: &str, name: &str) -> String {
    let (address, parameters) = server.split_once('?').map_or((server, None), |(a, p)| (a, Some(p)));
    let (scheme, rest) =
        address.split_once("://").unwrap_or_else(|| panic!("TEST_DATABASE_URL must be a URL"));
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    let parameters = parameters.map(|p| format!("?{p}")).unwrap_or_default();
    format!("{scheme}://{host}/{name}{parameters}")
}

/// A word that no other test has.
fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    format!("{}_{}_{}", process::id(), nanos, COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A cluster of its own. It stops and leaves no trace when this is dropped, or when the process dies in whatever way.
#[derive(Debug)]
pub struct Cluster {
    home: Home,
    options: String,
    /// Stops the cluster once our end of its input is closed.
    guard: Option<Child>,
}

impl Cluster {
    /// Starts one. A durable one waits for the disk as a live server does.
    pub fn start(durable: bool) -> Self {
        Self::start_in(Self::home(), if durable { "" } else { FORGETFUL })
    }

    /// Starts one that speaks TLS with this certificate and key (PEM), and says at which port of the loopback.
    pub fn start_tls(certificate: &str, key: &str) -> (Self, u16) {
        let home = Self::home();
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            let file = home.directory.join("data").join(name);
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
            home.give(&file);
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let options = format!("{FORGETFUL} -c ssl=on -c port={port} -c listen_addresses=127.0.0.1");
        (Self::start_in(home, &options), port)
    }

    fn home() -> Home {
        let home = Home::create(&env::temp_dir().join(format!("tickets-pg-{}", unique())));
        home.init();
        home
    }

    fn start_in(home: Home, options: &str) -> Self {
        home.start(options);
        let mut guard =
            home.guard("cat > /dev/null; \"$2/pg_ctl\" -D \"$1/data\" -m immediate -w stop; rm -rf \"$1\"");
        guard.stdin(Stdio::piped());
        Self { home, options: options.to_owned(), guard: Some(spawn(guard)) }
    }

    /// The address of a database on it; `postgres` exists.
    pub fn url(&self, database: &str) -> String {
        with_database(&self.home.url(), database)
    }

    /// The process that all its others descend from.
    pub fn process_id(&self) -> u32 {
        let file = fs::read_to_string(self.home.directory.join("data/postmaster.pid")).unwrap();
        file.lines().next().unwrap().trim().parse().unwrap()
    }

    /// Stops it as a power failure would, and starts it again: it has to recover.
    pub fn crash_and_restart(&self) {
        self.home.pg_ctl(&["-m", "immediate", "-w", "stop"]);
        self.home.start(&self.options);
    }

    /// Ends all connections as an administrator's restart does, and starts it again.
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

/// Where a cluster lives, and as whom: Postgres refuses to run as root.
#[derive(Debug)]
struct Home {
    directory: PathBuf,
    binaries: PathBuf,
    user: Option<(u32, u32)>,
}

impl Home {
    fn create(directory: &Path) -> Self {
        let home = Self { directory: directory.to_owned(), binaries: binaries(), user: lesser_user() };
        fs::create_dir_all(directory).unwrap();
        home.give(directory);
        let owner = fs::metadata(directory).unwrap().uid();
        let expected = home.user.map_or_else(our_uid, |(user, _)| user);
        assert!(owner == expected, "{} belongs to somebody else", directory.display());
        home
    }

    /// Makes a file theirs who run Postgres.
    fn give(&self, file: &Path) {
        if let Some((user, group)) = self.user {
            chown(file, Some(user), Some(group)).unwrap();
        }
    }

    fn url(&self) -> String {
        let socket = self.directory.to_str().unwrap().replace('/', "%2F");
        format!("postgres://{ROLE}@{socket}/postgres")
    }

    /// A command as whoever may run Postgres. Its output goes nowhere, so that nobody waits for a server to close it.
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
        let said = fs::read_to_string(&log).unwrap_or_default();
        assert!(status.success(), "Postgres does not start: {said}");
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

    /// A shell script that outlives us, with the directory as `$1` and that of the binaries as `$2`.
    fn guard(&self, script: &str) -> Command {
        let mut command = self.command(Path::new("/bin/sh"));
        // A group of its own: what interrupts a test must not interrupt cleaning up after it.
        command.args(["-c", script, "guard"]).arg(&self.directory).arg(&self.binaries).process_group(0);
        command.current_dir("/");
        command
    }

    fn answers(&self) -> bool {
        let ready = fs::read_to_string(self.directory.join("data/postmaster.pid"))
            .is_ok_and(|file| file.lines().nth(7).is_some_and(|line| line.trim() == "ready"));
        ready && UnixStream::connect(self.directory.join(".s.PGSQL.5432")).is_ok()
    }
}

/// The cluster that all test processes of this user share; started when it does not run.
fn shared_cluster() -> String {
    /// Held as long as this process lives: the guard waits for it.
    static USING: OnceLock<File> = OnceLock::new();
    /// Outlives us: nobody waits for it.
    static GUARD: OnceLock<Child> = OnceLock::new();
    let home = Home::create(&env::temp_dir().join(format!("tickets-postgres-{}", our_uid())));
    let open = |name: &str| {
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(home.directory.join(name))
            .unwrap_or_else(|error| panic!("cannot open {name} in {}: {error}", home.directory.display()))
    };
    let using = open("using");
    using.lock_shared().unwrap();
    USING.get_or_init(|| using);
    let starting = open("starting");
    starting.lock().unwrap();
    if !home.answers() {
        fs::remove_dir_all(home.directory.join("data")).or_else(not_there).unwrap();
        home.init();
        home.start(FORGETFUL);
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

fn not_there(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn our_uid() -> u32 {
    fs::metadata("/proc/self").map_or(0, |entry| entry.uid())
}

/// Whom to be instead of root: the installation's own user, or nobody.
fn lesser_user() -> Option<(u32, u32)> {
    if our_uid() != 0 {
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
        "running as root, and neither user postgres nor nobody exists to run Postgres as"
    );
    found
}

/// Where the server's programs are.
fn binaries() -> PathBuf {
    let named = Command::new("pg_config").arg("--bindir").output().ok().and_then(|output| {
        let directory = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
        directory.join("initdb").exists().then_some(directory)
    });
    // A machine may have the client's pg_config and a server beside it.
    named.or_else(newest_installed).unwrap_or_else(|| panic!("{HOW_TO_INSTALL}"))
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

/// Waits until `condition` holds; panics after a minute.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let patience = tokio::time::Instant::now() + Duration::from_mins(1);
    while !condition().await {
        assert!(tokio::time::Instant::now() < patience, "did not happen: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_on_the_same_server() {
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
