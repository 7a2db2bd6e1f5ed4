//! What developers get: the schema for debug mode, the declaration for TypeScript, the custom script.

use axum::http::{Method, StatusCode};
use pugmark_collector::settings::Given;
use serde_json::json;

use crate::support::{Answer, Client, TOKEN, start, start_with};

const SCHEMA: &str = "/v1/sites/demo/config.json?schema";
const RUNNER: &str = "/v1/sites/demo/custom.js";
const SCRIPT: &str = "/v1/sites/demo/custom/script.js";
const FAILED: &str = "/v1/sites/demo/custom/failed";

async fn define(client: &Client, definition: serde_json::Value) {
    let answer = client.api(Method::POST, "/v1/sites/demo/definitions", Some(&definition)).await;
    assert_eq!(answer.status, StatusCode::CREATED);
}

/// Keeps a custom script, as the studio's form does.
async fn keep(client: &Client, form: &str) -> Answer {
    let token = format!("Bearer {TOKEN}");
    let headers = [("authorization", token.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    client.send(Method::POST, "/studio/sites/demo/settings/custom-script", &headers, form.to_owned()).await
}

#[tokio::test]
async fn the_schema_holds_names_and_types_and_nothing_that_people_wrote() {
    let running = start().await;
    let client = &running.client;
    define(
        client,
        json!({ "name": "signed_up", "label": "A secret label", "description": "A secret", "properties": [
            { "name": "plan", "label": "Plan", "description": "Secret", "type": "enumeration",
              "options": [{ "value": "free", "label": "Secret" }] },
            { "name": "seats", "type": "number" },
        ] }),
    )
    .await;
    define(client, json!({ "name": "given_up", "status": "archived" })).await;
    define(client, json!({ "name": "resting", "status": "paused" })).await;

    let answer = client.get(SCHEMA).await;

    let schema = &answer.json()["schema"];
    assert_eq!(
        schema["signed_up"],
        json!({ "plan": { "type": "enumeration", "values": ["free"] }, "seats": { "type": "number" } })
    );
    assert_eq!(schema["resting"], json!({}));
    assert!(schema.get("given_up").is_none(), "{schema}");
    assert!(!String::from_utf8_lossy(&answer.body).to_lowercase().contains("secret"));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn the_schema_is_served_only_when_it_is_asked_for_and_again_only_when_it_changed() {
    let running = start().await;
    let client = &running.client;
    let tag = client.get(SCHEMA).await.header("etag").to_owned();
    let again = async || client.send(Method::GET, SCHEMA, &[("if-none-match", &tag)], "").await.status;

    assert!(client.get("/v1/sites/demo/config.json").await.json().get("schema").is_none());
    assert_eq!(again().await, StatusCode::NOT_MODIFIED);
    define(client, json!({ "name": "signed_up" })).await;
    assert_eq!(again().await, StatusCode::OK);
}

#[tokio::test]
async fn the_declaration_has_the_sites_events_and_wants_the_token() {
    let running = start().await;
    let client = &running.client;
    let path = "/v1/sites/demo/events.d.ts";

    let answer = client.api(Method::GET, path, None).await;

    let text = String::from_utf8_lossy(&answer.body);
    assert!(text.contains("declare module \"pugmark\"") && text.contains("price: number;"), "{text}");
    assert!(answer.header("content-disposition").contains("pugmark-events.d.ts"));
    assert_eq!(client.get(path).await.status, StatusCode::UNAUTHORIZED);
    let nowhere = client.api(Method::GET, "/v1/sites/nowhere/events.d.ts", None).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_hear_of_a_custom_script_only_while_it_is_on() {
    let running = start().await;
    let client = &running.client;
    let version = async || client.get("/v1/sites/demo/config.json").await.json()["custom"].clone();

    assert!(version().await.is_null());
    keep(client, "code=go()").await;
    assert!(version().await.is_null());
    for path in [RUNNER, SCRIPT] {
        assert_eq!(client.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }

    keep(client, "code=go()&is_on=yes").await;
    let first = version().await;
    let named = client.get(&format!("{SCRIPT}?{}", first.as_str().unwrap())).await;
    assert_eq!((named.status, &named.body[..]), (StatusCode::OK, &b"go()"[..]));
    assert_eq!(named.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(named.header("access-control-allow-origin"), "*");
    assert!(named.header("cache-control").contains("immutable"));
    assert!(
        !client.get(&format!("{RUNNER}?of-yesterday")).await.header("cache-control").contains("immutable")
    );

    keep(client, "code=go(1)&is_on=yes").await;
    assert_ne!(version().await, first);
}

#[tokio::test]
async fn a_failure_of_the_script_is_counted_and_shown_in_the_studio() {
    let running = start().await;
    let client = &running.client;
    let report = async |text: &str| client.send(Method::POST, FAILED, &[], text.to_owned()).await.status;
    let studio = async || {
        let answer = client.api(Method::GET, "/studio/sites/demo/settings", None).await;
        String::from_utf8_lossy(&answer.body).into_owned()
    };

    // Nothing runs, so nothing can have failed.
    assert_eq!(report("ReferenceError: early").await, StatusCode::NO_CONTENT);
    keep(client, "code=go()&is_on=yes").await;
    assert!(!studio().await.contains("ReferenceError"));

    assert_eq!(report("ReferenceError: go <here>").await, StatusCode::NO_CONTENT);
    assert!(studio().await.contains("ReferenceError: go &lt;here&gt;"));
    let metrics = client.get("/metrics").await;
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    assert!(!metrics.contains("pugmark_custom_script_failures_total 0"), "{metrics}");
}

#[tokio::test]
async fn reports_are_bounded_as_everything_from_outside() {
    let running = start_with(Given { rate_per_address: Some(2), ..Given::default() }).await;
    let client = &running.client;
    keep(client, "code=go()&is_on=yes").await;
    let report = async |path: &str, text: String| client.send(Method::POST, path, &[], text).await.status;

    assert_eq!(report(FAILED, "x".repeat(5_000)).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(report("/v1/sites/nowhere/custom/failed", "x".to_owned()).await, StatusCode::NOT_FOUND);
    assert_eq!(report(FAILED, "x".to_owned()).await, StatusCode::TOO_MANY_REQUESTS);
}
