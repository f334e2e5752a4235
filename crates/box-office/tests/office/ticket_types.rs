use crate::harness::TestShop;
use box_office::{QuoteError, QuoteRequest};
use chrono::Duration;
use events::{
    Currency, CurrencyAmount, Event, EventQuery, ExchangeRate, OptionPatch, PriceDraft, TicketPrice,
    TicketType, TicketTypeDraft, TicketTypePatch, TypeNotOnSale, Visibility,
};
use kernel::{Page, Sats};
use std::sync::Arc;
use tickets::{LineRefusal, LineRequest, OrderRefusal};

fn draft(name: &str, price: PriceDraft) -> TicketTypeDraft {
    TicketTypeDraft {
        name: name.into(),
        description: String::new(),
        price,
        quota: None,
        sale_starts_at: None,
        sale_ends_at: None,
        min_per_order: 1,
        max_per_order: None,
        visibility: Visibility::Public,
        position: 0,
    }
}

async fn added(shop: &TestShop, event: &Event, name: &str, price: PriceDraft) -> TicketType {
    shop.office.add_ticket_type(&shop.admin, event.id, draft(name, price), Some(0)).await.unwrap()
}

#[tokio::test]
async fn changed_ticket_types_are_visible_at_once_on_both_replicas() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let early = added(&shop, &event, "Early bird", PriceDraft::Fixed(900)).await;
    let names = async || {
        let mut found = Vec::new();
        for office in [&shop.office, &shop.replica] {
            let types = office.ticket_types(event.id).await.unwrap();
            let list = office.events(&EventQuery::default(), Page::default()).await.unwrap();
            let listed: Vec<_> = list.ticket_types_of(event.id).cloned().collect();
            assert_eq!(*types, listed);
            found.push(types.iter().find(|one| one.id == early.id).map(|one| (one.name.clone(), one.quota)));
        }
        assert_eq!(found[0], found[1]);
        found.remove(0)
    };
    assert_eq!(names().await, Some(("Early bird".into(), None)));
    let patch = TicketTypePatch {
        name: Some("Regular".into()),
        quota: OptionPatch::Set(Some(3)),
        ..TicketTypePatch::default()
    };
    shop.office.update_ticket_type(&shop.admin, early.id, &patch).await.unwrap();
    assert_eq!(names().await, Some(("Regular".into(), Some(3))));
    let first = shop.office.ticket_types(event.id).await.unwrap();
    assert!(Arc::ptr_eq(&first, &shop.office.ticket_types(event.id).await.unwrap()), "cached");
    added(&shop, &event, "Supporter", PriceDraft::PayWhatYouWant(1)).await;
    shop.office.remove_ticket_type(&shop.admin, early.id).await.unwrap();
    assert_eq!(names().await, None);
}

#[tokio::test]
async fn quote_converts_with_the_newest_fresh_rate() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let currency = Currency::parse("USD").unwrap();
    let price = PriceDraft::InCurrency { currency: "USD".into(), minor_units: 2_500 };
    let dollars = added(&shop, &event, "Dollars", price).await;
    assert_eq!(dollars.price, TicketPrice::InCurrency(CurrencyAmount { currency, minor_units: 2_500 }));
    let quote = async || {
        let lines = vec![LineRequest { ticket_type_id: dollars.id, quantity: 2, chosen: None }];
        let request = QuoteRequest { event_id: event.id, lines, promo_code: None };
        shop.office.quote_order(request).await
    };
    let no_rate = |error: QuoteError| {
        let QuoteError::Refused(OrderRefusal::Line { reason, .. }) = error else { panic!("{error}") };
        assert_eq!(reason, LineRefusal::NotOnSale(TypeNotOnSale::NoRate { currency }));
    };
    no_rate(quote().await.unwrap_err());
    let rate = |sats_per_billion: u64, age| ExchangeRate {
        currency,
        sats_per_billion: sats_per_billion.try_into().unwrap(),
        source: "rates.example".into(),
        at: shop.office.now() - Duration::minutes(age),
    };
    *shop.rates.0.lock().unwrap() = vec![rate(900_000_000_000, 5), rate(1_000_000_000_000, 1)];
    let quoted = quote().await.unwrap();
    assert_eq!(quoted.quote.as_ref().unwrap().total, Sats::new(50_000).unwrap());
    let signed = quoted.signed.unwrap();
    assert_eq!(shop.replica.verify_quote(&signed), quoted.quote, "another replica verifies it");
    shop.clock.advance(Duration::minutes(15));
    no_rate(quote().await.unwrap_err());
}
