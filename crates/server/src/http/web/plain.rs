use crate::http::{problem::Problem, state::State};
use actix_web::{HttpResponse, http::header};
use events::EventQuery;
use kernel::Page;
use std::fmt::Write;

/// List of events, if the web app was not built.
pub(super) async fn page(state: &State) -> Result<HttpResponse, Problem> {
    let query =
        EventQuery { active_only: true, ends_after: Some(state.office.now()), ..EventQuery::default() };
    let events = state.store.events(&query, Page::default()).await?;
    let mut rows = String::new();
    for event in &events {
        let price = if event.is_free() { "free".to_owned() } else { format!("{} sats", event.price) };
        // Writing to a string never fails.
        let _ = write!(
            rows,
            "<li><b>{}</b><br>{} UTC, {price}, {} of {} tickets left <a href=\"/api/events/{}\">API</a></li>",
            escaped(&event.title),
            event.start_time.format("%Y-%m-%d %H:%M"),
            event.seats().available(),
            event.capacity,
            event.id,
        );
    }
    if events.is_empty() {
        rows.push_str("<li>Nothing is on sale.</li>");
    }
    let wallet = state.public.sandbox_wallet_url.as_ref().map_or_else(String::new, |url| {
        format!("<p>Test money is in the <a href=\"{}\">test wallet</a>.</p>", escaped(url))
    });
    let html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>Tickets by UMA</title><style>body{{font:16px/1.5 system-ui;max-width:42rem;margin:2rem auto;padding:0 1rem}}\
         li{{margin:.75rem 0}}</style><h1>Tickets by UMA</h1><p>The web app is not built: <code>npx --yes rust-just@1.57.0 up</code> builds it \
         and opens the shop with it. The API is complete: <a href=\"/api/docs/\">read and try it</a>.</p>{wallet}\
         <ul>{rows}</ul></html>"
    );
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html))
}

pub(in crate::http) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_title_is_escaped() {
        assert_eq!(super::escaped("<script>'\"&"), "&lt;script&gt;&#39;&quot;&amp;");
    }
}
