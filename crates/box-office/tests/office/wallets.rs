use crate::collecting::{buy_authenticated, collection, connect, preimage, refused, script_answers};
use crate::harness::{BUYER, TestShop, unreachable};
use box_office::{BudgetChange, RefreshError, RefreshedWallet, WalletOffer};
use chrono::Duration;
use kernel::{Clock, Secret};
use payments::{CollectionState, WalletAnswer};
use std::collections::BTreeMap;
use tickets::TicketStatus;
use tokio::sync::oneshot;

/// Connects a wallet by UMA Auth that expires in five minutes.
pub(crate) async fn connect_renewable(shop: &TestShop) {
    let offer = WalletOffer {
        uri: Secret::new("nostr+walletconnect://old".into()),
        expires_at: Some(shop.office.now() + Duration::minutes(5)),
        refresh_token: Some(Secret::new("token".into())),
        client_id: Some("client".into()),
        token_endpoint: Some("https://vasp.example/token".into()),
        uma_address: Some(BUYER.into()),
        budget: BudgetChange::default(),
    };
    shop.office.connect_wallet(&shop.buyer, offer).await.unwrap();
}

/// Expects one refresh, with the initial token.
pub(crate) fn renew(shop: &TestShop, answer: Result<(), RefreshError>) {
    let renewed = answer.map(|()| RefreshedWallet {
        uri: Secret::new("nostr+walletconnect://new".into()),
        refresh_token: Some(Secret::new("next".into())),
        expires_at: Some(shop.office.now() + Duration::minutes(60)),
    });
    let mut provider = shop.refresher.provider();
    let call = provider.expect_refresh().withf(|_, _, token| token.expose() == "token");
    call.once().return_once(move |_, _, _| renewed);
}

/// Expects one revocation of the token.
fn expect_revocation(shop: &TestShop, token: &'static str) {
    let mut provider = shop.refresher.provider();
    let call = provider
        .expect_revoke()
        .withf(move |endpoint, _, sent| endpoint == "https://vasp.example/revoke" && sent.expose() == token);
    call.once().returning(|_, _, _| Ok(()));
}

#[tokio::test]
async fn expired_connection_is_renewed_before_paying() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect_renewable(&shop).await;
    shop.clock.advance(Duration::minutes(6));
    renew(&shop, Ok(()));
    let receipt = buy_authenticated(&shop, &event).await;
    script_answers(&shop, [WalletAnswer::Paid(preimage(&shop, &receipt))]);
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
    let kept = shop.office.store().wallet(shop.buyer.id()).await.unwrap().unwrap();
    assert!(kept.is_usable(shop.office.now() + Duration::minutes(30)));
}

#[tokio::test]
async fn rejected_connection_is_renewed_once_before_paying() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect_renewable(&shop).await;
    renew(&shop, Ok(()));
    let receipt = buy_authenticated(&shop, &event).await;
    script_answers(&shop, [refused(true), WalletAnswer::Paid(preimage(&shop, &receipt))]);
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
    assert!(shop.vasp.pushed.lock().unwrap().is_empty());
}

#[tokio::test]
async fn revoked_authorisation_is_stored_and_the_vasp_is_requested() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect_renewable(&shop).await;
    shop.clock.advance(Duration::minutes(6));
    renew(&shop, Err(RefreshError::Revoked("gone".into())));
    buy_authenticated(&shop, &event).await;
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(shop.vasp.pushed.lock().unwrap().len(), 1);
    let kept = shop.office.store().wallet(shop.buyer.id()).await.unwrap().unwrap();
    assert!(matches!(kept.health, identity::WalletHealth::Failed(_)));
}

#[tokio::test]
async fn wallet_disconnected_during_renewal_stays_disconnected() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect_renewable(&shop).await;
    shop.clock.advance(Duration::minutes(6));
    renew(&shop, Ok(()));
    buy_authenticated(&shop, &event).await;
    let ((started, on_start), (resume, on_resume)) = (oneshot::channel(), oneshot::channel());
    *shop.refresher.gate.lock().unwrap() = Some((started, on_resume));
    let disconnect = async {
        on_start.await.unwrap();
        shop.office.disconnect_wallet(&shop.buyer).await.unwrap();
        resume.send(()).unwrap();
    };
    expect_revocation(&shop, "token");
    // The renewed token has to be revoked too.
    expect_revocation(&shop, "next");
    let (ran, ()) = tokio::join!(shop.office.run_due_jobs(), disconnect);
    ran.unwrap();
    assert_eq!(shop.office.store().wallet(shop.buyer.id()).await.unwrap(), None);
    shop.office.run_due_jobs().await.unwrap();
    shop.refresher.provider().checkpoint();
}

#[tokio::test]
async fn replaced_connection_is_revoked_at_its_provider() {
    let shop = TestShop::open().await;
    connect_renewable(&shop).await;
    // Reconnecting with the same token revokes nothing.
    connect_renewable(&shop).await;
    shop.office.run_due_jobs().await.unwrap();
    expect_revocation(&shop, "token");
    connect(&shop).await;
    shop.office.run_due_jobs().await.unwrap();
    shop.refresher.provider().checkpoint();
}

#[tokio::test]
async fn short_provider_outage_does_not_end_a_connection() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect_renewable(&shop).await;
    shop.clock.advance(Duration::minutes(6));
    renew(&shop, Err(RefreshError::Unavailable("503".into())));
    renew(&shop, Ok(()));
    buy_authenticated(&shop, &event).await;
    script_answers(&shop, [WalletAnswer::Pending]);
    shop.office.run_due_jobs().await.unwrap();
    assert!(shop.vasp.pushed.lock().unwrap().is_empty(), "the refresh is retried first");
    shop.clock.advance(Duration::seconds(6));
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(shop.wallet.paid.lock().unwrap().len(), 1);
    // In a long outage the VASP is requested, and the connection is kept.
    let outage = |_: &str, _: &str, _: &Secret<String>| Err(RefreshError::Unavailable("503".into()));
    shop.refresher.provider().expect_refresh().returning(outage);
    shop.clock.advance(Duration::minutes(60));
    let other = buy_authenticated(&shop, &event).await;
    for _ in 0..6 {
        shop.office.run_due_jobs().await.unwrap();
        shop.clock.advance(Duration::seconds(6));
    }
    assert_eq!(collection(&shop, &other).await, CollectionState::RequestSent);
    assert_eq!(state_of_the_wallet(&shop).await.0, identity::WalletState::Connected);
}

#[tokio::test]
async fn rejected_uri_does_not_end_a_connection_while_renewal_is_not_possible() {
    for in_progress in [false, true] {
        let shop = TestShop::open().await;
        let event = shop.event(10, 2_100).await;
        connect_renewable(&shop).await;
        let receipt = buy_authenticated(&shop, &event).await;
        script_answers(&shop, [refused(true)]);
        if in_progress {
            let ((started, on_start), (resume, on_resume)) = (oneshot::channel(), oneshot::channel());
            *shop.wallet.gate.lock().unwrap() = Some((started, on_resume));
            let claims = async {
                on_start.await.unwrap();
                // Another process claims the refresh during the wallet call.
                let mut session = shop.office.store().begin().await.unwrap();
                let current = session.wallet_for_update(shop.buyer.id()).await.unwrap().unwrap();
                let claimed = current.claim_refresh(shop.office.now(), "lost");
                let identity::RefreshClaim::Granted(claimed) = claimed else { panic!("{claimed:?}") };
                session.put_wallet(&claimed).await.unwrap();
                session.commit().await.unwrap();
                resume.send(()).unwrap();
            };
            let (ran, ()) = tokio::join!(shop.office.run_due_jobs(), claims);
            ran.unwrap();
            let kept = shop.office.store().wallet(shop.buyer.id()).await.unwrap().unwrap();
            assert!(kept.refresh_claimed_until.is_some(), "the other claim is kept");
        } else {
            renew(&shop, Err(RefreshError::Unavailable("503".into())));
            shop.office.run_due_jobs().await.unwrap();
        }
        assert_eq!(state_of_the_wallet(&shop).await.0, identity::WalletState::Connected, "{in_progress}");
        assert_eq!(collection(&shop, &receipt).await, CollectionState::RequestSent, "{in_progress}");
    }
}

#[tokio::test]
async fn one_of_two_concurrent_purchases_refreshes_and_the_other_waits() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect_renewable(&shop).await;
    shop.clock.advance(Duration::minutes(6));
    renew(&shop, Ok(()));
    let (first, second) = (buy_authenticated(&shop, &event).await, buy_authenticated(&shop, &event).await);
    let ((started, on_start), (resume, on_resume)) = (oneshot::channel(), oneshot::channel());
    *shop.refresher.gate.lock().unwrap() = Some((started, on_resume));
    let mut jobs = shop.office.claim_jobs(50).await.unwrap();
    jobs.retain(|job| matches!(job.task, box_office::Task::Collect { .. }));
    assert_eq!(jobs.len(), 2);
    let one = shop.office.run_job(&jobs[0]);
    let other = async {
        on_start.await.unwrap();
        shop.replica.run_job(&jobs[1]).await.unwrap();
        assert!(shop.wallet.paid.lock().unwrap().is_empty(), "nothing is paid during the refresh");
        resume.send(()).unwrap();
    };
    let (ran, ()) = tokio::join!(one, other);
    ran.unwrap();
    shop.clock.advance(Duration::seconds(3));
    shop.office.run_due_jobs().await.unwrap();
    // The one-time token is sent once.
    shop.refresher.provider().checkpoint();
    assert_eq!(shop.wallet.paid.lock().unwrap().len(), 2);
    assert!(shop.vasp.pushed.lock().unwrap().is_empty());
    for receipt in [first, second] {
        assert_eq!(collection(&shop, &receipt).await, CollectionState::WalletPaying);
    }
}

async fn state_of_the_wallet(shop: &TestShop) -> (identity::WalletState, Option<String>) {
    let now = shop.office.now();
    let kept = shop.office.store().wallet(shop.buyer.id()).await.unwrap().unwrap();
    (kept.state(now), box_office::wallet_problem(&kept, now))
}

#[tokio::test]
async fn lost_refresh_answer_requires_reconnecting_and_is_not_repeated() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect_renewable(&shop).await;
    shop.clock.advance(Duration::minutes(6));
    renew(&shop, Err(RefreshError::Lost("connection reset".into())));
    buy_authenticated(&shop, &event).await;
    shop.office.run_due_jobs().await.unwrap();
    let (state, problem) = state_of_the_wallet(&shop).await;
    assert_eq!(state, identity::WalletState::NeedsReconnect);
    assert!(problem.unwrap().ends_with("Connect your wallet again."));
    buy_authenticated(&shop, &event).await;
    shop.office.run_due_jobs().await.unwrap();
    shop.refresher.provider().checkpoint();
    assert_eq!(shop.vasp.pushed.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn process_killed_during_a_refresh_does_not_send_the_token_again() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect_renewable(&shop).await;
    shop.clock.advance(Duration::minutes(6));
    renew(&shop, Ok(()));
    buy_authenticated(&shop, &event).await;
    let ((started, on_start), (_resume, on_resume)) = (oneshot::channel(), oneshot::channel());
    *shop.refresher.gate.lock().unwrap() = Some((started, on_resume));
    {
        let killed = shop.office.run_due_jobs();
        tokio::pin!(killed);
        tokio::select! {
            _ = &mut killed => panic!("the refresh waits"),
            started = on_start => started.unwrap(),
        }
    }
    // The next worker claims the job after the lease expired.
    for _ in 0..10 {
        shop.clock.advance(Duration::minutes(1));
        shop.office.run_due_jobs().await.unwrap();
    }
    shop.refresher.provider().checkpoint();
    assert_eq!(state_of_the_wallet(&shop).await.0, identity::WalletState::NeedsReconnect);
    assert_eq!(shop.vasp.pushed.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn wallet_without_answers_becomes_stale_and_does_not_delay_later_purchases() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    buy_authenticated(&shop, &event).await;
    for _ in 0..5 {
        shop.office.run_due_jobs().await.unwrap();
        shop.clock.advance(Duration::seconds(10));
    }
    assert_eq!(state_of_the_wallet(&shop).await.0, identity::WalletState::Stale);
    let later = buy_authenticated(&shop, &event).await;
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(collection(&shop, &later).await, CollectionState::RequestSent);
    assert_eq!(shop.wallet.paid.lock().unwrap().len(), 1, "a stale wallet is not ordered to pay");
    connect(&shop).await;
    assert_eq!(state_of_the_wallet(&shop).await, (identity::WalletState::Connected, None));
}

#[tokio::test]
async fn disconnected_wallet_is_deleted_at_once_and_revoked_by_a_job() {
    let shop = TestShop::open().await;
    let offer = WalletOffer {
        uri: Secret::new("nostr+walletconnect://old".into()),
        expires_at: None,
        refresh_token: Some(Secret::new("token".into())),
        client_id: Some("client".into()),
        token_endpoint: None,
        uma_address: Some(BUYER.into()),
        budget: BudgetChange::default(),
    };
    shop.office.connect_wallet(&shop.buyer, offer).await.unwrap();
    shop.vasp.refusals.lock().unwrap().push_back(unreachable());
    shop.office.disconnect_wallet(&shop.buyer).await.unwrap();
    assert_eq!(shop.office.store().wallet(shop.buyer.id()).await.unwrap(), None);
    shop.office.run_due_jobs().await.unwrap();
    // The provider was unreachable, so the revocation is retried.
    expect_revocation(&shop, "token");
    shop.clock.advance(Duration::minutes(1));
    shop.office.run_due_jobs().await.unwrap();
    shop.refresher.provider().checkpoint();
}

#[tokio::test]
async fn wallet_of_another_network_is_refused() {
    let shop = TestShop::open().await;
    *shop.wallet.network.lock().unwrap() = Some(payments::Network::Mainnet);
    let offer = WalletOffer {
        uri: Secret::new("nostr+walletconnect://wallet".into()),
        expires_at: None,
        refresh_token: None,
        client_id: None,
        token_endpoint: None,
        uma_address: None,
        budget: BudgetChange::default(),
    };
    let refused = shop.office.connect_wallet(&shop.buyer, offer).await.unwrap_err();
    assert!(
        refused.to_string().contains("this wallet is on mainnet, but this shop is on regtest"),
        "{refused}"
    );
    assert_eq!(shop.office.store().wallet(shop.buyer.id()).await.unwrap(), None);
}

#[tokio::test]
async fn wallet_key_rotation_makes_the_old_key_unnecessary() {
    let shop = TestShop::open().await;
    connect_renewable(&shop).await;
    let keys = |counts: &[(&str, u64)]| -> BTreeMap<String, u64> {
        counts.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect()
    };
    let store = shop.office.store();
    assert_eq!(shop.rotating.wallet_keys().await.unwrap().opened, keys(&[("a", 1)]));
    // Without the old key the connection is unreadable and shown as such.
    let unreadable = shop.rotated.wallet_keys().await.unwrap();
    assert_eq!((unreadable.opened, unreadable.unreadable), (keys(&[]), keys(&[("a", 1)])));
    assert_eq!(shop.rotated.reseal_wallets().await.unwrap(), 0);
    let seen = shop.rotated.wallet_of(shop.buyer.id()).await.unwrap().unwrap();
    assert_eq!(seen.state(shop.clock.now()), identity::WalletState::NeedsReconnect);
    let kept = store.wallet(shop.buyer.id()).await.unwrap().unwrap();
    assert_eq!(kept.health, identity::WalletHealth::Connected, "the key may be restored");
    // URI and refresh token are re-encrypted once.
    assert_eq!(shop.rotating.reseal_wallets().await.unwrap(), 1);
    assert_eq!(shop.rotating.reseal_wallets().await.unwrap(), 0);
    let keys_now = shop.rotated.wallet_keys().await.unwrap();
    assert_eq!((keys_now.opened, keys_now.unreadable), (keys(&[("b", 1)]), keys(&[])));
    let seen = shop.rotated.wallet_of(shop.buyer.id()).await.unwrap().unwrap();
    assert_eq!(seen.state(shop.clock.now()), identity::WalletState::Connected);
    assert_eq!(seen.refresh_token.unwrap().key(), "b");
}
