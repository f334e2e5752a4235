//! Event pages as rendered by the server, without scripts.

use crate::app::{PRICE, Reply, TestApp, TestUser};
use reqwest::Method;
use serde_json::{Value, json};

const MARKUP: &str = "\"Night\" & </script><script>alert('1')</script> <!--";

async fn add(app: &TestApp, admin: &TestUser, changes: Value) -> i64 {
    let mut event = app.event(PRICE, 2);
    for (name, value) in changes.as_object().unwrap() {
        event[name] = value.clone();
    }
    app.post_as(admin, "/api/admin/events", &event).await.data()["id"].as_i64().unwrap()
}

/// Unescaped content of a `meta` element.
fn meta(page: &Reply, name: &str) -> String {
    let rest = ["name", "property"]
        .iter()
        .find_map(|key| page.text.split_once(&format!("<meta {key}=\"{name}\" content=\"")))
        .unwrap_or_else(|| panic!("no {name}: {}", page.text))
        .1;
    let text = rest.split_once('"').unwrap().0;
    ["&lt;<", "&gt;>", "&quot;\"", "&#39;'", "&amp;&"].iter().fold(text.to_owned(), |text, pair| {
        let (code, char) = pair.split_at(pair.len() - 1);
        text.replace(code, char)
    })
}

/// JSON-LD data of the page.
fn structured_data(page: &Reply) -> Value {
    let (_, rest) = page.text.split_once("<script type=\"application/ld+json\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_page_has_metadata_of_its_event() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let event =
        add(&app, &admin, json!({ "time_zone": "Asia/Seoul", "description": "Loud.\n\nAnd late." })).await;
    let page = app.get(&format!("/events/{event}")).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let url = format!("{}/events/{event}", app.config.http.public_url);
    assert!(page.text.contains("<title>Late Show – Tickets by UMA</title>"), "{}", page.text);
    assert!(page.text.contains(&format!("<link rel=\"canonical\" href=\"{url}\" />")), "{}", page.text);
    for name in ["description", "og:description", "twitter:description"] {
        let text = meta(&page, name);
        assert!(text.contains("(Asia/Seoul)") && text.ends_with("2100 sats. Loud. And late."), "{text}");
    }
    assert_eq!(page.text.matches("name=\"description\"").count(), 1, "the default description is replaced");
    assert_eq!((meta(&page, "og:title"), meta(&page, "og:url")), ("Late Show".to_owned(), url.clone()));
    assert_eq!(meta(&page, "twitter:card"), "summary_large_image");
    let image = meta(&page, "og:image");
    assert!(image.starts_with(&format!("{url}/poster.png?v=")), "an absolute URL: {image}");
    let data = structured_data(&page);
    assert_eq!(
        (&data["@type"], &data["name"], &data["url"]),
        (&json!("Event"), &json!("Late Show"), &json!(url))
    );
    assert!(data["startDate"].as_str().unwrap().ends_with("+09:00"), "{data}");
    assert_eq!(
        (&data["offers"]["price"], &data["offers"]["priceCurrency"]),
        (&json!("0.000021"), &json!("BTC"))
    );
    assert!(!page.text.contains("stream.example"), "the stream URL needs a ticket");
    let with_app = page.text.contains("<div id=\"root\">");
    assert_eq!(
        with_app,
        app.get("/").await.text.contains("<div id=\"root\">"),
        "the page contains the web app if it is built in"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn titles_and_descriptions_are_escaped() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let event = add(&app, &admin, json!({ "title": MARKUP, "description": MARKUP })).await;
    let page = app.get(&format!("/events/{event}")).await;
    assert_eq!(structured_data(&page)["name"], MARKUP);
    assert_eq!(meta(&page, "og:title"), MARKUP);
    assert!(meta(&page, "description").ends_with(MARKUP), "{}", meta(&page, "description"));
    for markup in ["<script>alert", "alert('1')", "<!--", "\"Night\""] {
        let outside = page.text.replace("\\\"Night\\\"", "").replace("alert('1')\\u003c", "");
        assert!(!outside.contains(markup), "{markup}: {}", page.text);
    }
    let scripts = app.get("/").await.text.matches("<script").count();
    assert_eq!(
        page.text.matches("<script").count(),
        scripts + 1,
        "one additional script element, for the data"
    );
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self';"), "structured data needs no exception: {policy}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_page_reflects_changes_of_the_event() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, 0, 1).await;
    let path = format!("/events/{event}");
    let first = app.get(&path).await;
    assert_eq!(structured_data(&first)["offers"]["availability"], "https://schema.org/InStock");
    assert_eq!(
        (&structured_data(&first)["isAccessibleForFree"], &structured_data(&first)["offers"]["price"]),
        (&json!(true), &json!("0"))
    );
    let again = app.request(Method::GET, &path).header("If-None-Match", first.header("etag"));
    assert_eq!(app.send(again).await.status, 304);
    app.buy(&alice, event).await.data();
    let sold_out = app.get(&path).await;
    assert_eq!(structured_data(&sold_out)["offers"]["availability"], "https://schema.org/SoldOut");
    assert_ne!(first.header("etag"), sold_out.header("etag"));
    let changes = json!({ "title": "Later Show" });
    app.put_as(&admin, &format!("/api/admin/events/{event}"), &changes).await.data();
    let changed = app.get(&path).await;
    assert_eq!(meta(&changed, "og:title"), "Later Show");
    assert_ne!(
        meta(&changed, "og:image"),
        meta(&first, "og:image"),
        "the poster's URL changes with its content"
    );
    app.post_as(&admin, &format!("/api/admin/events/{event}/cancel"), &json!({})).await.data();
    let cancelled = app.get(&path).await;
    assert_eq!(structured_data(&cancelled)["eventStatus"], "https://schema.org/EventCancelled");
    assert!(meta(&cancelled, "description").starts_with("Cancelled. "));
    assert_eq!(meta(&cancelled, "robots"), "noindex");
    assert_eq!(app.send(app.request(Method::HEAD, &path)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_does_not_exist_has_no_page() {
    let app = TestApp::open().await;
    for path in ["/events/999", "/events/abc", "/events/99999999999999999999", "/events/-1"] {
        let page = app.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(!page.text.contains("og:title"), "{path}");
        app.get(&format!("{path}/poster.png")).await.refused(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poster_is_a_png_image_of_its_event() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let (one, two) = (app.add_event(&admin, PRICE, 5).await, app.add_event(&admin, PRICE, 5).await);
    let poster_of = async |event: i64| {
        let request = app.request(Method::GET, &format!("/events/{event}/poster.png"));
        let answer = request.send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["content-type"]),
            (200, &"image/png".parse().unwrap())
        );
        answer.bytes().await.unwrap()
    };
    let poster = poster_of(one).await;
    assert_eq!(poster[..8], *b"\x89PNG\r\n\x1a\n");
    let size = |at: usize| u32::from_be_bytes(poster[at..at + 4].try_into().unwrap());
    assert_eq!((size(16), size(20)), (1_200, 630));
    assert!(poster.len() < 1_000_000, "{}", poster.len());
    assert_eq!(poster_of(one).await, poster);
    assert_ne!(poster_of(two).await, poster);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watch_page_names_the_origin_of_its_player_only() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let policy = async |stream: &str| -> String {
        let event = add(&app, &admin, json!({ "stream_url": stream })).await;
        let page = app.get(&format!("/events/{event}/watch")).await;
        assert!(!page.text.contains(stream), "the page does not contain the stream");
        page.header("content-security-policy").to_owned()
    };
    let other = app.get("/tickets").await.header("content-security-policy").to_owned();
    assert_eq!(policy("https://meet.example/room").await, other);
    for (stream, directive) in [
        ("https://youtu.be/jNQXAC9IVRw", "; frame-src https://www.youtube-nocookie.com"),
        ("https://vimeo.com/76979871", "; frame-src https://player.vimeo.com"),
        ("https://www.twitch.tv/club", "; frame-src https://player.twitch.tv"),
    ] {
        assert_eq!(policy(stream).await, format!("{other}{directive}"));
    }
    let hls = policy("https://media.example:8443/e/index.m3u8").await;
    assert!(
        hls.contains("; media-src 'self' blob: https://media.example:8443; worker-src 'self' blob:"),
        "{hls}"
    );
    assert!(hls.contains("connect-src 'self' https://media.example:8443 "), "{hls}");
    assert!(!other.contains("frame-src") && !other.contains("media-src"));
    let missing = app.get("/events/999999/watch").await;
    assert_eq!((missing.status, missing.header("content-security-policy")), (404, other.as_str()));
}
