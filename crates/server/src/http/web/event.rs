//! Event page with metadata for search engines and link previews: the web app's page with the event in its head.

use super::{App, escaped, respond};
use crate::{
    http::{events::visible, problem::Problem, response::Rendered, state::State},
    poster,
    time_format::format_event_time,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use events::Event;
use kernel::{EventId, Language, Sats};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{fmt::Write, sync::Arc};

/// Site name.
const SITE: &str = "Tickets by UMA";
/// Maximum length of a link preview's description, in characters.
const MAX_DESCRIPTION: usize = 300;
/// Page if the web app was not built.
pub(super) const BARE: &str = "<!doctype html>\n<html lang=\"en\">\n  <head>\n    <meta charset=\"utf-8\" />\n    <title>Tickets</title>\n  \
    </head>\n  <body>\n    <noscript></noscript>\n  </body>\n</html>\n";

async fn event_of(state: &State, path: &web::Path<String>) -> Result<Option<Arc<Event>>, Problem> {
    match path.parse() {
        // Browsers request pages and images without a token.
        Ok(id) => visible(state, None, EventId::new(id)).await,
        Err(_) => Ok(None),
    }
}

/// Web page of an event.
pub(in crate::http) async fn page(
    state: web::Data<State>,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let Some(event) = event_of(&state, &id).await? else { return not_found_page(&request) };
    if let Some(rendered) = state.render_cache.page(&event) {
        return Ok(rendered.answer(&request));
    }
    let app = App::get("index.html");
    let template = app.as_ref().map_or(Ok(BARE), |file| std::str::from_utf8(&file.data));
    let page = render(template.map_err(Problem::internal)?, &event, &state.http.public_url);
    let rendered = Rendered::html(page).map_err(Problem::internal)?;
    state.render_cache.store_page(event, rendered.clone());
    Ok(rendered.answer(&request))
}

/// The app's page, with status 404.
fn not_found_page(request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let page = App::get("index.html").ok_or_else(|| Problem::of_status(StatusCode::NOT_FOUND))?;
    let mut response = respond(request, "index.html", &page);
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    Ok(response)
}

/// Event poster as PNG.
pub(in crate::http) async fn poster(
    state: web::Data<State>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let event = event_of(&state, &id).await?.ok_or_else(|| Problem::not_found("event"))?;
    let cached = || state.render_cache.poster(event.id, &event.title);
    let png = match cached() {
        Some(png) => png,
        None => {
            let _turn = state.render_cache.drawing.acquire().await.map_err(Problem::unavailable)?;
            match cached() {
                Some(png) => png,
                None => {
                    let (id, title) = (event.id, event.title.clone());
                    let drawn =
                        web::block(move || poster::png(id, &title)).await.map_err(Problem::unavailable)?;
                    let png = web::Bytes::from(drawn.map_err(Problem::internal)?);
                    state.render_cache.store_poster(event.id, event.title.clone(), png.clone());
                    png
                }
            }
        }
    };
    Ok(HttpResponse::Ok()
        .content_type("image/png")
        // Its URL changes with its content.
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .body(png))
}

/// The template with the event in its head, and as text for readers without scripts.
fn render(template: &str, event: &Event, public_url: &str) -> String {
    let page = Page::new(event, public_url);
    let title = format!("<title>{} – {SITE}</title>", escaped(&event.title));
    let titled = replace_between(&without_metadata(template), "<title>", "</title>", &title);
    let with_text = replace_between(&titled, "<noscript>", "</noscript>", &page.noscript_html());
    match with_text.split_once("</head>") {
        Some((head, rest)) => format!("{head}{}</head>{rest}", page.head()),
        None => with_text,
    }
}

/// The template without the shop's metadata.
fn without_metadata(template: &str) -> String {
    let found = template
        .split_once("name=\"description\"")
        .and_then(|(before, after)| Some((before.rsplit_once("<meta")?.0, after.split_once('>')?.1)));
    found.map_or_else(|| template.to_owned(), |(before, after)| format!("{before}{after}"))
}

/// Replaces two markers and the text between them.
fn replace_between(text: &str, from: &str, to: &str, new: &str) -> String {
    let found = text.split_once(from).and_then(|(before, rest)| Some((before, rest.split_once(to)?.1)));
    found.map_or_else(|| text.to_owned(), |(before, after)| format!("{before}{new}{after}"))
}

struct Page<'a> {
    event: &'a Event,
    public_url: &'a str,
    url: String,
    image: String,
    starts: String,
    price: String,
}

impl<'a> Page<'a> {
    fn new(event: &'a Event, public_url: &'a str) -> Self {
        let url = format!("{public_url}/events/{}", event.id);
        let version = hex::encode(Sha256::digest(&event.title).get(..6).unwrap_or_default());
        Self {
            event,
            public_url,
            image: format!("{url}/poster.png?v={version}"),
            url,
            starts: format_event_time(Language::En, event.start_time, event.time_zone),
            price: if event.is_free() { "free".to_owned() } else { format!("{} sats", event.price) },
        }
    }

    /// Time, price and description in one line.
    fn description(&self) -> String {
        let off = if self.event.cancelled_at.is_some() { "Cancelled. " } else { "" };
        let about = self.event.description.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = format!("{off}{} · {}. {about}", self.starts, self.price);
        let text = text.trim_end();
        match text.char_indices().nth(MAX_DESCRIPTION) {
            None => text.to_owned(),
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
        }
    }

    fn head(&self) -> String {
        let (title, description) = (escaped(&self.event.title), escaped(&self.description()));
        let (url, image) = (escaped(&self.url), escaped(&self.image));
        let mut head = format!("  <link rel=\"canonical\" href=\"{url}\" />");
        // Writing to a string never fails.
        let mut add = |key: &str, name: &str, content: &str| {
            let _ = write!(head, "\n    <meta {key}=\"{name}\" content=\"{content}\" />");
        };
        add("name", "description", &description);
        if !self.event.is_active {
            add("name", "robots", "noindex");
        }
        let (width, height) = (poster::WIDTH.to_string(), poster::HEIGHT.to_string());
        for (name, content) in [
            ("og:type", "website"),
            ("og:site_name", SITE),
            ("og:title", &title),
            ("og:description", &description),
            ("og:url", &url),
            ("og:image", &image),
            ("og:image:type", "image/png"),
            ("og:image:width", &width),
            ("og:image:height", &height),
            ("og:image:alt", &title),
        ] {
            add("property", name, content);
        }
        for (name, content) in [
            ("twitter:card", "summary_large_image"),
            ("twitter:title", &title),
            ("twitter:description", &description),
            ("twitter:image", &image),
        ] {
            add("name", name, content);
        }
        let _ = write!(
            head,
            "\n    <script type=\"application/ld+json\">{}</script>\n  ",
            in_script(&self.data())
        );
        head
    }

    /// The event as schema.org's `Event`.
    fn data(&self) -> Value {
        let event = self.event;
        let local = |moment| event.time_zone.local(moment).to_rfc3339();
        let status = if event.cancelled_at.is_some() { "EventCancelled" } else { "EventScheduled" };
        let on_sale = event.is_active && event.available() > 0;
        json!({
            "@context": "https://schema.org",
            "@type": "Event",
            "name": event.title,
            "description": event.description,
            "url": self.url,
            "image": [self.image],
            "startDate": local(event.start_time),
            "endDate": local(event.end_time),
            "eventStatus": format!("https://schema.org/{status}"),
            "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
            "location": { "@type": "VirtualLocation", "url": self.url },
            "organizer": { "@type": "Organization", "name": SITE, "url": self.public_url },
            "isAccessibleForFree": event.is_free(),
            "maximumAttendeeCapacity": event.capacity,
            "offers": {
                "@type": "Offer",
                "url": self.url,
                "price": in_bitcoin(event.price),
                "priceCurrency": "BTC",
                "availability": if on_sale { "https://schema.org/InStock" } else { "https://schema.org/SoldOut" },
                "validFrom": event.created_at.to_rfc3339(),
            },
        })
    }

    /// HTML of the event for readers without scripts.
    fn noscript_html(&self) -> String {
        let [title, starts, price, about] =
            [&self.event.title, &self.starts, &self.price, &self.event.description].map(|text| escaped(text));
        let cancelled =
            if self.event.cancelled_at.is_some() { "<p>This event has been cancelled.</p>" } else { "" };
        format!(
            "<noscript><h1>{title}</h1>{cancelled}<p>{starts}, {price}</p><p>{about}</p><p>This page needs JavaScript to sell you a \
             ticket.</p></noscript>"
        )
    }
}

/// Escapes characters that could end a script element or open a comment.
fn in_script(data: &Value) -> String {
    let mut text = data.to_string();
    for (char, code) in [
        ('<', "\\u003c"),
        ('>', "\\u003e"),
        ('&', "\\u0026"),
        ('\u{2028}', "\\u2028"),
        ('\u{2029}', "\\u2029"),
    ] {
        text = text.replace(char, code);
    }
    text
}

fn in_bitcoin(price: Sats) -> String {
    const SATS: u64 = 100_000_000;
    let (whole, part) = (price.get() / SATS, price.get() % SATS);
    let text = format!("{whole}.{part:08}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_web_apps_page_has_the_markers() {
        let template = include_str!("../../../../../web/index.html");
        for mark in ["<title>", "</title>", "</head>", "<noscript>", "</noscript>"] {
            assert_eq!(template.matches(mark).count(), 1, "{mark}");
        }
        assert_eq!(template.matches("\"description\"").count(), 1);
        let bare = without_metadata(template);
        assert!(!bare.contains("description") && !bare.contains("paid in seconds"), "{bare}");
        assert!(bare.contains("name=\"viewport\"") && bare.contains("name=\"theme-color\""), "{bare}");
    }

    #[test]
    fn structured_data_cannot_close_its_script() {
        let text = in_script(&json!({ "name": "</script><!--\u{2028}&\"" }));
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        let back: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["name"], "</script><!--\u{2028}&\"");
    }

    #[test]
    fn satoshis_are_formatted_as_bitcoin() {
        let format_event_time = |sats| in_bitcoin(Sats::new(sats).unwrap());
        assert_eq!(
            [
                format_event_time(0),
                format_event_time(2_100),
                format_event_time(100_000_000),
                format_event_time(150_000_001)
            ],
            ["0", "0.000021", "1", "1.50000001"]
        );
    }
}
