//! Bugs that were mended, each with its story.

use std::net::TcpListener;

use pugmark_collector::app::Collector;
use pugmark_collector::settings::{Given, Settings};
use serde_json::json;

use crate::support::{batch, event, start};

/// The first start made the admin token, stored its hash, and only then tried to listen. With the port taken it ended
/// without having shown the token, and no later start ever did.
#[tokio::test]
async fn a_first_start_that_fails_does_not_use_up_the_token() {
    let folder = tempfile::TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let settings = || {
        let data = Some(folder.path().join("data"));
        Settings::from_given(Given { listen: Some(listen), data, ..Given::default() }).unwrap()
    };

    assert!(Collector::start(settings()).await.is_err());
    drop(taken);
    let collector = Collector::start(settings()).await.unwrap();
    assert!(collector.new_token().is_some());
}

/// Only events were counted, and only after all was read: a few kilobytes of gzip became millions of pages in memory,
/// and half a million rows for the one writer.
#[tokio::test]
async fn a_batch_of_too_many_pages_is_refused() {
    let running = start().await;
    let mut huge = batch(&[event("bought")]);
    huge["pages"] = json!(vec![json!({}); 501]);

    let answer = running.client.batch(&huge).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (413, "too_many_events"));
    assert!(running.client.events().await.is_empty());
}
