//! Every documented limit, from the table that the JavaScript half is tested with as well (`protocol/property.rs`): at its
//! number it is taken, one past it it is refused, with an error that names the number.

use axum::http::Method;
use pugmark_protocol::limits::{DOCUMENTED, Limit, Limited};
use serde_json::{Map, Value, json};

use crate::support::{Answer, Client, start};

const DEFINITIONS: &str = "/events/v3/event-definitions";
const SEND: &str = "/events/v3/send";

#[tokio::test]
async fn every_documented_limit_is_taken_at_its_number_and_refused_past_it() {
    for limit in DOCUMENTED {
        let running = start().await;
        let token = running.client.token("demo", &["definitions", "send"]).await;
        let api = Api { client: &running.client, token: &token };
        api.send(Method::POST, DEFINITIONS, json!({"label": "Sent", "name": "sent"})).await;

        let taken = api.give(limit, limit.most).await;
        let refused = api.give(limit, limit.most + 1).await;

        assert!(taken.status.is_success(), "{limit:?}: {taken:?}");
        assert_eq!(refused.status.as_u16(), 400, "{limit:?}: {refused:?}");
        assert_eq!(refused.category(), "VALIDATION_ERROR");
        let message = refused.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(&limit.most.to_string()), "{limit:?}: {message}");
    }
}

#[tokio::test]
async fn each_breach_has_an_error_of_its_own() {
    let running = start().await;
    let token = running.client.token("demo", &["definitions", "send"]).await;
    let api = Api { client: &running.client, token: &token };
    api.send(Method::POST, DEFINITIONS, json!({"label": "Sent", "name": "sent"})).await;
    let mut properties: Map<String, Value> = (0..51).map(|n| (format!("p{n}"), json!(n))).collect();
    properties.insert("long".to_owned(), json!("x".repeat(257)));
    properties.insert("a".repeat(51), json!("x"));
    properties.insert("9lives".to_owned(), json!("x"));

    let refused = api
        .send(
            Method::POST,
            SEND,
            json!({"eventName": "sent", "email": "nobody", "uuid": "x", "properties": properties}),
        )
        .await;

    let errors = refused.json()["errors"].as_array().unwrap().clone();
    let mut codes: Vec<_> = errors.iter().map(|error| error["code"].as_str().unwrap()).collect();
    codes.sort_unstable();
    assert_eq!(
        codes,
        [
            "INVALID_PROPERTY_NAME",
            "INVALID_PROPERTY_NAME",
            "INVALID_RECORD",
            "INVALID_UUID",
            "TOO_MANY_PROPERTIES",
            "VALUE_TOO_LONG"
        ]
    );
}

struct Api<'a> {
    client: &'a Client,
    token: &'a str,
}

impl Api<'_> {
    async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        self.client.call(self.token, method, path, Some(&body)).await
    }

    /// Gives so much of what is limited.
    async fn give(&self, limit: &Limit, n: usize) -> Answer {
        let occurrence =
            |properties: Value| json!({"eventName": "sent", "objectId": "1", "properties": properties});
        let properties = |n: usize| -> Vec<Value> {
            (0..n).map(|i| json!({"name": format!("p{i}"), "label": "P", "type": "string"})).collect()
        };
        let (path, body) = match limit.of {
            Limited::EventName => (DEFINITIONS, json!({"label": "x", "name": "a".repeat(n)})),
            Limited::PropertyName => (SEND, occurrence(json!({ "a".repeat(n): "x" }))),
            Limited::Properties => {
                let many: Map<String, Value> = (0..n).map(|i| (format!("p{i}"), json!("x"))).collect();
                (SEND, occurrence(Value::Object(many)))
            }
            Limited::Value(name) => (SEND, occurrence(json!({ name: "x".repeat(n) }))),
            Limited::Batch => ("/events/v3/send/batch", json!({"inputs": vec![occurrence(json!({})); n]})),
            Limited::Label => (DEFINITIONS, json!({"label": "x".repeat(n), "name": "labelled"})),
            Limited::PropertyLabel => {
                let property = json!({"name": "p", "label": "x".repeat(n), "type": "string"});
                (DEFINITIONS, json!({"label": "x", "name": "labelled", "propertyDefinitions": [property]}))
            }
            Limited::Definition => (
                DEFINITIONS,
                json!({"label": "x", "name": format!("with_{n}"), "propertyDefinitions": properties(n)}),
            ),
            Limited::Definitions => return self.define_up_to(n).await,
        };
        self.send(Method::POST, path, body).await
    }

    /// Defines events until there are so many; the last answer.
    async fn define_up_to(&self, n: usize) -> Answer {
        let total =
            self.client.call(self.token, Method::GET, DEFINITIONS, None).await.json()["total"].clone();
        let mut last = None;
        for i in total.as_u64().unwrap() as usize..n {
            last = Some(
                self.send(Method::POST, DEFINITIONS, json!({"label": "x", "name": format!("event_{i}")}))
                    .await,
            );
        }
        last.unwrap()
    }
}
