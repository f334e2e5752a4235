//! `sslmode=require`: encrypted, and only to a server whose certificate is trusted.
#![expect(clippy::unwrap_used, reason = "tests")]

use box_office::{DomainEvent, Store};
use rcgen::{CertificateParams, KeyPair};
use std::time::Duration;
use store_postgres::{PgConfig, Postgres};
use testkit::{
    builders::{add_event, add_user, hold_request, new_event, take},
    postgres::Cluster,
};

/// A certificate for `localhost`, signed by itself, and its key.
fn certificate() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_trusted_by_its_certificate_alone() {
    let (trusted, key) = certificate();
    let (_cluster, port) = Cluster::start_tls(&trusted, &key);
    let foreign = certificate().0;
    let config = |host: &str, mode: &str, roots: &String| PgConfig {
        root_certificates: Some(roots.clone()),
        connect_timeout: Duration::from_secs(2),
        ..PgConfig::new(format!("postgres://tickets@{host}:{port}/postgres?sslmode={mode}"))
    };
    for mode in ["require", "verify-full"] {
        let store = Postgres::connect(config("localhost", mode, &trusted)).await.unwrap();
        store.ping().await.unwrap();
        assert!(Postgres::connect(config("localhost", mode, &foreign)).await.unwrap().ping().await.is_err());
        // The certificate is for a name, not for this address.
        assert!(Postgres::connect(config("127.0.0.1", mode, &trusted)).await.unwrap().ping().await.is_err());
    }
    let store = Postgres::connect(config("localhost", "require", &trusted)).await.unwrap();
    store.migrate().await.unwrap();
    let mut ears = store.changes();
    let event = add_event(&store, &new_event(5, 10)).await;
    assert_eq!(ears.recv().await.unwrap(), DomainEvent::Event(event.id));
    let user = add_user(&store, 1).await;
    take(&store, hold_request(&event, &user, 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_without_certificates_is_an_error_at_once() {
    let config = PgConfig {
        root_certificates: Some(String::new()),
        ..PgConfig::new("postgres://tickets@localhost/postgres?sslmode=require")
    };
    assert!(Postgres::connect(config).await.is_err());
}
