//! The finer points of HubSpot's contract: fields that are kept and given back, limits of our own, and what is refused.

use axum::http::{Method, StatusCode};
use pugmark_collector::settings::Given;
use pugmark_protocol::limits::MAX_DEFINITION_BYTES;
use serde_json::{Value, json};

use crate::support::{Answer, Client, Running, fresh_id, start, start_with};

const DEFINITIONS: &str = "/events/v3/event-definitions";
const SEND: &str = "/events/v3/send";
const EVENTS: &str = "/events/v3/events";
const BOUGHT: &str = "/events/v3/event-definitions/bought";

/// A collector, and a token for it that opens everything.
struct Story {
    running: Running,
    token: String,
}

impl Story {
    async fn new() -> Self {
        Self::of(start().await).await
    }

    async fn of(running: Running) -> Self {
        let token = running.client.token("demo", &["definitions", "send", "read"]).await;
        Self { running, token }
    }

    fn client(&self) -> &Client {
        &self.running.client
    }

    async fn get(&self, path: &str) -> Answer {
        self.client().call(&self.token, Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.client().call(&self.token, Method::POST, path, Some(&body)).await
    }

    async fn patch(&self, path: &str, body: Value) -> Answer {
        self.client().call(&self.token, Method::PATCH, path, Some(&body)).await
    }

    /// Defines the event `bought` with these properties.
    async fn define(&self, properties: Value) -> Value {
        let definition = json!({"label": "Bought", "name": "bought", "propertyDefinitions": properties});
        let made = self.post(DEFINITIONS, definition).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        made.json()
    }
}

/// Times are told in milliseconds: what comes after this has another one.
async fn next_millisecond() {
    let began = std::time::Instant::now();
    while began.elapsed().as_millis() < 2 {
        tokio::task::yield_now().await;
    }
}

fn texts(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"name": name, "label": name, "type": "string"})).collect()
}

#[tokio::test]
async fn templates_and_the_order_of_properties_are_kept_and_given_back() {
    let story = Story::new().await;
    let made = story.define(texts(&["a", "b", "c", "d"])).await;
    assert!(made.get("headerTemplate").is_none());

    let order = json!([{"name": "c", "displayOrder": 1, "hidden": true, "label": "Third"},
                       {"name": "hs_city", "displayOrder": 0},
                       {"name": "b", "displayOrder": 0}]);
    let changed = story
        .patch(
            BOUGHT,
            json!({"headerTemplate": "Bought {{a}}", "detailTemplate": "d", "propertyOrder": order}),
        )
        .await;

    assert_eq!(changed.status, StatusCode::CREATED, "{changed:?}");
    let shown = story.get(BOUGHT).await.json();
    assert_eq!((&shown["headerTemplate"], &shown["detailTemplate"]), (&json!("Bought {{a}}"), &json!("d")));
    let own: Vec<_> = shown["properties"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["hubspotDefined"] == false)
        .map(|one| {
            (one["name"].as_str().unwrap(), one["displayOrder"].as_u64().unwrap(), one["hidden"] == true)
        })
        .collect();
    assert_eq!(own, [("b", 0, false), ("c", 1, true), ("a", 2, false), ("d", 3, false)]);
    assert_eq!(shown["properties"][1]["label"], "Third");
    let unknown = story.patch(BOUGHT, json!({"propertyOrder": [{"name": "a"}, {"name": "x"}]})).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    assert_eq!(unknown.json()["errors"][0]["in"], "propertyOrder[1].name");
}

#[tokio::test]
async fn a_property_tells_when_it_was_made_and_what_may_be_changed() {
    let story = Story::new().await;
    let made = story.define(texts(&["a", "b"])).await;
    let find = |definition: &Value, name: &str| {
        let all = definition["properties"].as_array().unwrap().clone();
        all.into_iter().find(|one| one["name"] == name).unwrap()
    };
    assert_eq!(find(&made, "a")["createdAt"], made["createdAt"]);
    next_millisecond().await;

    let added =
        story.post(&format!("{BOUGHT}/property"), json!({"label": "C", "type": "string"})).await.json();
    story.patch(&format!("{BOUGHT}/property/a"), json!({"label": "Changed"})).await;
    let shown = story.get(BOUGHT).await.json();

    assert_eq!(find(&shown, "a")["createdAt"], made["createdAt"]);
    assert!(find(&shown, "a")["updatedAt"].as_str() > made["createdAt"].as_str());
    assert_eq!(find(&shown, "b")["updatedAt"], made["createdAt"], "what is not touched stays as old");
    assert!(added["createdAt"].as_str() > made["createdAt"].as_str());
    assert_eq!(find(&shown, "c")["createdAt"], added["createdAt"]);
    let fixed = |archivable: bool| json!({"archivable": archivable, "readOnlyDefinition": !archivable, "readOnlyValue": false});
    assert_eq!(find(&shown, "a")["modificationMetadata"], fixed(true));
    assert_eq!(find(&shown, "hs_city")["modificationMetadata"], fixed(false));
    // Through the collector's own API as well.
    next_millisecond().await;
    let own = json!({"properties": [{"name": "a", "label": "Changed", "type": "string"}, {"name": "e", "type": "string"}]});
    story.client().api(Method::PATCH, "/v1/sites/demo/definitions/bought", Some(&own)).await;
    let shown_then = story.get(BOUGHT).await.json();
    assert_eq!(find(&shown_then, "a")["updatedAt"], find(&shown, "a")["updatedAt"]);
    assert!(find(&shown_then, "e")["createdAt"].as_str() > added["createdAt"].as_str());
}

#[tokio::test]
async fn a_label_is_never_empty() {
    let story = Story::new().await;
    story.define(texts(&["a"])).await;
    let property = format!("{BOUGHT}/property");

    for (name, refused) in [
        ("a new event's", story.post(DEFINITIONS, json!({"label": " ", "name": "x"})).await),
        ("an event's", story.patch(BOUGHT, json!({"label": ""})).await),
        (
            "a new property's",
            story.post(&property, json!({"label": "", "name": "b", "type": "string"})).await,
        ),
        ("a property's", story.patch(&format!("{property}/a"), json!({"label": "  "})).await),
        (
            "an ordered property's",
            story.patch(BOUGHT, json!({"propertyOrder": [{"name": "a", "label": ""}]})).await,
        ),
    ] {
        assert_eq!(
            (refused.status, refused.category().as_str()),
            (StatusCode::BAD_REQUEST, "VALIDATION_ERROR"),
            "{name}"
        );
        assert_eq!(refused.json()["errors"][0]["code"], "REQUIRED", "{name}");
    }
    assert_eq!(story.get(BOUGHT).await.json()["labels"]["singular"], "Bought");
    assert_eq!(story.patch(BOUGHT, json!({"description": ""})).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_definition_is_no_larger_than_it_may_be() {
    let story = Story::new().await;
    story.define(texts(&["a"])).await;
    let options = |n: usize| -> Vec<Value> {
        (0..n)
            .map(|i| json!({"label": "o", "value": i.to_string(), "description": "d".repeat(900)}))
            .collect()
    };
    let property =
        |name: &str| json!({"label": "P", "name": name, "type": "enumeration", "options": options(200)});

    let long = story.post(DEFINITIONS, json!({"label": "x".repeat(MAX_DEFINITION_BYTES)})).await;
    let first = story.post(&format!("{BOUGHT}/property"), property("first")).await;
    let second = story.post(&format!("{BOUGHT}/property"), property("second")).await;

    assert_eq!(
        (long.status, long.category().as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, "REQUEST_ENTITY_TOO_LARGE")
    );
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(
        second.status,
        StatusCode::BAD_REQUEST,
        "property by property it does not grow without end either"
    );
    assert!(second.json()["message"].as_str().unwrap().contains(&MAX_DEFINITION_BYTES.to_string()));
}

#[tokio::test]
async fn how_an_event_comes_about_is_told() {
    let story = Story::new().await;
    for (source, expected) in [("api", "MANUAL"), ("script", "CUSTOM_SCRIPT"), ("import", "IMPORT")] {
        let definition = json!({"name": format!("from_{source}"), "source": source});
        story.client().api(Method::POST, "/v1/sites/demo/definitions", Some(&definition)).await;

        let shown = story.get(&format!("{DEFINITIONS}/from_{source}")).await.json();
        assert_eq!(shown["trackingType"], expected);
    }
}

#[tokio::test]
async fn a_change_through_any_door_is_in_the_configuration_at_once() {
    let story = Story::of(start_with(Given { restore_days: Some(30), ..Given::default() }).await).await;
    let client = story.client();
    let own = "/v1/sites/demo/definitions";
    let clicked = json!({"name": "clicked", "trigger": {"type": "CLICKED_ELEMENT", "selector": "#buy"}});
    let mut before = client.get("/v1/sites/demo/config.json?schema").await;
    for n in 0..6 {
        let answer = match n {
            0 => story.post(DEFINITIONS, json!({"label": "Paid", "name": "paid"})).await,
            1 => {
                story
                    .post(&format!("{DEFINITIONS}/paid/property"), json!({"label": "P", "type": "string"}))
                    .await
            }
            2 => client.api(Method::POST, own, Some(&clicked)).await,
            3 => {
                client.api(Method::PATCH, &format!("{own}/clicked"), Some(&json!({"status": "paused"}))).await
            }
            4 => client.api(Method::DELETE, &format!("{own}/paid"), None).await,
            _ => client.api(Method::POST, &format!("{own}/paid/restore"), None).await,
        };
        assert!(answer.status.is_success(), "{n}: {answer:?}");
        let after = client.get("/v1/sites/demo/config.json?schema").await;
        assert_ne!(after.body, before.body, "{n}");
        assert_ne!(after.header("etag"), before.header("etag"), "{n}");
        assert_eq!(client.get("/v1/sites/demo/config.json?schema").await.body, after.body, "{n}");
        before = after;
    }
    assert!(client.get("/v1/sites/demo/config.json").await.json().get("schema").is_none());
}

#[tokio::test]
async fn an_object_id_of_our_own_that_no_record_has_is_refused_and_never_made() {
    let story = Story::new().await;
    story.define(texts(&["a"])).await;
    let company = json!({
        "label": "Ordered", "name": "ordered", "primaryObject": "COMPANY", "propertyDefinitions": texts(&["number"]),
        "customMatchingId": {"primaryObjectRule": {"targetObjectPropertyName": "number", "eventPropertyName": "number"}},
    });
    assert_eq!(story.post(DEFINITIONS, company).await.status, StatusCode::CREATED);
    let ours = "9000000000001";

    let early =
        story.post(SEND, json!({"eventName": "bought", "objectId": ours, "email": "ann@example.com"})).await;
    let inputs = json!({"inputs": [{"eventName": "ordered", "objectId": 9_000_000_000_001_u64}]});
    let in_batch = story.post(&format!("{SEND}/batch"), inputs).await;
    // The first record that is made has the number 1.
    let made = story.post(SEND, json!({"eventName": "ordered", "properties": {"number": "7"}})).await;
    let now = story.post(SEND, json!({"eventName": "ordered", "objectId": ours})).await;
    let of_another_kind = story.post(SEND, json!({"eventName": "bought", "objectId": ours})).await;
    let brought = story.post(SEND, json!({"eventName": "bought", "objectId": "1795430400000000001"})).await;

    for refused in [early, in_batch, of_another_kind] {
        assert_eq!(
            (refused.status, refused.category().as_str()),
            (StatusCode::BAD_REQUEST, "VALIDATION_ERROR")
        );
        assert_eq!(refused.json()["errors"][0]["code"], "UNKNOWN_RECORD");
    }
    for taken in [made, now, brought] {
        assert_eq!(taken.status, StatusCode::NO_CONTENT, "{taken:?}");
    }
    let read = story.get(&format!("{EVENTS}?objectType=company&objectId={ours}")).await.json();
    assert_eq!(read["results"].as_array().unwrap().len(), 2, "{read}");
}

#[tokio::test]
async fn the_uuid_that_is_told_is_the_one_it_is_read_by() {
    let story = Story::new().await;
    story.define(texts(&["a"])).await;
    let uuid = fresh_id();
    let send = async |name: &str, more: &str| {
        let input = json!({"eventName": name, "uuid": uuid, "objectId": "1", "properties": {"a": more}});
        let bearer = format!("Bearer {}", story.token);
        let headers = [("authorization", bearer.as_str()), ("prefer", "return=representation")];
        let body = json!({"inputs": [input]}).to_string();
        let answer = story.client().send(Method::POST, &format!("{SEND}/batch"), &headers, body).await;
        let result = answer.json()["results"][0].clone();
        (result["outcome"].as_str().unwrap().to_owned(), result["uuid"].as_str().unwrap().to_owned())
    };

    let (first, its_own) = send("bought", "1").await;
    let (second, another) = send("viewed_cart", "1").await;
    let (again, the_same) = send("viewed_cart", "2").await;

    assert_eq!((first.as_str(), second.as_str(), again.as_str()), ("STORED", "STORED", "DUPLICATE"));
    assert_eq!((&its_own, &the_same), (&uuid, &another));
    assert_ne!(another, uuid);
    for (query, id, name) in [
        (format!("id={uuid}"), &uuid, "pedemo_bought"),
        (format!("id={another}"), &another, "pedemo_viewed_cart"),
        (format!("id={uuid}&eventType=viewed_cart"), &another, "pedemo_viewed_cart"),
        (format!("id={uuid}&eventType=bought"), &uuid, "pedemo_bought"),
    ] {
        let read = story.get(&format!("{EVENTS}?{query}")).await.json();
        let [one] = &read["results"].as_array().unwrap()[..] else { panic!("{query}: {read}") };
        assert_eq!((&one["id"], &one["eventType"]), (&json!(id), &json!(name)), "{query}");
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_told_in_the_same_form() {
    let story = Story::new().await;
    for path in
        ["/events", "/events/", "/events/v3", "/events/v3/sent", "/events/v4/send", "/events/v3/send/batch/7"]
    {
        for method in [Method::GET, Method::POST] {
            let answer = story.client().call(&story.token, method, path, None).await;
            assert_eq!(
                (answer.status, answer.category().as_str()),
                (StatusCode::NOT_FOUND, "OBJECT_NOT_FOUND"),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn who_has_no_token_is_answered_so_often_and_hinders_nobody_else() {
    let story = Story::of(start_with(Given { rate_per_address: Some(3), ..Given::default() }).await).await;
    let strange = async |token: &str| {
        let answer = story.client().call(token, Method::GET, EVENTS, None).await;
        (answer.status.as_u16(), answer.category(), answer.header("retry-after").to_owned())
    };

    for token in ["", "pugmark_x_y", crate::support::TOKEN] {
        assert_eq!(strange(token).await.0, 401);
    }
    let (status, category, retry_after) = strange("").await;

    assert_eq!((status, category.as_str()), (429, "RATE_LIMITS"));
    assert!((1..=20).contains(&retry_after.parse::<u32>().unwrap()), "{retry_after}");
    assert_eq!(
        story.get(EVENTS).await.status,
        StatusCode::OK,
        "a genuine token from the same address is let in"
    );
}

#[tokio::test]
async fn a_name_under_which_nothing_could_arrive_is_not_defined() {
    let story = Story::new().await;
    let own = async |name: &str| {
        story
            .client()
            .api(Method::POST, "/v1/sites/demo/definitions", Some(&json!({"name": name})))
            .await
            .status
    };

    let short = story.post(DEFINITIONS, json!({"label": "x", "name": "pedemo_bought"})).await;
    let twice = story.post(DEFINITIONS, json!({"label": "x", "name": "pedemo_pe12_bought"})).await;
    let from_label = story.post(DEFINITIONS, json!({"label": "pe12 - paid"})).await;

    assert_eq!((short.status, &short.json()["name"]), (StatusCode::CREATED, &json!("bought")));
    assert_eq!((twice.status, twice.category().as_str()), (StatusCode::BAD_REQUEST, "VALIDATION_ERROR"));
    assert_eq!(from_label.json()["name"], "paid");
    assert_eq!(own("pedemo_seen").await, StatusCode::BAD_REQUEST);
    assert_eq!(own("pe12_seen").await, StatusCode::BAD_REQUEST);
    assert_eq!(own("seen").await, StatusCode::CREATED);
}
