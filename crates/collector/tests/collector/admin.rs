//! The JSON API: who may, and what it does.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use pugmark_collector::auth::{Auth, COOKIE, hash};
use pugmark_collector::settings::Given;
use pugmark_collector::state::now;
use serde_json::{Value, json};

use crate::support::{Answer, TOKEN, start, start_with};

const DEFINITIONS: &str = "/v1/sites/demo/definitions";

#[tokio::test]
async fn every_door_of_the_api_wants_the_token() {
    // Each door is tried from an address of its own: one address may try few wrong tokens.
    let trusted_proxies = Some(vec!["127.0.0.1".parse().unwrap()]);
    let running = start_with(Given { trusted_proxies, ..Given::default() }).await;
    let client = &running.client;
    let doors = [
        (Method::GET, "/v1/sites"),
        (Method::POST, "/v1/sites"),
        (Method::GET, "/v1/sites/demo"),
        (Method::PATCH, "/v1/sites/demo"),
        (Method::GET, DEFINITIONS),
        (Method::POST, DEFINITIONS),
        (Method::GET, "/v1/sites/demo/definitions/viewed_cart"),
        (Method::PATCH, "/v1/sites/demo/definitions/viewed_cart"),
        (Method::DELETE, "/v1/sites/demo/definitions/viewed_cart"),
        (Method::GET, "/v1/sites/demo/events.d.ts"),
        (Method::GET, "/v1/sites/demo/events"),
        (Method::GET, "/v1/sites/demo/events/counts"),
        (Method::GET, "/v1/sites/demo/lost"),
        (Method::GET, "/v1/sites/demo/live"),
    ];
    let session = Auth::new(hash(TOKEN)).start_session(now());
    let foreign = Auth::new(hash("another token")).start_session(now());
    for (n, (method, path)) in doors.into_iter().enumerate() {
        let from = format!("192.0.2.{n}");
        for (name, header, value) in [
            ("nothing", "x-nothing", String::new()),
            ("a wrong token", "authorization", "Bearer wrong".to_owned()),
            ("an empty token", "authorization", "Bearer ".to_owned()),
            ("basic", "authorization", format!("Basic {TOKEN}")),
            ("a foreign session", "cookie", format!("{COOKIE}={foreign}")),
        ] {
            let headers = [(header, value.as_str()), ("x-forwarded-for", from.as_str())];
            let answer = client.send(method.clone(), path, &headers, "{}").await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path} with {name}");
            assert_eq!(answer.error(), "unauthorized");
        }
        if method != Method::GET {
            let cookie = format!("{COOKIE}={session}");
            let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")];
            let answer = client.send(method.clone(), path, &headers, "{}").await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path} from a foreign page");
        }
    }
    let definitions = client.api(Method::GET, DEFINITIONS, None).await.json();
    assert_eq!(definitions["definitions"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_studios_session_opens_the_api_too() {
    let running = start().await;
    let client = &running.client;
    let cookie = format!("{COOKIE}={}", Auth::new(hash(TOKEN)).start_session(now()));

    let read = client.send(Method::GET, "/v1/sites", &[("cookie", &cookie)], Body::empty()).await;
    let own = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    let written = client.send(Method::POST, "/v1/sites", &own, r#"{"key":"second"}"#).await;

    assert_eq!(read.status, StatusCode::OK);
    assert_eq!(written.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_site_is_created_changed_and_shown() {
    let running = start().await;
    let client = &running.client;
    let api = async |method, path: &str, body: Value| client.api(method, path, Some(&body)).await;

    let created = api(Method::POST, "/v1/sites", json!({"key": "shop", "label": "Shop"})).await;
    let taken = api(Method::POST, "/v1/sites", json!({"key": "shop"})).await;
    let changed = api(Method::PATCH, "/v1/sites/shop", json!({"origins": ["https://shop.example"]})).await;
    let bad = api(Method::PATCH, "/v1/sites/shop", json!({"origins": ["shop.example/"]})).await;
    let renamed = api(Method::PATCH, "/v1/sites/shop", json!({"key": "other"})).await;

    assert_eq!(created.status, StatusCode::CREATED);
    assert_eq!((taken.status, taken.error().as_str()), (StatusCode::CONFLICT, "exists"));
    assert_eq!(changed.json()["label"], "Shop");
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    assert_eq!(renamed.status, StatusCode::BAD_REQUEST);
    let sites = client.api(Method::GET, "/v1/sites", None).await.json();
    let keys: Vec<_> = sites["sites"].as_array().unwrap().iter().map(|site| site["key"].clone()).collect();
    assert_eq!(keys, ["demo", "shop"]);
    let shop = client.api(Method::GET, "/v1/sites/shop", None).await.json();
    assert_eq!(shop["origins"], json!(["https://shop.example"]));
}

#[tokio::test]
async fn a_definition_is_created_changed_and_deleted() {
    let running = start().await;
    let client = &running.client;
    let one = format!("{DEFINITIONS}/bought");
    let bought = json!({"name": "bought", "label": "Bought",
                        "trigger": {"type": "CLICKED_ELEMENT", "selector": "#buy"}});

    let created = client.api(Method::POST, DEFINITIONS, Some(&bought)).await;
    let again = client.api(Method::POST, DEFINITIONS, Some(&bought)).await;
    let changed = client.api(Method::PATCH, &one, Some(&json!({"status": "paused", "label": null}))).await;
    let renamed = client.api(Method::PATCH, &one, Some(&json!({"name": "sold"}))).await;
    let shown = client.api(Method::GET, &one, None).await;
    let deleted = client.api(Method::DELETE, &one, None).await;
    let gone = client.api(Method::GET, &one, None).await;

    assert_eq!((created.status, again.status), (StatusCode::CREATED, StatusCode::CONFLICT));
    assert_eq!(changed.json()["status"], "paused");
    assert_eq!(renamed.status, StatusCode::BAD_REQUEST);
    assert_eq!(shown.json(), changed.json());
    assert_eq!(shown.json()["trigger"], json!({"type": "CLICKED_ELEMENT", "pages": [], "selector": "#buy"}));
    assert_eq!(shown.json()["label"], "");
    assert_eq!((deleted.status, gone.status), (StatusCode::NO_CONTENT, StatusCode::NOT_FOUND));
}

#[tokio::test]
async fn a_definition_that_breaks_rules_is_told_all_of_them() {
    let running = start().await;
    let client = &running.client;
    let definition = json!({
        "name": "bought",
        "properties": [{"name": "Plan", "type": "enumeration"}],
        "trigger": {"type": "CLICKED_ELEMENT", "selector": "a:hover", "pages": [{"match": "exact", "value": "x"}]},
    });

    let answer = client.api(Method::POST, DEFINITIONS, Some(&definition)).await;

    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.json()["error"]["breaches"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn what_is_no_definition_is_told_why() {
    let running = start().await;
    let client = &running.client;
    let send = async |body: String| -> Answer {
        let token = format!("Bearer {TOKEN}");
        client.send(Method::POST, DEFINITIONS, &[("authorization", &token)], body).await
    };
    for (name, body, status, code) in [
        ("no JSON", "{".to_owned(), 400, "invalid"),
        ("no object", "[]".to_owned(), 400, "invalid"),
        ("no name", "{}".to_owned(), 400, "invalid"),
        ("a bad name", r#"{"name":"Not Good"}"#.to_owned(), 400, "invalid"),
        ("an unknown trigger", r#"{"name":"a","trigger":{"type":"X"}}"#.to_owned(), 400, "invalid"),
        ("deep", format!("{{\"name\":{}", "[".repeat(1_000)), 400, "too_deep"),
        ("large", " ".repeat(300 << 10), 413, "too_large"),
    ] {
        let answer = send(body).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, code), "{name}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let running = start().await;
    let client = &running.client;
    for path in [
        "/v1/sites/nowhere",
        "/v1/sites/nowhere/definitions",
        "/v1/sites/nowhere/events",
        "/v1/sites/nowhere/events/counts",
        "/v1/sites/nowhere/lost",
        "/v1/sites/nowhere/live",
        "/v1/sites/demo/definitions/nothing",
    ] {
        assert_eq!(client.api(Method::GET, path, None).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for query in ["limit=x", "after=x", "limit=-1"] {
        let answer = client.api(Method::GET, &format!("/v1/sites/demo/events?{query}"), None).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid"), "{query}");
    }
}
