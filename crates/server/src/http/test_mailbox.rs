//! Page with the captured emails of a shop with test money.

use super::{client, problem::Problem, state::State, web::escaped};
use crate::config::Domain;
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fmt::Write;

/// Whether `Host` names this machine, against DNS rebinding by other sites.
fn is_local_host(request: &HttpRequest, domain: &Domain) -> bool {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    host.eq_ignore_ascii_case(domain.as_str()) || Domain::parse(host).is_ok_and(|host| host.is_local())
}

/// Emails give access to accounts and tickets, so only direct loopback callers may read them.
pub(super) async fn page(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let direct = !request.headers().contains_key("x-forwarded-for")
        && client::address(request.head(), &[]).is_loopback()
        && is_local_host(&request, &state.http.domain);
    let Some(test_mailbox) = state.test_mailbox.as_ref().filter(|_| direct) else {
        return Err(Problem::of_status(StatusCode::NOT_FOUND));
    };
    let mut rows = String::new();
    for email in test_mailbox.all() {
        // Writing to a string never fails.
        let _ = write!(
            rows,
            "<article><h2>{}</h2><p class=head>To {}, {} UTC</p>",
            escaped(&email.subject),
            escaped(&email.to),
            email.at.format("%Y-%m-%d %H:%M:%S"),
        );
        for line in email.text.split("\n\n") {
            let line = escaped(line);
            let link = line.starts_with("http") && !line.contains(' ');
            let line = if link { format!("<a href=\"{line}\">{line}</a>") } else { line };
            let _ = write!(rows, "<p>{line}</p>");
        }
        for png in &email.pictures {
            let data = STANDARD.encode(png);
            let _ = write!(
                rows,
                "<p><img src=\"data:image/png;base64,{data}\" alt=\"The ticket's QR code\" width=200></p>"
            );
        }
        if let Some(calendar) = &email.calendar {
            let calendar = escaped(calendar);
            let _ = write!(rows, "<details><summary>event.ics</summary><pre>{calendar}</pre></details>");
        }
        rows.push_str("</article>");
    }
    if rows.is_empty() {
        rows.push_str("<p>No emails yet.</p>");
    }
    let html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>Emails</title>\
         <style>body{{font:16px/1.5 system-ui;max-width:42rem;margin:2rem auto;padding:0 1rem}}article{{border-top:1px solid #999}}\
         .head{{color:#555}}p,a{{overflow-wrap:anywhere}}</style><h1>Emails</h1><p>This shop uses test money and sends no emails: \
         they are listed here, newest first, until it stops.</p>{rows}</html>"
    );
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html))
}
