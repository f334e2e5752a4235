//! Web app; a plain page if it was not built.

mod event;
mod plain;
mod watch;

pub(super) use event::{page, poster};
pub(super) use plain::escaped;
pub(super) use watch::watch_page;

use super::{problem::Problem, state::State};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web,
};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct App;

/// Files of the web app, and its client-side routes.
pub(super) async fn serve(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let path = request.path().trim_start_matches('/');
    let is_api = ["api/", "uma/", ".well-known/"].iter().any(|prefix| path.starts_with(prefix));
    if let Some(refusal) = super::uma::not_found_response(request.path(), StatusCode::NOT_FOUND) {
        return Ok(refusal);
    }
    if is_api || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Problem::of_status(StatusCode::NOT_FOUND));
    }
    if let Some(file) = App::get(path).filter(|_| !path.is_empty()) {
        return Ok(respond(&request, path, &file));
    }
    // A missing asset must be 404, not the app's page.
    if path.rsplit('/').next().is_some_and(|name| name.contains('.')) {
        return Err(Problem::of_status(StatusCode::NOT_FOUND));
    }
    match App::get("index.html") {
        Some(page) => Ok(respond(&request, "index.html", &page)),
        None if path.is_empty() => plain::page(&state).await,
        None => Err(Problem::of_status(StatusCode::NOT_FOUND)),
    }
}

fn respond(request: &HttpRequest, path: &str, file: &EmbeddedFile) -> HttpResponse {
    let digest = file.metadata.sha256_hash();
    let tag = format!("\"{}\"", hex::encode(digest.get(..12).unwrap_or_default()));
    // Asset names contain their digest.
    let caching =
        if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let unchanged = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged =
        unchanged.is_some_and(|value| value.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, tag)).insert_header((header::CACHE_CONTROL, caching));
    if unchanged {
        return response.finish();
    }
    let kind = match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        _ => file.metadata.mimetype(),
    };
    response.content_type(kind).body(file.data.clone().into_owned())
}
