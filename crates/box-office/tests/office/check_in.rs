use crate::harness::TestShop;
use chrono::Duration;

#[tokio::test]
async fn one_of_many_concurrent_scans_is_the_first_check_in() {
    let shop = TestShop::open().await;
    let event = shop.event(5, 0).await;
    let ticket = shop.buy(&event).await.view.ticket;
    shop.clock.advance(Duration::hours(1));
    let scans = (0..24).map(|_| shop.office.validate(ticket.code.expose(), event.id));
    let admissions = futures_util::future::try_join_all(scans).await.unwrap();
    let firsts = admissions.iter().filter(|admission| admission.first).count();
    assert_eq!((admissions.len(), firsts), (24, 1));
    let checked_in = admissions.iter().map(|admission| admission.view.ticket.checked_in_at);
    assert!(checked_in.into_iter().all(|at| at == Some(shop.office.now())));
}
