use crate::collecting::{buy_authenticated, collection, connect, preimage, refused, script_answers};
use crate::harness::{BUYER, Shop, unreachable};
use box_office::{BudgetChange, RefreshError, RefreshedWallet, WalletOffer};
use chrono::Duration;
use kernel::{Clock, Secret};
use payments::{CollectionState, WalletAnswer};
use std::collections::BTreeMap;
use tickets::TicketStatus;
use tokio::sync::oneshot;

/// Connects a wallet by UMA Auth that stops working in five minutes.
pub(crate) async fn connect_renewable(shop: &Shop) {
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

/// Expects one refresh, with the first token.
pub(crate) fn renew(shop: &Shop, answer: Result<(), RefreshError>) {
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
fn expect_revocation(shop: &Shop, token: &'static str) {
    let mut provider = shop.refresher.provider();
    let call = provider
        .expect_revoke()
        .withf(move |endpoint, _, sent| endpoint == "https://vasp.example/revoke" && sent.expose() == token);
    call.once().returning(|_, _, _| Ok(()));
}

#[tokio::test]
async fn an_expired_connection_is_renewed_and_then_pays() {
    let shop = Shop::open().await;
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
async fn a_connection_the_wallet_no_longer_knows_is_renewed_once_and_paid_with() {
    let shop = Shop::open().await;
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
async fn a_revoked_authorisation_is_remembered_and_the_vasp_is_asked() {
    let shop = Shop::open().await;
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
async fn a_wallet_taken_away_while_it_is_renewed_stays_away() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    connect_renewable(&shop).await;
    shop.clock.advance(Duration::minutes(6));
    renew(&shop, Ok(()));
    buy_authenticated(&shop, &event).await;
    let ((asked, hears), (go, waits)) = (oneshot::channel(), oneshot::channel());
    *shop.refresher.gate.lock().unwrap() = Some((asked, waits));
    let taken_away = async {
        hears.await.unwrap();
        shop.office.disconnect_wallet(&shop.buyer).await.unwrap();
        go.send(()).unwrap();
    };
    expect_revocation(&shop, "token");
    // The token of the late answer too.
    expect_revocation(&shop, "next");
    let (ran, ()) = tokio::join!(shop.office.run_due_jobs(), taken_away);
    ran.unwrap();
    assert_eq!(shop.office.store().wallet(shop.buyer.id()).await.unwrap(), None);
    shop.office.run_due_jobs().await.unwrap();
    shop.refresher.provider().checkpoint();
}

#[tokio::test]
async fn a_connection_that_is_replaced_is_revoked_at_its_provider() {
    let shop = Shop::open().await;
    connect_renewable(&shop).await;
    // The same one again.
    connect_renewable(&shop).await;
    shop.office.run_due_jobs().await.unwrap();
    expect_revocation(&shop, "token");
    connect(&shop).await;
    shop.office.run_due_jobs().await.unwrap();
    shop.refresher.provider().checkpoint();
}

#[tokio::test]
async fn a_provider_that_is_briefly_away_does_not_end_a_connection() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    connect_renewable(&shop).await;
    shop.clock.advance(Duration::minutes(6));
    renew(&shop, Err(RefreshError::Unavailable("503".into())));
    renew(&shop, Ok(()));
    buy_authenticated(&shop, &event).await;
    script_answers(&shop, [WalletAnswer::Pending]);
    shop.office.run_due_jobs().await.unwrap();
    assert!(shop.vasp.pushed.lock().unwrap().is_empty(), "it is worth a second try");
    shop.clock.advance(Duration::seconds(6));
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(shop.wallet.paid.lock().unwrap().len(), 1);
    // Longer away: the VASP is asked, and the connection stays.
    let away = |_: &str, _: &str, _: &Secret<String>| Err(RefreshError::Unavailable("503".into()));
    shop.refresher.provider().expect_refresh().returning(away);
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
async fn a_dead_uri_that_cannot_be_renewed_right_now_does_not_end_the_connection() {
    for under_way in [false, true] {
        let shop = Shop::open().await;
        let event = shop.event(10, 2_100).await;
        connect_renewable(&shop).await;
        let receipt = buy_authenticated(&shop, &event).await;
        script_answers(&shop, [refused(true)]);
        if under_way {
            let ((asked, hears), (go, waits)) = (oneshot::channel(), oneshot::channel());
            *shop.wallet.gate.lock().unwrap() = Some((asked, waits));
            let claims = async {
                hears.await.unwrap();
                // Another process renews it while the wallet answers.
                let mut session = shop.office.store().begin().await.unwrap();
                let current = session.wallet_for_update(shop.buyer.id()).await.unwrap().unwrap();
                let claimed = current.claim_refresh(shop.office.now(), "lost");
                let identity::RefreshClaim::Granted(claimed) = claimed else { panic!("{claimed:?}") };
                session.put_wallet(&claimed).await.unwrap();
                session.commit().await.unwrap();
                go.send(()).unwrap();
            };
            let (ran, ()) = tokio::join!(shop.office.run_due_jobs(), claims);
            ran.unwrap();
            let kept = shop.office.store().wallet(shop.buyer.id()).await.unwrap().unwrap();
            assert!(kept.refresh_claimed_until.is_some(), "the other one's claim stays");
        } else {
            renew(&shop, Err(RefreshError::Unavailable("503".into())));
            shop.office.run_due_jobs().await.unwrap();
        }
        assert_eq!(state_of_the_wallet(&shop).await.0, identity::WalletState::Connected, "{under_way}");
        assert_eq!(collection(&shop, &receipt).await, CollectionState::RequestSent, "{under_way}");
    }
}

#[tokio::test]
async fn of_two_purchases_at_once_on_two_replicas_one_sends_the_refresh_token_and_the_other_waits() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    connect_renewable(&shop).await;
    shop.clock.advance(Duration::minutes(6));
    renew(&shop, Ok(()));
    let (first, second) = (buy_authenticated(&shop, &event).await, buy_authenticated(&shop, &event).await);
    let ((asked, hears), (go, waits)) = (oneshot::channel(), oneshot::channel());
    *shop.refresher.gate.lock().unwrap() = Some((asked, waits));
    let mut jobs = shop.office.claim_jobs(50).await.unwrap();
    jobs.retain(|job| matches!(job.task, box_office::Task::Collect { .. }));
    assert_eq!(jobs.len(), 2);
    let one = shop.office.run_job(&jobs[0]);
    let other = async {
        hears.await.unwrap();
        shop.replica.run_job(&jobs[1]).await.unwrap();
        assert!(
            shop.wallet.paid.lock().unwrap().is_empty(),
            "nothing is paid while the refresh is under way"
        );
        go.send(()).unwrap();
    };
    let (ran, ()) = tokio::join!(one, other);
    ran.unwrap();
    shop.clock.advance(Duration::seconds(3));
    shop.office.run_due_jobs().await.unwrap();
    // A one-use token is sent once.
    shop.refresher.provider().checkpoint();
    assert_eq!(shop.wallet.paid.lock().unwrap().len(), 2);
    assert!(shop.vasp.pushed.lock().unwrap().is_empty());
    for receipt in [first, second] {
        assert_eq!(collection(&shop, &receipt).await, CollectionState::WalletPaying);
    }
}

async fn state_of_the_wallet(shop: &Shop) -> (identity::WalletState, Option<String>) {
    let now = shop.office.now();
    let kept = shop.office.store().wallet(shop.buyer.id()).await.unwrap().unwrap();
    (kept.state(now), box_office::wallet_problem(&kept, now))
}

#[tokio::test]
async fn a_lost_answer_to_a_refresh_asks_the_owner_to_reconnect_and_is_not_repeated() {
    let shop = Shop::open().await;
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
async fn a_process_killed_during_a_refresh_does_not_send_the_token_again() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    connect_renewable(&shop).await;
    shop.clock.advance(Duration::minutes(6));
    renew(&shop, Ok(()));
    buy_authenticated(&shop, &event).await;
    let ((asked, hears), (_go, waits)) = (oneshot::channel(), oneshot::channel());
    *shop.refresher.gate.lock().unwrap() = Some((asked, waits));
    {
        let killed = shop.office.run_due_jobs();
        tokio::pin!(killed);
        tokio::select! {
            _ = &mut killed => panic!("the refresh waits"),
            asked = hears => asked.unwrap(),
        }
    }
    // The next worker takes the job over when the lease is gone.
    for _ in 0..10 {
        shop.clock.advance(Duration::minutes(1));
        shop.office.run_due_jobs().await.unwrap();
    }
    shop.refresher.provider().checkpoint();
    assert_eq!(state_of_the_wallet(&shop).await.0, identity::WalletState::NeedsReconnect);
    assert_eq!(shop.vasp.pushed.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_wallet_that_never_answers_is_stale_and_later_purchases_do_not_wait_for_it() {
    let shop = Shop::open().await;
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
    assert_eq!(shop.wallet.paid.lock().unwrap().len(), 1, "it is not ordered to pay");
    connect(&shop).await;
    assert_eq!(state_of_the_wallet(&shop).await, (identity::WalletState::Connected, None));
}

#[tokio::test]
async fn a_disconnected_wallet_is_gone_at_once_and_revoked_by_a_job() {
    let shop = Shop::open().await;
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
    // Nothing was revoked: the provider was down.
    expect_revocation(&shop, "token");
    shop.clock.advance(Duration::minutes(1));
    shop.office.run_due_jobs().await.unwrap();
    shop.refresher.provider().checkpoint();
}

#[tokio::test]
async fn a_wallet_of_another_network_is_not_connected() {
    let shop = Shop::open().await;
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
async fn a_rotation_of_the_wallet_key_ends_and_the_old_key_is_not_needed_any_more() {
    let shop = Shop::open().await;
    connect_renewable(&shop).await;
    let keys = |counts: &[(&str, u64)]| -> BTreeMap<String, u64> {
        counts.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect()
    };
    let store = shop.office.store();
    assert_eq!(shop.rotating.wallet_keys().await.unwrap().opened, keys(&[("a", 1)]));
    // Without the old key no connection opens, and its status says so.
    let gone = shop.rotated.wallet_keys().await.unwrap();
    assert_eq!((gone.opened, gone.unreadable), (keys(&[]), keys(&[("a", 1)])));
    assert_eq!(shop.rotated.reseal_wallets().await.unwrap(), 0);
    let seen = shop.rotated.wallet_of(shop.buyer.id()).await.unwrap().unwrap();
    assert_eq!(seen.state(shop.clock.now()), identity::WalletState::NeedsReconnect);
    let kept = store.wallet(shop.buyer.id()).await.unwrap().unwrap();
    assert_eq!(kept.health, identity::WalletHealth::Connected, "the key may come back");
    // Resealed once, URI and refresh token.
    assert_eq!(shop.rotating.reseal_wallets().await.unwrap(), 1);
    assert_eq!(shop.rotating.reseal_wallets().await.unwrap(), 0);
    let keys_now = shop.rotated.wallet_keys().await.unwrap();
    assert_eq!((keys_now.opened, keys_now.unreadable), (keys(&[("b", 1)]), keys(&[])));
    let seen = shop.rotated.wallet_of(shop.buyer.id()).await.unwrap().unwrap();
    assert_eq!(seen.state(shop.clock.now()), identity::WalletState::Connected);
    assert_eq!(seen.refresh_token.unwrap().key(), "b");
}
