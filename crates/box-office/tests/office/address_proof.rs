use crate::harness::{PASSWORD, TestShop, caller, offer, payment_of, profile, register, registration};
use box_office::{AccountEmail, AccountError, AccountNotice, Links, Origin, ProfileChange, ProofReason};
use chrono::Duration;
use identity::CLAIMED_NAME;
use std::net::{IpAddr, Ipv4Addr};

const ADMIN: &str = "admin@shop.example";

/// Network of the requests.
const FROM: Origin = Origin::Network(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9)));
const FROM_ADDRESS: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9)));

/// Token in the link sent last.
async fn newest_link(shop: &TestShop) -> String {
    shop.office.run_due_jobs().await.unwrap();
    let link = shop.emails.links.lock().unwrap().last().cloned().unwrap();
    link.split("token=").nth(1).unwrap().to_owned()
}

async fn reset_link(shop: &TestShop, email: &str) -> String {
    shop.office.request_password_reset(email, FROM).await.unwrap();
    newest_link(shop).await
}

/// A shop whose admin address was registered by another person.
async fn registered_by_another() -> (TestShop, box_office::Caller) {
    let shop = TestShop::open().await;
    shop.office
        .update_user(&shop.admin, shop.admin.id(), profile("else@shop.example", "A"), Origin::Unlimited)
        .await
        .unwrap();
    let squatter = register(&shop.office, ADMIN).await;
    assert!(!squatter.is_admin);
    (shop, squatter)
}

#[tokio::test]
async fn link_used_by_another_account_proves_nothing() {
    let (shop, squatter) = registered_by_another().await;
    let link = newest_link(&shop).await;
    // The owner of the address follows the link while logged in to another account.
    let foreign = shop.office.verify_email(&shop.buyer, &link).await;
    assert!(matches!(foreign, Err(AccountError::ForeignLink)));
    let still = shop.office.store().user(squatter.id()).await.unwrap().unwrap();
    assert_eq!(still.email_verified_at, None);
    assert!(!caller(&shop.office, &still).await.is_admin);
    // The account without the link.
    let guessed = shop.office.verify_email(&squatter, &format!("{link}0")).await;
    assert!(matches!(guessed, Err(AccountError::BadLink)));
}

#[tokio::test]
async fn link_proves_an_address_once_for_its_own_account() {
    let shop = TestShop::open().await;
    let bob = register(&shop.office, "bob@mail.example").await;
    let link = newest_link(&shop).await;
    let proved = shop.office.verify_email(&bob, &link).await.unwrap();
    assert!(proved.email_verified_at.is_some());
    assert!(matches!(shop.office.verify_email(&bob, &link).await, Err(AccountError::BadLink)));
}

#[tokio::test]
async fn link_expires_and_a_new_one_invalidates_it() {
    let shop = TestShop::open().await;
    let bob = register(&shop.office, "bob@mail.example").await;
    let first = newest_link(&shop).await;
    shop.clock.advance(Duration::hours(1));
    shop.office
        .update_user(&bob, bob.id(), profile("bob@mail.example", "Bob"), Origin::Unlimited)
        .await
        .unwrap();
    let second = newest_link(&shop).await;
    assert_ne!(first, second);
    assert!(matches!(shop.office.verify_email(&bob, &first).await, Err(AccountError::BadLink)));
    shop.clock.advance(Duration::hours(24));
    assert!(matches!(shop.office.verify_email(&bob, &second).await, Err(AccountError::BadLink)));
}

#[tokio::test]
async fn link_for_a_replaced_address_proves_nothing() {
    let shop = TestShop::open().await;
    let bob = register(&shop.office, "bob@mail.example").await;
    let link = newest_link(&shop).await;
    shop.office
        .update_user(&bob, bob.id(), profile("bob2@mail.example", "Bob"), Origin::Unlimited)
        .await
        .unwrap();
    assert!(matches!(shop.office.verify_email(&bob, &link).await, Err(AccountError::BadLink)));
}

#[tokio::test]
async fn confirmation_emails_have_reason_time_and_network_but_no_user_chosen_name() {
    let shop = TestShop::open().await;
    shop.office.run_due_jobs().await.unwrap();
    shop.emails.account_emails.lock().unwrap().clear();
    let bob = register(&shop.office, "bob@mail.example").await;
    shop.office.run_due_jobs().await.unwrap();
    let at = bob.user.created_at;
    shop.clock.advance(Duration::hours(1));
    shop.office
        .update_user(&bob, bob.id(), profile("bob2@mail.example", "Visit evil.example"), FROM)
        .await
        .unwrap();
    shop.office.run_due_jobs().await.unwrap();
    let sent = shop.emails.account_emails.lock().unwrap().clone();
    assert!(!format!("{sent:?}").contains("evil.example"));
    let [(to, first), (old, notice), (new, second)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(
        (to.as_str(), old.as_str(), new.as_str()),
        ("bob@mail.example", "bob@mail.example", "bob2@mail.example")
    );
    let AccountEmail::Verify { reason: ProofReason::Registered, requested_at, expires_at, .. } = first else {
        panic!("{first:?}")
    };
    assert_eq!((*requested_at, *expires_at), (at, at + Duration::hours(24)));
    let AccountEmail::Verify { reason: ProofReason::Changed, requested_from, .. } = second else {
        panic!("{second:?}")
    };
    assert_eq!(*requested_from, FROM_ADDRESS, "the email names the network");
    let AccountEmail::Notice { notice: AccountNotice::AddressChanged, requested_from, .. } = notice else {
        panic!("{notice:?}")
    };
    assert_eq!(*requested_from, FROM_ADDRESS);
}

#[tokio::test]
async fn password_reset_claims_an_unproved_account_and_removes_the_strangers_data() {
    let (shop, squatter) = registered_by_another().await;
    let network = "192.0.2.7".parse().unwrap();
    let login = shop.office.login(ADMIN, PASSWORD.into(), Origin::Network(network)).await;
    let (stolen, _) = login.unwrap();
    let tag = Links::new(&[3; 32]).network_tag(network);
    let known_since = async || shop.office.store().network_seen_at(squatter.id(), tag).await.unwrap();
    assert!(known_since().await.is_some());
    shop.office.connect_wallet(&squatter, offer()).await.unwrap();
    let event = shop.event(10, 2_100).await;
    let order = box_office::Order { user_id: squatter.id(), authenticated: true, ..shop.order(&event) };
    let pending = shop.office.purchase(order).await.unwrap();
    let proof = newest_link(&shop).await;
    let link = reset_link(&shop, ADMIN).await;
    let claimed = shop
        .office
        .confirm_password_reset(&link, "owner of the mailbox".into(), Origin::Unlimited)
        .await
        .unwrap();
    assert_eq!((claimed.id, claimed.name.as_str()), (squatter.id(), CLAIMED_NAME));
    assert_eq!(known_since().await, None);
    assert!(shop.office.authenticate(&stolen).await.is_err());
    assert_eq!(shop.office.store().wallet(squatter.id()).await.unwrap(), None);
    let view = shop.view(pending.view.ticket.id).await;
    assert_eq!(view.ticket.user_id, None, "an order of the stranger would charge the owner's wallet");
    assert!(payment_of(&view).wallet_allowed);
    // The stranger's password, token and link are invalid.
    assert!(shop.office.login(ADMIN, PASSWORD.into(), Origin::Unlimited).await.is_err());
    assert!(shop.office.verify_email(&squatter, &proof).await.is_err());
    shop.clock.advance(Duration::seconds(1));
    let (token, _) =
        shop.office.login(ADMIN, "owner of the mailbox".into(), Origin::Unlimited).await.unwrap();
    assert!(shop.office.authenticate(&token).await.unwrap().is_admin);
    // The link works once.
    let again = shop.office.confirm_password_reset(&link, "another password".into(), Origin::Unlimited).await;
    assert!(matches!(again, Err(AccountError::BadLink)));
}

#[tokio::test]
async fn password_reset_keeps_wallet_name_and_orders_of_a_proved_account() {
    let shop = TestShop::open().await;
    let bob = register(&shop.office, "bob@mail.example").await;
    let proof = newest_link(&shop).await;
    shop.office.verify_email(&bob, &proof).await.unwrap();
    shop.office.connect_wallet(&bob, offer()).await.unwrap();
    let link = reset_link(&shop, "BOB@mail.example").await;
    let user =
        shop.office.confirm_password_reset(&link, "another horse".into(), Origin::Unlimited).await.unwrap();
    assert_eq!(user.name, bob.user.name);
    assert!(shop.office.store().wallet(bob.id()).await.unwrap().is_some());
    let old = shop.office.token_for(&bob.user).unwrap();
    assert!(shop.office.authenticate(&old).await.is_err());
}

#[tokio::test]
async fn reset_and_confirmation_links_are_not_interchangeable_and_weak_passwords_are_refused() {
    let shop = TestShop::open().await;
    let bob = register(&shop.office, "bob@mail.example").await;
    let proof = newest_link(&shop).await;
    let crossed = shop.office.confirm_password_reset(&proof, "another horse".into(), Origin::Unlimited).await;
    assert!(matches!(crossed, Err(AccountError::BadLink)));
    let link = reset_link(&shop, "bob@mail.example").await;
    assert!(matches!(shop.office.verify_email(&bob, &link).await, Err(AccountError::BadLink)));
    let weak = shop.office.confirm_password_reset(&link, "short".into(), Origin::Unlimited).await;
    assert!(matches!(weak, Err(AccountError::Invalid(_))));
    shop.clock.advance(Duration::hours(24));
    let late = shop.office.confirm_password_reset(&link, "another horse".into(), Origin::Unlimited).await;
    assert!(matches!(late, Err(AccountError::BadLink)));
}

#[tokio::test]
async fn reset_request_for_an_unknown_address_enqueues_a_job_and_sends_nothing() {
    let shop = TestShop::open().await;
    shop.office.run_due_jobs().await.unwrap();
    for email in ["unknown@mail.example", "alice@mail.example", "not an address"] {
        shop.office.request_password_reset(email, FROM).await.unwrap();
    }
    let jobs = shop.office.claim_jobs(10).await.unwrap();
    assert_eq!(jobs.len(), 2);
    let before = shop.emails.links.lock().unwrap().len();
    for job in &jobs {
        shop.office.run_job(job).await.unwrap();
    }
    assert_eq!(shop.emails.links.lock().unwrap().len(), before + 1);
}

#[tokio::test]
async fn address_change_requires_the_callers_password_after_the_uniqueness_check() {
    let shop = TestShop::open().await;
    let bob = register(&shop.office, "bob@mail.example").await;
    let change = |email: &str, password: Option<&str>| ProfileChange {
        email: email.into(),
        name: "Bob".into(),
        current_password: password.map(str::to_owned),
    };
    let update = async |change| shop.office.update_user(&bob, bob.id(), change, Origin::Unlimited).await;
    assert!(matches!(update(change("alice@mail.example", None)).await, Err(AccountError::EmailTaken)));
    assert!(matches!(update(change("b2@mail.example", None)).await, Err(AccountError::WrongPassword)));
    let wrong = update(change("b2@mail.example", Some("wrong"))).await;
    assert!(matches!(wrong, Err(AccountError::WrongPassword)));
    assert_eq!(update(change("BOB@mail.example", None)).await.unwrap().name, "Bob");
    assert!(update(change("b2@mail.example", Some(PASSWORD))).await.is_ok());
    // An admin enters the admin's own password.
    let by_admin =
        async |change| shop.office.update_user(&shop.admin, bob.id(), change, Origin::Unlimited).await;
    assert!(matches!(by_admin(change("b3@mail.example", None)).await, Err(AccountError::WrongPassword)));
    assert!(by_admin(change("b3@mail.example", Some(PASSWORD))).await.is_ok());
}

#[tokio::test]
async fn replaced_and_erased_addresses_are_notified() {
    let shop = TestShop::open().await;
    let bob = register(&shop.office, "bob@mail.example").await;
    shop.office
        .update_user(&bob, bob.id(), profile("bob2@mail.example", "Bob"), Origin::Unlimited)
        .await
        .unwrap();
    shop.office.delete_user(&bob, bob.id(), Origin::Unlimited).await.unwrap();
    shop.office.run_due_jobs().await.unwrap();
    let sent = shop.emails.account_emails.lock().unwrap().clone();
    let notices: Vec<_> = sent
        .iter()
        .filter_map(|(to, email)| match email {
            AccountEmail::Notice { notice, .. } => Some((to.as_str(), *notice)),
            _ => None,
        })
        .collect();
    assert_eq!(
        notices,
        [("bob@mail.example", AccountNotice::AddressChanged), ("bob2@mail.example", AccountNotice::Deleted)]
    );
}

#[tokio::test]
async fn repeated_address_changes_send_one_confirmation_to_the_last_address() {
    let shop = TestShop::open().await;
    let bob = register(&shop.office, "bob@mail.example").await;
    shop.office.run_due_jobs().await.unwrap();
    let before = shop.emails.links.lock().unwrap().len();
    for number in 0..30 {
        let change = profile(&format!("bob{}@mail.example", number / 3), "Bob");
        shop.office.update_user(&bob, bob.id(), change, Origin::Unlimited).await.unwrap();
    }
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(shop.emails.links.lock().unwrap().len(), before + 1);
}

#[tokio::test]
async fn install_admin_claims_an_unproved_account() {
    let (shop, squatter) = registered_by_another().await;
    shop.office.connect_wallet(&squatter, offer()).await.unwrap();
    let form = box_office::Registration { password: "the operator's".into(), ..registration(ADMIN) };
    let user = shop.office.install_admin(form).await.unwrap();
    assert_eq!(user.id, squatter.id());
    assert_eq!(shop.office.store().wallet(user.id).await.unwrap(), None);
    assert!(shop.office.login(ADMIN, PASSWORD.into(), Origin::Unlimited).await.is_err());
    assert!(caller(&shop.office, &user).await.is_admin);
}

/// Token of the newest login link; `None` if none was sent.
async fn login_link(shop: &TestShop, email: &str) -> Option<String> {
    let before = shop.emails.links.lock().unwrap().len();
    shop.office.request_login_link(email, Origin::Unlimited).await.unwrap();
    shop.office.run_due_jobs().await.unwrap();
    let links = shop.emails.links.lock().unwrap();
    let newest = links.get(before..)?.last()?;
    newest.split_once("/login-link?token=").map(|(_, token)| token.to_owned())
}

#[tokio::test]
async fn login_link_logs_in_once_for_fifteen_minutes() {
    let shop = TestShop::open().await;
    let bob = register(&shop.office, "bob@mail.example").await;
    let proof = newest_link(&shop).await;
    shop.office.verify_email(&bob, &proof).await.unwrap();
    let replaced = login_link(&shop, "BOB@mail.example").await.unwrap();
    let link = login_link(&shop, "bob@mail.example").await.unwrap();
    let old = shop.office.log_in_with_link(&replaced, Origin::Unlimited).await;
    assert!(matches!(old, Err(AccountError::BadLink)), "a newer link replaces it");
    let crossed = shop.office.confirm_password_reset(&link, "another horse".into(), Origin::Unlimited).await;
    assert!(matches!(crossed, Err(AccountError::BadLink)));
    let (token, user) = shop.office.log_in_with_link(&link, Origin::Unlimited).await.unwrap();
    assert_eq!(user.id, bob.id());
    assert_eq!(shop.office.authenticate(&token).await.unwrap().id(), bob.id());
    shop.office.login("bob@mail.example", PASSWORD.into(), Origin::Unlimited).await.unwrap();
    let again = shop.office.log_in_with_link(&link, Origin::Unlimited).await;
    assert!(matches!(again, Err(AccountError::BadLink)));
    let late = login_link(&shop, "bob@mail.example").await.unwrap();
    shop.clock.advance(Duration::minutes(15));
    let late = shop.office.log_in_with_link(&late, Origin::Unlimited).await;
    assert!(matches!(late, Err(AccountError::BadLink)));
    assert_eq!(login_link(&shop, "unknown@mail.example").await, None);
}

#[tokio::test]
async fn login_link_of_an_unproved_account_sets_a_new_password() {
    let (shop, _) = registered_by_another().await;
    assert_eq!(login_link(&shop, ADMIN).await, None);
    let sent = shop.emails.account_emails.lock().unwrap().last().cloned().unwrap();
    assert!(matches!(&sent, (to, AccountEmail::ResetPassword { .. }) if to == ADMIN), "{sent:?}");
}

#[tokio::test]
async fn concurrent_uses_of_a_login_link_log_in_once() {
    let shop = TestShop::open().await;
    let bob = register(&shop.office, "bob@mail.example").await;
    let proof = newest_link(&shop).await;
    shop.office.verify_email(&bob, &proof).await.unwrap();
    let link = login_link(&shop, "bob@mail.example").await.unwrap();
    let uses = (0..6).map(|number| {
        let office = if number % 2 == 0 { shop.office.clone() } else { shop.replica.clone() };
        let link = link.clone();
        tokio::spawn(async move { office.log_in_with_link(&link, Origin::Unlimited).await.is_ok() })
    });
    let mut logged_in = 0;
    for one in uses.collect::<Vec<_>>() {
        logged_in += i32::from(one.await.unwrap());
    }
    assert_eq!(logged_in, 1);
}
