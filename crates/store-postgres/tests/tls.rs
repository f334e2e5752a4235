//! `sslmode=require`: encrypted, with a verified certificate.
#![expect(clippy::unwrap_used, reason = "tests")]

use box_office::{DomainEvent, Store};
use rcgen::{CertificateParams, KeyPair};
use std::time::Duration;
use store_postgres::{PgConfig, Postgres};
use testkit::{
    builders::{add_event, add_user, hold_request, new_event, take},
    postgres::Cluster,
};

/// Self-signed certificate for `localhost`, and its key.
fn certificate() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_verifies_certificate_and_host_name() {
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
        // The certificate names the host, not the address.
        assert!(Postgres::connect(config("127.0.0.1", mode, &trusted)).await.unwrap().ping().await.is_err());
    }
    let store = Postgres::connect(config("localhost", "require", &trusted)).await.unwrap();
    store.migrate().await.unwrap();
    let mut receiver = store.changes();
    let event = add_event(&store, &new_event(5, 10)).await;
    assert_eq!(receiver.recv().await.unwrap(), DomainEvent::Event(event.id));
    let user = add_user(&store, 1).await;
    take(&store, hold_request(&event, &user, 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn root_certificates_without_a_certificate_are_rejected() {
    let config = PgConfig {
        root_certificates: Some(String::new()),
        ..PgConfig::new("postgres://tickets@localhost/postgres?sslmode=require")
    };
    assert!(Postgres::connect(config).await.is_err());
}
