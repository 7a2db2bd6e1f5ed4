//! What bounds the collector from outside: the same bodies against a server that does nothing with them, and the same
//! batches into the store with no server around it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use pugmark_collector::choices::Definitions;
use pugmark_collector::ingest;
use pugmark_collector::state::now;
use pugmark_collector::store::{Catalog, EventLog, NewBatch, Site, SqliteStore, Store, StoreError};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::traffic::{EVENTS, Traffic};

/// Serves until it is killed: every body comes back as it is.
///
/// # Errors
///
/// When it cannot listen.
pub(crate) async fn echo() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let router = Router::new().route("/v1/batch", post(async |body: Bytes| body));
    Ok(axum::serve(listener, router).await?)
}

/// Events a second that the store makes durable when `tasks` hand it batches for so long. Batches are made before.
///
/// # Errors
///
/// When the store fails.
pub(crate) async fn insert(folder: &Path, tasks: usize, lasts: Duration) -> anyhow::Result<f64> {
    let store = Arc::new(SqliteStore::open(folder)?);
    let demo =
        Site { key: "demo".to_owned(), label: "Demo".to_owned(), origins: Vec::new(), created_at: now() };
    store.create_site(demo).await?;
    let traffic = Arc::new(Traffic::default());
    let mut events = 0;
    let mut took = Duration::ZERO;
    // In slices, so that the batches made before do not fill the memory.
    while took < lasts {
        let slice = made(&traffic, SLICE)?;
        let started = Instant::now();
        events += append_all(&store, slice, tasks).await?;
        took += started.elapsed();
    }
    store.close().await?;
    Ok(events as f64 / took.as_secs_f64())
}

/// Batches made at once.
const SLICE: usize = 1_000;

fn made(traffic: &Traffic, n: usize) -> anyhow::Result<Vec<Arc<NewBatch>>> {
    let headers = HeaderMap::new();
    let batch = || {
        let batch = ingest::body::read(traffic.message().body().to_vec())?;
        let (batch, _) = ingest::accept::accept(batch, &headers, &Definitions::new(), now())?;
        Ok(Arc::new(batch))
    };
    (0..n).map(|_| batch()).collect()
}

async fn append_all(
    store: &Arc<SqliteStore>,
    batches: Vec<Arc<NewBatch>>,
    tasks: usize,
) -> anyhow::Result<u64> {
    let mut appending = JoinSet::new();
    for share in batches.chunks(batches.len().div_ceil(tasks)) {
        let (store, share) = (Arc::clone(store), share.to_vec());
        appending.spawn(async move {
            for batch in &share {
                store.append(Arc::clone(batch)).await?;
            }
            Ok::<_, StoreError>(share.len() as u64 * EVENTS)
        });
    }
    let mut events = 0;
    while let Some(done) = appending.join_next().await {
        events += done.context("a task died")??;
    }
    Ok(events)
}
