use crate::harness::{PASSWORD, TestShop, invoice_of, offer, payment_of, profile, register, registration};
use box_office::{AccountError, Links, Origin, Registration};
use chrono::Duration;
use identity::{PasswordHash, User};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Mutex, oneshot};

#[tokio::test]
async fn password_change_or_log_out_invalidates_earlier_tokens() {
    let shop = TestShop::open().await;
    let (old, _) = shop.office.login("alice@mail.example", PASSWORD.into(), Origin::Unlimited).await.unwrap();
    let me = shop.office.authenticate(&old).await.unwrap();
    let wrong =
        shop.office.change_password(&me, "not it".into(), "another horse".into(), Origin::Unlimited).await;
    assert!(matches!(wrong, Err(AccountError::Invalid(_))));
    let new = shop
        .office
        .change_password(&me, PASSWORD.into(), "another horse".into(), Origin::Unlimited)
        .await
        .unwrap();
    assert!(shop.office.authenticate(&old).await.is_err());
    let me = shop.office.authenticate(&new).await.unwrap();
    shop.office.logout_everywhere(&me).await.unwrap();
    assert!(shop.office.authenticate(&new).await.is_err());
    shop.clock.advance(Duration::seconds(1));
    let (again, _) =
        shop.office.login("ALICE@mail.example", "another horse".into(), Origin::Unlimited).await.unwrap();
    shop.clock.advance(Duration::seconds(1));
    assert!(shop.office.authenticate(&again).await.is_ok());
}

#[tokio::test]
async fn one_of_two_concurrent_password_changes_succeeds() {
    let shop = TestShop::open().await;
    let change =
        |new: &str| shop.office.change_password(&shop.buyer, PASSWORD.into(), new.into(), Origin::Unlimited);
    let (one, two) = tokio::join!(change("another horse"), change("a third horse"));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let kept = if one.is_ok() { "another horse" } else { "a third horse" };
    assert!(shop.office.login("alice@mail.example", kept.into(), Origin::Unlimited).await.is_ok());
}

#[tokio::test]
async fn address_change_is_refused_if_the_password_changed_after_it_was_compared() {
    static GATE: Mutex<()> = Mutex::const_new(());
    static HASHES: AtomicUsize = AtomicUsize::new(0);
    let shop = TestShop::open_with_hash_hook(
        |_| {},
        || {
            HASHES.fetch_add(1, Ordering::SeqCst);
            drop(GATE.blocking_lock());
        },
    )
    .await;
    let closed = GATE.lock().await;
    let begun = HASHES.load(Ordering::SeqCst);
    let change = async {
        let other = profile("mallory@mail.example", "Alice");
        shop.office.update_user(&shop.buyer, shop.buyer.id(), other, Origin::Unlimited).await
    };
    let change_password = async {
        while HASHES.load(Ordering::SeqCst) == begun {
            tokio::task::yield_now().await;
        }
        let mut session = shop.replica.store().begin().await.unwrap();
        let user = session.user_for_update(shop.buyer.id()).await.unwrap().unwrap();
        let password_hash = Some(PasswordHash::from_stored("another".into()));
        assert!(session.put_user(&User { password_hash, ..user }).await.unwrap());
        session.commit().await.unwrap();
        drop(closed);
    };
    let (changed, ()) = tokio::join!(change, change_password);
    assert!(matches!(changed, Err(AccountError::WrongPassword)), "{changed:?}");
    let user = shop.office.store().user(shop.buyer.id()).await.unwrap().unwrap();
    assert_eq!(user.email, shop.buyer.user.email);
}

#[tokio::test]
async fn install_admin_takes_over_an_existing_account_and_invalidates_its_tokens() {
    let shop = TestShop::open().await;
    let squatter = register(&shop.office, "boss@shop.example").await;
    let token = shop.office.token_for(&squatter.user).unwrap();
    let form = Registration { password: "another horse".into(), ..registration("boss@shop.example") };
    let admin = shop.office.install_admin(form).await.unwrap();
    assert_eq!(admin.id, squatter.id());
    assert!(admin.email_verified_at.is_some());
    assert!(shop.office.authenticate(&token).await.is_err());
    assert!(shop.office.login("boss@shop.example", PASSWORD.into(), Origin::Unlimited).await.is_err());
    assert!(shop.office.login("boss@shop.example", "another horse".into(), Origin::Unlimited).await.is_ok());
}

#[tokio::test]
async fn other_accounts_cannot_be_changed_and_addresses_are_unique() {
    let shop = TestShop::open().await;
    let bob = register(&shop.office, "bob@mail.example").await;
    let other = shop
        .office
        .update_user(&bob, shop.buyer.id(), profile("x@mail.example", "X"), Origin::Unlimited)
        .await;
    assert!(matches!(other, Err(AccountError::Forbidden)));
    assert!(matches!(
        shop.office.delete_user(&bob, shop.buyer.id(), Origin::Unlimited).await,
        Err(AccountError::Forbidden)
    ));
    let taken = shop
        .office
        .update_user(&bob, bob.id(), profile("Alice@mail.example", "Bob"), Origin::Unlimited)
        .await;
    assert!(matches!(taken, Err(AccountError::EmailTaken)));
    assert!(matches!(
        shop.office.register(registration("BOB@mail.example"), Origin::Unlimited).await,
        Err(AccountError::EmailTaken)
    ));
    let bad = Registration {
        email: "no".into(),
        name: " ".into(),
        password: "short".into(),
        language: kernel::Language::En,
    };
    let Err(AccountError::Invalid(fields)) = shop.office.register(bad, Origin::Unlimited).await else {
        panic!()
    };
    assert_eq!(fields.fields().len(), 3);
}

#[tokio::test]
async fn erasure_keeps_money_records_without_personal_data() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    shop.pay(&invoice_of(&receipt.view));
    shop.poll().await;
    assert!(matches!(
        shop.office.delete_user(&shop.buyer, shop.buyer.id(), Origin::Unlimited).await,
        Err(AccountError::HoldsTickets)
    ));
    let store = shop.office.store();
    let metadata =
        async || store.invoices_of(payment_of(&receipt.view).id).await.unwrap()[0].metadata.clone();
    let name = format!("ordered by {}", shop.buyer.user.name);
    assert!(metadata().await.contains(&name));
    shop.clock.advance(Duration::hours(5));
    shop.office.delete_user(&shop.buyer, shop.buyer.id(), Origin::Unlimited).await.unwrap();
    assert!(!metadata().await.contains(&name));
    let erased = shop.office.store().user(shop.buyer.id()).await.unwrap().unwrap();
    assert_eq!((erased.email, erased.password_hash), (None, None));
    let view = shop.view(receipt.view.ticket.id).await;
    assert_eq!(view.ticket.user_id, None);
    assert!(view.payment.is_some());
    assert!(shop.office.login("alice@mail.example", PASSWORD.into(), Origin::Unlimited).await.is_err());
    register(&shop.office, "alice@mail.example").await;
    shop.audit().await;
}

#[tokio::test]
async fn pending_order_keeps_the_name_of_an_erased_account_until_it_ends() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    shop.office.delete_user(&shop.buyer, shop.buyer.id(), Origin::Unlimited).await.unwrap();
    let store = shop.office.store();
    let metadata =
        async || store.invoices_of(payment_of(&receipt.view).id).await.unwrap()[0].metadata.clone();
    let name = format!("ordered by {}", shop.buyer.user.name);
    assert_eq!(store.erase_ended_orders(100).await.unwrap(), 0);
    assert!(metadata().await.contains(&name), "its invoice commits to the text");
    shop.clock.advance(Duration::hours(1));
    shop.office.expire_holds().await.unwrap();
    assert_eq!(store.erase_ended_orders(100).await.unwrap(), 1);
    assert!(!metadata().await.contains(&name));
}

#[tokio::test]
async fn erased_account_cannot_connect_a_wallet() {
    let shop = TestShop::open().await;
    let bob = register(&shop.office, "bob@mail.example").await;
    shop.office.delete_user(&bob, bob.id(), Origin::Unlimited).await.unwrap();
    let late = shop.office.connect_wallet(&bob, offer()).await;
    assert!(matches!(late, Err(AccountError::NotFound)), "{late:?}");
    assert_eq!(shop.office.store().wallet(bob.id()).await.unwrap(), None);
}

#[tokio::test]
async fn account_erased_during_the_wallet_probe_keeps_no_connection() {
    let shop = TestShop::open().await;
    let bob = register(&shop.office, "bob@mail.example").await;
    let ((started, on_start), (resume, on_resume)) = (oneshot::channel(), oneshot::channel());
    *shop.wallet.probe_gate.lock().unwrap() = Some((started, on_resume));
    let erase = async {
        on_start.await.unwrap();
        shop.replica.delete_user(&bob, bob.id(), Origin::Unlimited).await.unwrap();
        resume.send(()).unwrap();
    };
    let (connected, ()) = tokio::join!(shop.office.connect_wallet(&bob, offer()), erase);
    assert!(matches!(connected, Err(AccountError::NotFound)), "{connected:?}");
    assert_eq!(shop.office.store().wallet(bob.id()).await.unwrap(), None);
}

/// Runs erasure concurrently with log-in or connection on two replicas, with varying delays, so that either may commit first.
#[tokio::test(flavor = "multi_thread")]
async fn erasure_concurrent_with_log_in_or_connection_leaves_no_network_and_no_wallet() {
    let shop = TestShop::open().await;
    let network = "192.0.2.7".parse().unwrap();
    for round in 0..24_u32 {
        let email = format!("bob{round}@mail.example");
        let bob = register(&shop.office, &email).await;
        let erase = async {
            tokio::time::sleep(Duration::microseconds(i64::from(round / 2) * 150).to_std().unwrap()).await;
            shop.replica.delete_user(&bob, bob.id(), Origin::Unlimited).await
        };
        let use_account = async {
            if round % 2 == 0 {
                let _ = shop.office.login(&email, PASSWORD.into(), Origin::Network(network)).await;
            } else {
                let _ = shop.office.connect_wallet(&bob, offer()).await;
            }
        };
        let (erased, ()) = tokio::join!(erase, use_account);
        erased.unwrap();
        let tag = Links::new(&[3; 32]).network_tag(network);
        let store = shop.office.store();
        assert_eq!(store.network_seen_at(bob.id(), tag).await.unwrap(), None, "{round}");
        assert_eq!(store.wallet(bob.id()).await.unwrap(), None, "{round}");
    }
}
