//! What must not be stored, and what the sender is told.

use std::io::Write;

use axum::http::{Method, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{batch, event, receipt, start};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn bodies_that_are_no_batch_are_refused_with_a_reason_and_nothing_is_stored() {
    let running = start().await;
    let client = &running.client;
    let deep = format!(r#"{{"v":1,"x":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let large = format!("\"{}\"", "x".repeat(1 << 20));
    let many = batch(&(0..501).map(|_| event("many")).collect::<Vec<_>>()).to_string();
    let cut = batch(&[event("cut")]).to_string();
    for (name, body, status, code) in [
        ("empty", Vec::new(), 400, "not_a_batch"),
        ("null", b"null".to_vec(), 400, "not_a_batch"),
        ("truncated", cut.as_bytes()[..cut.len() - 9].to_vec(), 400, "not_a_batch"),
        ("trailing garbage", format!("{cut}x").into_bytes(), 400, "not_a_batch"),
        ("not UTF-8", b"{\"v\":1,\"site\":\"\xff\xfe\"}".to_vec(), 400, "not_utf8"),
        ("deep", deep.into_bytes(), 400, "too_deep"),
        ("large", large.into_bytes(), 413, "too_large"),
        ("gzip bomb", gzip(&vec![b' '; 100 << 20]), 413, "too_large"),
        ("broken gzip", gzip(cut.as_bytes())[..40].to_vec(), 400, "bad_gzip"),
        ("too many events", many.into_bytes(), 413, "too_many_events"),
    ] {
        let answer = client.post(body).await;

        assert_eq!(answer.status.as_u16(), status, "{name}");
        assert_eq!(answer.error(), code, "{name}");
        assert_eq!(answer.json()["accepted"], 0, "{name}: of a receipt's form, so that it is final");
    }
    assert_eq!(client.events().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_packed_batch_is_read_like_a_plain_one() {
    let running = start().await;
    let client = &running.client;

    let answer = client.post(gzip(batch(&[event("packed")]).to_string().as_bytes())).await;

    assert_eq!(answer.json(), receipt(1, 0));
}

#[tokio::test]
async fn an_endless_body_is_cut_off_at_the_limit() {
    let running = start().await;
    let collector = &running.collector;
    let mut stream = TcpStream::connect(collector.address().trim_start_matches("http://")).await.unwrap();
    stream
        .write_all(b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        .await
        .unwrap();
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();

    let (mut reading, mut writing) = stream.split();
    // The collector stops reading, so writing fails sooner or later.
    let endless = async { while writing.write_all(&chunk).await.is_ok() {} };
    let answered = async {
        let mut head = [0; 12];
        reading.read_exact(&mut head).await.unwrap();
        head
    };
    let head = tokio::select! {
        head = answered => head,
        () = async { endless.await; std::future::pending().await } => unreachable!("pending never ends"),
    };

    assert_eq!(&head, b"HTTP/1.1 413");
}

#[tokio::test]
async fn a_body_that_stalls_is_given_up() {
    let running = start().await;
    let collector = &running.collector;
    let mut stream = TcpStream::connect(collector.address().trim_start_matches("http://")).await.unwrap();
    stream.write_all(b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{").await.unwrap();
    // From here on, time passes as soon as everybody waits.
    tokio::time::pause();

    let mut head = [0; 12];
    stream.read_exact(&mut head).await.unwrap();

    assert_eq!(&head, b"HTTP/1.1 408");
}

#[tokio::test]
async fn headers_that_stall_close_the_connection() {
    let running = start().await;
    let collector = &running.collector;
    let mut stream = TcpStream::connect(collector.address().trim_start_matches("http://")).await.unwrap();
    stream.write_all(b"POST /v1/batch HTTP/1.1\r\nhost").await.unwrap();
    tokio::time::pause();

    let mut rest = Vec::new();
    let read = stream.read_to_end(&mut rest).await;

    assert!(read.is_err() || rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"));
}

#[tokio::test]
async fn an_unknown_site_is_answered_in_the_receipts_form_and_counted() {
    let running = start().await;
    let client = &running.client;
    let mut sent = batch(&[event("lost")]);
    sent["site"] = json!("nowhere");

    let answer = client.batch(&sent).await;

    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let refused = json!([{"id": sent["events"][0]["id"], "reason": "unknown_site"}]);
    assert_eq!(answer.json(), json!({"accepted": 0, "duplicates": 0, "refused": refused}));
    let metrics = client.get("/metrics").await;
    assert!(
        String::from_utf8_lossy(&metrics.body).contains("pugmark_events_total{outcome=\"unknown_site\"}")
    );
}

#[tokio::test]
async fn texts_that_are_no_text_are_repaired_and_markup_stays_text() {
    let running = start().await;
    let client = &running.client;
    let mut sent = batch(&[event("odd")]);
    sent["events"][0]["properties"] = json!({
        "surrogate": "SURROGATE", "nul": "a\u{0}b", "emoji": "🐾", "lines": "a\u{2028}b\u{202e}c",
        "markup": "<img src=x onerror=alert(1)>",
    });
    let body = sent.to_string().replace("SURROGATE", "x\\ud800y");

    assert_eq!(client.post(body).await.json(), receipt(1, 0));

    let stored = &client.events().await[0]["properties"];
    assert_eq!(stored["surrogate"], "x\u{fffd}y");
    assert_eq!(stored["nul"], "ab");
    assert_eq!(stored["emoji"], "🐾");
    assert_eq!(stored["lines"], "a\u{2028}b\u{202e}c");
    assert_eq!(stored["markup"], "<img src=x onerror=alert(1)>");
}

#[tokio::test]
async fn an_event_from_a_foreign_origin_is_refused_where_a_site_names_its_own() {
    let running = start().await;
    let client = &running.client;
    let origins = json!({"origins": ["https://shop.example"]});
    client.api(Method::PATCH, "/v1/sites/demo", Some(&origins)).await;
    let sent = batch(&[event("guarded")]).to_string();
    let from = async |origin: &str| {
        client.send(Method::POST, "/v1/batch", &[("origin", origin)], sent.clone()).await
    };

    let foreign = from("https://evil.example").await;
    let own = from("https://shop.example").await;

    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    assert_eq!(foreign.json()["refused"][0]["reason"], "origin");
    assert_eq!(own.json(), receipt(1, 0));
}

#[tokio::test]
async fn numbers_are_kept_exactly() {
    let running = start().await;
    let client = &running.client;
    let mut sent = batch(&[event("numbers")]);
    sent["events"][0]["properties"] =
        json!({"big": 9_007_199_254_740_993_i64, "sum": 0.1 + 0.2, "small": -1, "tiny": 5e-324});

    client.batch(&sent).await;

    let stored = &client.events().await[0]["properties"];
    assert_eq!(stored["big"], 9_007_199_254_740_993_i64);
    assert_eq!(stored["sum"], 0.1 + 0.2);
    assert_eq!(stored["tiny"], 5e-324);
}

#[tokio::test]
async fn a_number_past_every_double_is_null_and_loses_no_event() {
    let running = start().await;
    let client = &running.client;
    let mut sent = batch(&[event("huge"), event("other"), event("third")]);
    sent["events"][0]["properties"] = json!({"price": "HUGE", "digits": "DIGITS", "plan": "pro"});
    sent["events"][2]["at"] = json!("HUGE");
    let body = sent.to_string().replace("\"HUGE\"", "-1e400").replace("\"DIGITS\"", &"9".repeat(400));

    let answer = client.post(body).await.json();

    let refused = json!([{"id": sent["events"][2]["id"], "reason": "bad_event"}]);
    assert_eq!(answer, json!({"accepted": 2, "duplicates": 0, "refused": refused}));
    let stored = &client.events().await[1]["properties"];
    assert_eq!((&stored["plan"], stored.get("price"), stored.get("digits")), (&json!("pro"), None, None));
}

#[tokio::test]
async fn of_properties_written_twice_the_last_counts_and_a_hundred_thousand_do_no_harm() {
    let running = start().await;
    let client = &running.client;
    let sent = batch(&[event("twice")]).to_string();
    let twice = sent.replace(r#"{"plan":"pro"}"#, r#"{"plan":"pro","plan":"free"}"#);
    assert_ne!(sent, twice);
    assert_eq!(client.post(twice).await.json(), receipt(1, 0));
    assert_eq!(client.events().await[0]["properties"]["plan"], "free");

    let many: String = (0..100_000).map(|n| format!(r#""k{n}":1,"#)).collect();
    let sent = batch(&[event("many")]).to_string();
    let many = sent.replace(r#"{"plan":"pro"}"#, &format!(r#"{{{many}"plan":"pro"}}"#));
    assert_eq!(client.post(gzip(many.as_bytes())).await.json(), receipt(1, 0));
    let stored = &client.events().await[0];
    assert_eq!(stored["adjusted"], json!(["too_many:99951"]));
}

#[tokio::test]
async fn a_wrong_clock_in_the_browser_changes_no_time() {
    let running = start().await;
    let client = &running.client;
    let now: u64 = 1_795_430_400_000;
    let day = 24 * 3_600_000;
    // Yesterday and tomorrow, 1970, 2100; the event was made a minute before it is sent.
    for sent in [now - day - day / 12, now + day + day / 12, 5, now + 75 * 365 * day] {
        let mut skewed = batch(&[event("skewed")]);
        skewed["sent"] = json!(sent);
        skewed["session"]["started"] = json!(sent.saturating_sub(120_000));
        skewed["events"][0]["at"] = json!(-60_000);
        assert_eq!(client.batch(&skewed).await.json(), receipt(1, 0));

        let stored = &client.events().await[0];
        assert_eq!(
            stored["received_at"].as_u64().unwrap() - stored["at"].as_u64().unwrap(),
            60_000,
            "{sent}"
        );
    }
    // Set back by two hours between the event and its sending: it cannot have happened after it arrived.
    let mut set_back = batch(&[event("set_back")]);
    set_back["events"][0]["at"] = json!(2 * 3_600_000);
    client.batch(&set_back).await;
    let stored = &client.events().await[0];
    assert_eq!(stored["received_at"], stored["at"]);
}

#[tokio::test]
async fn metrics_have_no_label_from_outside() {
    let running = start().await;
    let client = &running.client;
    let mut sent = batch(&[event("secret_name")]);
    sent["lost"] = json!({"secret_reason": [[7, 7]]});
    sent["events"][0]["properties"] = json!({"secret_key": "secret_value"});
    client.batch(&sent).await;
    sent["site"] = json!("secret_site");
    client.batch(&sent).await;
    client.get("/secret_path").await;

    let metrics = client.get("/metrics").await;

    let page = String::from_utf8_lossy(&metrics.body);
    assert!(!page.contains("secret"), "{page}");
    assert!(page.contains(r#"pugmark_events_lost_total{reason="other"}"#), "{page}");
}
