//! Pages' doors: open to every origin, cheap to ask again, limited.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use pugmark_collector::settings::Given;
use serde_json::json;

use crate::support::{batch, event, receipt, start, start_with};

#[tokio::test]
async fn every_answer_of_a_pages_door_can_be_read_by_every_origin() {
    let limiting = start_with(Given { rate_per_address: Some(1), ..Given::default() }).await;
    let limited = &limiting.client;
    let running = start().await;
    let client = &running.client;
    let unknown = batch(&[]).to_string().replace("\"demo\"", "\"nowhere\"");
    limited.batch(&batch(&[])).await;
    for (name, answer, status) in [
        ("a receipt", client.batch(&batch(&[])).await, 200),
        ("a bad body", client.post("x").await, 400),
        ("an unknown site", client.post(unknown).await, 404),
        ("a large body", client.post(vec![b'x'; 2 << 20]).await, 413),
        ("too many", limited.batch(&batch(&[])).await, 429),
        ("a wrong method", client.get("/v1/batch").await, 405),
        ("a configuration", client.get("/v1/sites/demo/config.json").await, 200),
        ("no configuration", client.get("/v1/sites/nowhere/config.json").await, 404),
        ("a wrong method for a file", client.send(Method::POST, "/pugmark.js", &[], "").await, 405),
        ("no file", client.get("/nothing.js").await, 404),
    ] {
        assert_eq!(answer.status.as_u16(), status, "{name}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{name}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{name}");
        if status >= 400 && name != "an unknown site" {
            answer.error();
        }
    }
}

#[tokio::test]
async fn the_json_api_is_closed_to_other_origins() {
    let running = start().await;
    let client = &running.client;

    let answer = client.api(Method::GET, "/v1/sites", None).await;
    let preflight =
        client.send(Method::OPTIONS, "/v1/sites", &[("origin", "https://x")], Body::empty()).await;

    assert_eq!(answer.header("access-control-allow-origin"), "");
    assert_eq!(preflight.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_preflight_is_answered_and_may_be_remembered() {
    let running = start().await;
    let client = &running.client;

    for path in ["/v1/batch", "/v1/sites/demo/config.json", "/pugmark.js"] {
        let asked = [("origin", "https://x.example"), ("access-control-request-headers", "content-encoding")];
        let answer = client.send(Method::OPTIONS, path, &asked, Body::empty()).await;

        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{path}");
        assert_eq!(answer.header("access-control-allow-headers"), "content-encoding");
        assert!(answer.header("access-control-max-age").parse::<u32>().unwrap() >= 600);
    }
}

#[tokio::test]
async fn the_configuration_holds_the_active_triggers_and_nothing_private() {
    let running = start().await;
    let client = &running.client;
    let paused = json!({"name": "paused", "status": "paused",
                        "trigger": {"type": "CLICKED_ELEMENT", "selector": "#a"}});
    client.api(Method::POST, "/v1/sites/demo/definitions", Some(&paused)).await;

    let config = client.get("/v1/sites/demo/config.json").await.json();

    assert_eq!(
        config,
        json!({"site": "demo", "rules": "copened_planner\r#nav-planner\nvviewed_cart\t@=/demo/cart.html"})
    );
}

#[tokio::test]
async fn an_unchanged_configuration_is_not_sent_again_and_a_changed_one_is() {
    let running = start().await;
    let client = &running.client;
    let path = "/v1/sites/demo/config.json";
    let tag = client.get(path).await.header("etag").to_owned();
    let again = async || client.send(Method::GET, path, &[("if-none-match", &tag)], Body::empty()).await;

    let unchanged = again().await;
    client.api(Method::DELETE, "/v1/sites/demo/definitions/viewed_cart", None).await;
    let changed = again().await;

    assert_eq!((unchanged.status, unchanged.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(unchanged.header("etag"), tag);
    assert_eq!(changed.status, StatusCode::OK);
}

#[tokio::test]
async fn too_many_batches_from_one_address_are_told_when_to_come_back() {
    let running = start_with(Given { rate_per_address: Some(3), ..Given::default() }).await;
    let client = &running.client;
    for _ in 0..3 {
        assert_eq!(client.batch(&batch(&[event("fine")])).await.json(), receipt(1, 0));
    }

    let answer = client.batch(&batch(&[event("late")])).await;

    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let seconds: u32 = answer.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&seconds), "{seconds}");
    assert_eq!(client.events().await.len(), 3);
}

#[tokio::test]
async fn an_address_behind_a_trusted_proxy_has_a_limit_of_its_own() {
    let proxies = Some(vec!["127.0.0.1".parse().unwrap()]);
    let given = Given { rate_per_address: Some(1), trusted_proxies: proxies, ..Given::default() };
    let running = start_with(given).await;
    let client = &running.client;
    let from = async |address: &str| {
        let body = batch(&[]).to_string();
        client.send(Method::POST, "/v1/batch", &[("x-forwarded-for", address)], body).await.status
    };

    assert_eq!(from("192.0.2.1").await, StatusCode::OK);
    assert_eq!(from("192.0.2.2").await, StatusCode::OK);
    assert_eq!(from("192.0.2.1").await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn one_sites_rush_does_not_hold_up_another() {
    let running = start_with(Given { rate_per_site: Some(1), ..Given::default() }).await;
    let client = &running.client;
    client.api(Method::POST, "/v1/sites", Some(&json!({"key": "other"}))).await;
    let other = batch(&[]).to_string().replace("\"demo\"", "\"other\"");

    assert_eq!(client.batch(&batch(&[])).await.status, StatusCode::OK);
    assert_eq!(client.batch(&batch(&[])).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(client.post(other).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_demo_shop_is_served_packed_and_known_again() {
    let running = start().await;
    let client = &running.client;
    let packed = client.send(Method::GET, "/demo/", &[("accept-encoding", "gzip, br")], Body::empty()).await;
    let tag = packed.header("etag").to_owned();
    let again = client.send(Method::GET, "/demo/", &[("if-none-match", &tag)], Body::empty()).await;

    assert_eq!(packed.header("content-encoding"), "br");
    assert_eq!(packed.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert_eq!(client.get("/").await.header("location"), "/demo/");
    assert_eq!(client.get("/demo/app").await.header("location"), "/demo/app/");
    assert_eq!(client.get("/demo/app/some/route").await.status, StatusCode::OK);
    assert_eq!(client.get("/demo/app/missing.js").await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.get("/demo/nothing").await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.get("/demo/%2e%2e/Cargo.toml").await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.get("/demo/../Cargo.toml").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_library_is_served_under_its_names_or_says_how_to_build_it() {
    let given = Given { library_name: Some("stats.js".to_owned()), ..Given::default() };
    let running = start_with(given).await;
    let client = &running.client;

    let plain = client.get("/pugmark.js").await;

    if plain.status == StatusCode::SERVICE_UNAVAILABLE {
        assert!(plain.json()["error"]["message"].as_str().unwrap().contains("./build.sh build"));
        return;
    }
    assert_eq!(plain.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(plain.header("vary"), "accept-encoding");
    assert!(plain.header("cache-control").contains("max-age=300"));
    let packed = client.send(Method::GET, "/stats.js", &[("accept-encoding", "gzip")], Body::empty()).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() < plain.body.len());
    assert_eq!(packed.header("etag"), plain.header("etag"));
    let tag = plain.header("etag").trim_start_matches("W/").trim_matches('"').to_owned();
    let hashed = client.get(&format!("/stats.{}.js", &tag[..12])).await;
    assert!(hashed.header("cache-control").contains("immutable"));
    let stale = client.get("/stats.000000000000.js").await;
    assert!(!stale.header("cache-control").contains("immutable"));
}
