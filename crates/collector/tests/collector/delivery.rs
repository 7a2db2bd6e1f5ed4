//! What became of the events that were made: stored, lost with a reason, or missing.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Client, batch, event, receipt, start};

/// An event with this number in its tab.
fn numbered(number: u64) -> Value {
    let mut event = event("numbered");
    event["seq"] = json!(number);
    event
}

/// A batch of one tab that also says what the tab has lost.
fn losing(tab: &str, numbers: &[u64], lost: &Value) -> Value {
    let mut batch = batch(&numbers.iter().map(|&n| numbered(n)).collect::<Vec<_>>());
    batch["tab"] = json!(tab);
    batch["lost"] = lost.clone();
    batch
}

async fn lost(client: &Client) -> Value {
    let answer = client.api(Method::GET, "/v1/sites/demo/lost", None).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

const TAB: &str = "0123456789ab";

#[tokio::test]
async fn what_was_made_is_stored_or_lost_with_a_reason_or_missing() {
    let running = start().await;
    let client = &running.client;

    let stated = json!({"outbox_full": [[3, 4]], "too_old": [[6, 6]]});
    client.batch(&losing(TAB, &[1, 2, 8], &stated)).await;

    let told = lost(client).await;
    assert_eq!(told["totals"], json!({"outbox_full": 2, "too_old": 1}));
    assert_eq!((&told["made"], &told["stored"], &told["missing"]), (&json!(8), &json!(3), &json!(2)));
    let tab = &told["tabs"][0];
    assert!(tab["last_received_at"].as_u64().unwrap() > 0);
    assert_eq!(tab["tab"], TAB);
    assert_eq!(tab["visitor"], "0123456789abcdef0123456789abcdef");
    assert_eq!(tab["lost"], json!({"outbox_full": 2, "too_old": 1}));
    assert_eq!((&tab["made"], &tab["stored"], &tab["missing"]), (&json!(8), &json!(3), &json!(2)));
}

#[tokio::test]
async fn a_statement_sent_again_changes_nothing_and_a_late_event_closes_its_gap() {
    let running = start().await;
    let client = &running.client;
    let first = losing(TAB, &[1, 5], &json!({"too_old": [[3, 4]]}));
    client.batch(&first).await;
    let told = lost(client).await;
    assert_eq!((&told["totals"], &told["missing"]), (&json!({"too_old": 2}), &json!(1)));

    client.batch(&first).await;
    client.batch(&losing(TAB, &[], &json!({"refused": [[1, 5]], "too_old": [[3, 3]]}))).await;
    let again = lost(client).await;
    assert_eq!(again["totals"], json!({"too_old": 2, "refused": 1}));
    assert_eq!((&again["made"], &again["missing"]), (&json!(5), &json!(0)));

    client.batch(&losing(TAB, &[2, 3], &json!({}))).await;
    let late = lost(client).await;
    assert_eq!(late["totals"], json!({"too_old": 1}), "what is stored was not lost, whatever was said");
    assert_eq!((&late["stored"], &late["missing"]), (&json!(4), &json!(0)));
}

#[tokio::test]
async fn a_batch_of_losses_alone_is_taken() {
    let running = start().await;
    let client = &running.client;

    let answer = client.batch(&losing(TAB, &[], &json!({"waiting_full": [[51, 60]]}))).await;

    assert_eq!(answer.json(), receipt(0, 0));
    let told = lost(client).await;
    assert_eq!((&told["totals"], &told["missing"]), (&json!({"waiting_full": 10}), &json!(50)));
}

#[tokio::test]
async fn an_event_the_collector_refuses_is_lost_with_that_reason() {
    let running = start().await;
    let client = &running.client;
    let mut sent = losing(TAB, &[1, 2, 3], &json!({}));
    sent["events"][1]["id"] = json!("me");
    sent["events"][2]["name"] = json!("!!!");

    client.batch(&sent).await;

    let told = lost(client).await;
    assert_eq!((&told["totals"], &told["missing"]), (&json!({"bad_id": 1, "no_name": 1}), &json!(0)));
}

#[tokio::test]
async fn of_two_different_events_with_one_id_the_second_is_lost_as_a_conflict() {
    let running = start().await;
    let client = &running.client;
    let first = losing(TAB, &[1, 2], &json!({}));
    let mut second = first.clone();
    second["tab"] = json!("ba9876543210");
    second["events"][1]["properties"]["plan"] = json!("free");

    assert_eq!(client.batch(&first).await.json(), receipt(2, 0));
    assert_eq!(client.batch(&first).await.json(), receipt(0, 2));
    assert_eq!(lost(client).await["totals"], json!({}));
    assert_eq!(client.batch(&second).await.json(), receipt(0, 2));

    assert_eq!(lost(client).await["totals"], json!({"conflict": 2}));
    let stored = client.events().await;
    assert_eq!((stored.len(), &stored[0]["properties"]["plan"]), (2, &json!("pro")));
    let metrics = client.get("/metrics").await;
    assert!(String::from_utf8_lossy(&metrics.body).contains("pugmark_events_total{outcome=\"conflict\"}"));
}

#[tokio::test]
async fn forged_statements_do_no_harm() {
    let running = start().await;
    let client = &running.client;
    let top = u64::MAX;
    client.batch(&losing(TAB, &[1, top], &json!({"too_old": [[0, 9], [9, 2], [top, top]]}))).await;
    let told = lost(client).await;
    assert_eq!(told["totals"], json!({}));
    assert_eq!((&told["made"], &told["stored"], &told["missing"]), (&json!(2), &json!(2), &json!(0)));

    client
        .batch(&losing("ba9876543210", &[], &json!({"too_old": [[1, 1_u64 << 63]], "<img>": [[1, 5]]})))
        .await;
    let told = lost(client).await;
    assert_eq!(told["totals"], json!({"other": 5, "too_old": 99_995}), "no more than a tab can have");

    let many: Vec<_> = (1..=501).map(|n| json!([2 * n, 2 * n])).collect();
    let answer = client.batch(&losing(TAB, &[], &json!({"too_old": many}))).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (413, "too_many_events"));
    for wrong in [json!({"too_old": 5}), json!({"too_old": [[1]]}), json!({"too_old": [[-1, 5]]}), json!([])]
    {
        assert_eq!(client.batch(&losing(TAB, &[], &wrong)).await.error(), "not_a_batch", "{wrong}");
    }
}

#[tokio::test]
async fn events_without_a_number_are_stored_and_leave_no_gap() {
    let running = start().await;
    let client = &running.client;

    client.batch(&losing(TAB, &[0, 0, 1, 1], &json!({}))).await;

    let told = lost(client).await;
    assert_eq!((&told["made"], &told["stored"], &told["missing"]), (&json!(4), &json!(4), &json!(0)));
    assert_eq!(told["tabs"], json!([]), "tabs that lack nothing are not told");
}

#[tokio::test]
async fn a_visitors_tabs_are_added_up() {
    let running = start().await;
    let client = &running.client;
    client.batch(&losing(TAB, &[1, 3], &json!({}))).await;
    client.batch(&losing("ba9876543210", &[1, 2], &json!({"too_old": [[3, 3]]}))).await;
    let mut other = losing("bbbbbbbbbbbb", &[9], &json!({}));
    other["visitor"] = json!("f".repeat(32));
    client.batch(&other).await;

    let path = "/v1/sites/demo/lost?visitor=0123456789abcdef0123456789abcdef";
    let told = client.api(Method::GET, path, None).await.json();

    assert_eq!(told["totals"], json!({"too_old": 1}));
    assert_eq!((&told["made"], &told["stored"], &told["missing"]), (&json!(6), &json!(4), &json!(1)));
    assert_eq!(told["tabs"].as_array().unwrap().len(), 2);
}
