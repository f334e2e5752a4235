use crate::config::PgConfig;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::AsyncPgConnection;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use kernel::StoreError;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::{error::Error, sync::Arc};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Asynchronous messages of the server. Polling them drives the connection.
pub(crate) type Messages = BoxStream<'static, Result<AsyncMessage, tokio_postgres::Error>>;

/// Opens connections to one database.
#[derive(Clone)]
pub(crate) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl Connector {
    /// Parses the URL and prepares TLS if it requests it.
    pub(crate) fn new(config: &PgConfig) -> Result<Self, StoreError> {
        // `require` verifies here as well, so both modes map to it.
        let url = config.url.expose().replace("sslmode=verify-full", "sslmode=require");
        let url = url.replace("sslmode=verify-ca", "sslmode=require");
        let mut parsed: Config = url.parse().map_err(failed::<tokio_postgres::Error>)?;
        let url_options = parsed.get_options().unwrap_or_default();
        // The last occurrence of an option wins.
        let options = format!("{} {url_options} {}", config.server_options(), PgConfig::FORCED_OPTIONS);
        parsed.options(options).connect_timeout(config.connect_timeout);
        if parsed.get_application_name().is_none() {
            parsed.application_name("tickets");
        }
        let tls = match parsed.get_ssl_mode() {
            SslMode::Require => Some(tls(config.root_certificates.as_deref()).map_err(failed)?),
            _ => None,
        };
        Ok(Self { config: parsed, tls })
    }

    /// Opens a diesel connection.
    pub(crate) async fn diesel(&self) -> ConnectionResult<AsyncPgConnection> {
        match &self.tls {
            Some(tls) => {
                let (client, connection) =
                    self.config.connect(tls.clone()).await.map_err(connection_error)?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(connection_error)?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
        }
    }

    /// Opens a `tokio_postgres` connection.
    pub(crate) async fn bare(&self) -> Result<(Client, Messages), tokio_postgres::Error> {
        Ok(match &self.tls {
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await?;
                (client, messages(connection))
            }
            None => {
                let (client, connection) = self.config.connect(NoTls).await?;
                (client, messages(connection))
            }
        })
    }
}

fn failed<E: Into<Box<dyn Error + Send + Sync>>>(error: E) -> StoreError {
    StoreError::Failed(error.into())
}

fn connection_error(error: tokio_postgres::Error) -> ConnectionError {
    ConnectionError::CouldntSetupConfiguration(diesel::result::Error::QueryBuilderError(error.into()))
}

fn messages<S, T>(mut connection: Connection<S, T>) -> Messages
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    stream::poll_fn(move |context| connection.poll_message(context)).boxed()
}

fn tls(certificates: Option<&str>) -> Result<MakeRustlsConnect, Box<dyn Error + Send + Sync>> {
    let mut roots = RootCertStore::empty();
    if let Some(pem) = certificates {
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            roots.add(certificate?)?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        return Err("no trusted root certificate for TLS to the database".into());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Postgres;
    use diesel_async::RunQueryDsl;
    use testkit::postgres::TestDatabase;

    /// Returns `synchronous_commit` of a `tokio_postgres` and a diesel connection.
    async fn synchronous_commit(url: &str) -> [String; 2] {
        let connector = Connector::new(&PgConfig::new(url)).unwrap();
        let (client, messages) = connector.bare().await.unwrap();
        tokio::spawn(messages.for_each(async |_| ()));
        let bare = client.query_one("SHOW synchronous_commit", &[]).await.unwrap().get(0);
        let mut diesel = connector.diesel().await.unwrap();
        let setting =
            diesel::dsl::sql::<diesel::sql_types::Text>("SELECT current_setting('synchronous_commit')");
        [bare, setting.get_result(&mut diesel).await.unwrap()]
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn commits_are_durable_despite_database_and_url_settings() {
        let database = TestDatabase::create(async |url| {
            Postgres::connect(PgConfig::new(url)).await.unwrap().migrate().await.unwrap();
        })
        .await;
        let (client, connection) = tokio_postgres::connect(database.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        let turn_off = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$";
        client.batch_execute(turn_off).await.unwrap();
        let setting = "SELECT setting FROM pg_settings WHERE name = 'synchronous_commit'";
        let (other, connection) = tokio_postgres::connect(database.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        assert_eq!(
            other.query_one(setting, &[]).await.unwrap().get::<_, String>(0),
            "off",
            "the database default applies"
        );
        assert_eq!(synchronous_commit(database.url()).await, ["on", "on"]);
        let separator = if database.url().contains('?') { '&' } else { '?' };
        let url = format!("{}{separator}options=-c%20synchronous_commit%3Doff", database.url());
        assert_eq!(synchronous_commit(&url).await, ["on", "on"]);
    }
}
