//! What all pages share: frame, style sheet, icon.

use axum::http::header;
use axum::response::IntoResponse;
use maud::{DOCTYPE, Markup, html};

/// A page around its content.
pub(super) fn frame(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Hamsa receiver" }
                link rel="stylesheet" href="/style.css";
                link rel="icon" href="/icon.svg" type="image/svg+xml";
            }
            body {
                a.skip href="#content" { "Skip to content" }
                header {
                    a.home href="/" { "Hamsa receiver" }
                    form action="/calls" method="get" role="search" {
                        label for="id" { "Call id" }
                        input #id type="search" name="id" required autocomplete="off" spellcheck="false" dir="auto";
                        button type="submit" { "Show" }
                    }
                }
                main #content tabindex="-1" { (content) }
                footer {
                    a href="/metrics" { "Metrics" }
                    a href="/readyz" { "Readiness" }
                }
            }
        }
    }
}

/// A page that says one thing.
pub(in crate::manage) fn message(title: &str, text: &str) -> Markup {
    frame(title, &html! { h1 { (title) } p { (text) } })
}

/// `GET /style.css`.
pub(in crate::manage) async fn style() -> impl IntoResponse {
    let css = "text/css; charset=utf-8";
    ([(header::CONTENT_TYPE, css)], include_str!("style.css"))
}

/// `GET /icon.svg`.
pub(in crate::manage) async fn icon() -> impl IntoResponse {
    let svg = "image/svg+xml";
    ([(header::CONTENT_TYPE, svg)], include_str!("icon.svg"))
}
