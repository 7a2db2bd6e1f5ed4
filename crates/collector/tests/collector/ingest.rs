//! What arrives is stored, once, with everything that belongs to it.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{batch, event, receipt, start};

#[tokio::test]
async fn a_batch_is_stored_with_the_default_properties_and_shown_newest_first() {
    let running = start().await;
    let client = &running.client;

    let sent = batch(&[event("first"), event("second")]);
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
    let answer = client.send(Method::POST, "/v1/batch", &[("user-agent", agent)], sent.to_string()).await;

    assert_eq!((answer.status, answer.json()), (StatusCode::OK, receipt(2, 0)));
    let events = client.events().await;
    assert_eq!(events[0]["name"], "second");
    assert_eq!(events[1]["id"], sent["events"][0]["id"]);
    assert_eq!(events[0]["visitor"], sent["visitor"]);
    assert_eq!(events[0]["session"], sent["session"]["id"]);
    assert_eq!(events[0]["url"], "https://shop.example/?utm_source=mail");
    assert_eq!(
        events[0]["properties"],
        json!({"plan": "pro", "hs_language": "nl", "hs_screen_width": 1440, "hs_screen_height": 900,
               "hs_page_url": "https://shop.example/?utm_source=mail", "hs_page_title": "Shop",
               "hs_utm_source": "mail", "hs_user_agent": agent, "hs_browser": "Firefox",
               "hs_operating_system": "Linux", "hs_device_type": "Desktop"})
    );
}

#[tokio::test]
async fn the_time_is_that_of_the_arrival_whatever_the_browsers_clock_says() {
    let running = start().await;
    let client = &running.client;
    let mut sent = batch(&[event("timed")]);
    sent["sent"] = json!(5);
    sent["events"][0]["at"] = json!(-60_000);

    client.batch(&sent).await;

    let stored = &client.events().await[0];
    assert_eq!(stored["received_at"].as_u64().unwrap() - stored["at"].as_u64().unwrap(), 60_000);
}

#[tokio::test]
async fn a_batch_sent_twice_is_stored_once() {
    let running = start().await;
    let client = &running.client;
    let sent = batch(&[event("once"), event("once")]);

    assert_eq!(client.batch(&sent).await.json(), receipt(2, 0));
    assert_eq!(client.batch(&sent).await.json(), receipt(0, 2));
    assert_eq!(client.events().await.len(), 2);
}

#[tokio::test]
async fn of_two_events_with_one_id_the_first_wins_even_within_a_batch() {
    let running = start().await;
    let client = &running.client;
    let mut sent = batch(&[event("first"), event("second")]);
    sent["events"][1]["id"] = sent["events"][0]["id"].clone();

    assert_eq!(client.batch(&sent).await.json(), receipt(1, 1));
    let events = client.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["name"], "first");
}

#[tokio::test]
async fn batches_replayed_at_the_same_time_are_stored_once() {
    let running = start().await;
    let client = &running.client;
    let batches: Vec<Value> =
        (0..20).map(|_| batch(&(0..10).map(|_| event("replayed")).collect::<Vec<_>>())).collect();
    let mut sending = tokio::task::JoinSet::new();
    for sent in batches.iter().cycle().take(100) {
        let (client, sent) = (client.clone(), sent.clone());
        sending.spawn(async move { client.batch(&sent).await.json()["accepted"].as_u64().unwrap() });
    }

    let accepted: u64 = sending.join_all().await.into_iter().sum();

    assert_eq!(accepted, 200);
    assert_eq!(client.events().await.len(), 200);
    let counts = client.api(Method::GET, "/v1/sites/demo/events/counts", None).await.json();
    assert_eq!(counts["counts"][0]["total"], 200);
}

#[tokio::test]
async fn a_bad_event_is_refused_alone() {
    let running = start().await;
    let client = &running.client;
    let mut sent = batch(&[event("good"), event("bad"), event("42")]);
    sent["events"][1]["id"] = json!("not-a-uuid");

    let answer = client.batch(&sent).await.json();

    assert_eq!(answer["accepted"], 1);
    assert_eq!(answer["refused"][0], json!({"id": "not-a-uuid", "reason": "bad_id"}));
    assert_eq!(answer["refused"][1], json!({"id": sent["events"][2]["id"], "reason": "no_name"}));
}

#[tokio::test]
async fn sixty_long_properties_are_cut_by_the_rules() {
    let running = start().await;
    let client = &running.client;
    let mut sent = batch(&[event("cut")]);
    let properties: serde_json::Map<String, Value> =
        (0..60).map(|i| (format!("{}{i:02}", "p".repeat(78)), Value::from("x".repeat(3_000)))).collect();
    sent["events"][0]["properties"] = Value::Object(properties);
    sent["events"][0]["name"] = json!("n".repeat(80));

    assert_eq!(client.batch(&sent).await.json()["accepted"], 1);

    // All names are one when cut to fifty characters.
    let stored = &client.events().await[0];
    assert_eq!(stored["name"], "n".repeat(50));
    assert_eq!(stored["properties"]["p".repeat(50)], "x".repeat(256));
    let adjusted = stored["adjusted"].as_array().unwrap();
    assert!(adjusted.contains(&json!("too_many:10")) && adjusted.contains(&json!("event_name")));
}

#[tokio::test]
async fn an_identity_without_events_is_shown_with_the_visitors_earlier_events() {
    let running = start().await;
    let client = &running.client;
    client.batch(&batch(&[event("before")])).await;
    let mut identified = batch(&[]);
    identified["identity"] = json!({"email": "a@example.com"});

    assert_eq!(client.batch(&identified).await.json(), receipt(0, 0));
    assert_eq!(client.events().await[0]["identity"], json!({"email": "a@example.com"}));
}

#[tokio::test]
async fn an_anonymous_batch_is_stored_without_visitor_and_session() {
    let running = start().await;
    let client = &running.client;
    let mut sent = batch(&[event("anonymous")]);
    sent["visitor"] = Value::Null;
    sent["session"] = Value::Null;

    assert_eq!(client.batch(&sent).await.json(), receipt(1, 0));
    assert_eq!(client.events().await[0]["visitor"], Value::Null);
}

#[tokio::test]
async fn events_are_found_by_name_and_by_visitor() {
    let running = start().await;
    let client = &running.client;
    let mut other = batch(&[event("wanted"), event("other")]);
    other["visitor"] = json!("f".repeat(32));
    client.batch(&batch(&[event("wanted")])).await;
    client.batch(&other).await;

    for (query, expected) in [
        ("name=wanted", 2),
        (&format!("visitor={}", "f".repeat(32)), 2),
        (&format!("name=wanted&visitor={}", "f".repeat(32)), 1),
        ("name=nothing", 0),
        ("visitor=nobody", 0),
        ("name=%27%3B%20drop%20table%20event", 0),
    ] {
        let page = client.api(Method::GET, &format!("/v1/sites/demo/events?{query}"), None).await.json();
        assert_eq!(page["events"].as_array().unwrap().len(), expected, "{query}");
    }
}

#[tokio::test]
async fn undefined_values_are_marked_alike_whether_a_page_or_a_server_sent_them() {
    let running = start().await;
    let client = &running.client;
    let token = client.token("demo", &["send"]).await;
    let path = "/v1/sites/demo/definitions";
    let options = |values: &[&str]| {
        let options: Vec<_> = values.iter().map(|value| json!({ "value": value })).collect();
        json!([{ "name": "plan", "type": "enumeration", "options": options }])
    };
    let bought = json!({ "name": "bought", "label": "Bought", "properties": options(&["free"]) });
    assert_eq!(client.api(Method::POST, path, Some(&bought)).await.status, StatusCode::CREATED);
    let both = async || {
        // That of a page has the plan `pro`.
        client.batch(&batch(&[event("bought")])).await;
        let sent =
            json!({ "eventName": "bought", "email": "ann@example.com", "properties": { "plan": "pro" } });
        let answer = client.call(&token, Method::POST, "/events/v3/send", Some(&sent)).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{answer:?}");
        let latest = client.events().await;
        [&latest[0], &latest[1]].map(|event| (event["properties"]["plan"].clone(), event["adjusted"].clone()))
    };

    let marked = (json!("pro"), json!(["unusable:plan"]));
    assert_eq!(both().await, [marked.clone(), marked]);

    let change = json!({ "properties": options(&["free", "pro"]) });
    client.api(Method::PATCH, &format!("{path}/bought"), Some(&change)).await;
    let unmarked = (json!("pro"), json!([]));
    assert_eq!(both().await, [unmarked.clone(), unmarked], "it is defined now");
}

#[tokio::test]
async fn who_watches_sees_each_event_once_and_without_asking() {
    let running = start().await;
    let (client, collector) = (&running.client, &running.collector);
    let watching = Watching::start(collector.address()).await;
    let sent = batch(&[event("seen")]);
    client.batch(&sent).await;
    client.batch(&sent).await;
    client.batch(&batch(&[event("last")])).await;

    let text = watching.until("\"last\"").await;

    assert_eq!(text.matches("\"seen\"").count(), 1, "{text}");
    assert!(text.contains("event: event"));
}

/// A reader of the live stream.
struct Watching(tokio::net::TcpStream);

impl Watching {
    async fn start(address: &str) -> Self {
        use tokio::io::AsyncWriteExt;
        let mut stream = tokio::net::TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
        let token = crate::support::TOKEN;
        let request =
            format!("GET /v1/sites/demo/live HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut watching = Self(stream);
        watching.read_until("text/event-stream").await;
        watching
    }

    async fn until(mut self, wanted: &str) -> String {
        self.read_until(wanted).await
    }

    async fn read_until(&mut self, wanted: &str) -> String {
        use tokio::io::AsyncReadExt;
        let mut text = String::new();
        let mut buffer = [0; 4096];
        while !text.contains(wanted) {
            let n = self.0.read(&mut buffer).await.unwrap();
            assert!(n > 0, "the stream ended: {text}");
            text.push_str(&String::from_utf8_lossy(&buffer[..n]));
        }
        text
    }
}
