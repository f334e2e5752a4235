use crate::{
    deployment::{Deployment, Store},
    test_server::ADMIN,
};
use serde_json::json;

const GUESSES: usize = 60;

/// One network guesses passwords of an account; the owner logs in from another network.
pub(crate) async fn guessed_passwords_do_not_lock_the_owner_out(store: Store) {
    let deployment = Deployment::open(store, &[("RATE_LOGIN_ACCOUNT", "10")]).await;
    let attacker = deployment.from("203.0.113.9");
    let mut tested = 0;
    for number in 0..GUESSES {
        let guess = json!({ "email": ADMIN, "password": format!("guess number {number}") });
        let answer = attacker.post("/api/users/login", &guess).await;
        assert!([401, 429].contains(&answer.status), "{answer:?}");
        tested += usize::from(answer.status == 401);
    }
    assert!(tested < GUESSES / 2, "{tested} of {GUESSES} guesses were tested");
    let owner = deployment.from("198.51.100.9").log_in(ADMIN).await;
    assert_eq!(owner.id, deployment.admin.id);
}
