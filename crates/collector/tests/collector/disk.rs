//! What a disk may do to the program.

use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use serde_json::Value;
use tempfile::TempDir;

use crate::process::{command, run, run_with_logs, run_with_token};
use crate::support::{TOKEN, batch, event, receipt, start};

/// Makes `fsync` and `fdatasync` fail while a file named by `FAIL_SYNC` is there, and finds no room to write to the store
/// while one named by `FILL_DISK` is.
const FAILING_DISK: &str = r#"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>
static int is_told(const char *name) {
    const char *file = getenv(name);
    return file != NULL && access(file, F_OK) == 0;
}
static int fails(void) {
    if (!is_told("FAIL_SYNC")) return 0;
    errno = EIO;
    return 1;
}
static int is_full(int fd) {
    char link[64], path[4096];
    if (!is_told("FILL_DISK")) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    if (strstr(path, "pugmark.db") == NULL) return 0;
    errno = ENOSPC;
    return 1;
}
int fsync(int fd) { return fails() ? -1 : (int)syscall(SYS_fsync, fd); }
int fdatasync(int fd) { return fails() ? -1 : (int)syscall(SYS_fdatasync, fd); }
ssize_t write(int fd, const void *from, size_t n) {
    return is_full(fd) ? -1 : syscall(SYS_write, fd, from, n);
}
ssize_t pwrite(int fd, const void *from, size_t n, off_t at) {
    return is_full(fd) ? -1 : syscall(SYS_pwrite64, fd, from, n, at);
}
ssize_t pwrite64(int fd, const void *from, size_t n, off_t at) {
    return is_full(fd) ? -1 : syscall(SYS_pwrite64, fd, from, n, at);
}
"#;

/// Builds the library that makes the disk fail.
fn failing_disk(folder: &Path) -> PathBuf {
    let (source, library) = (folder.join("disk.c"), folder.join("disk.so"));
    std::fs::write(&source, FAILING_DISK).unwrap();
    let built =
        std::process::Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    assert!(built.expect("SQLite was built with a C compiler").success());
    library
}

#[tokio::test]
async fn a_disk_that_fails_to_sync_gets_no_receipt_and_is_used_again_when_it_works() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let failing = folder.path().join("failing");
    let mut command = command(&data);
    command
        .env("PUGMARK_ADMIN_TOKEN", TOKEN)
        .env("LD_PRELOAD", failing_disk(folder.path()))
        .env("FAIL_SYNC", &failing);
    let mut program = run(command).await;
    let (before, during) = (batch(&[event("before")]), batch(&[event("during")]));
    assert_eq!(program.client.batch(&before).await.json(), receipt(1, 0));

    std::fs::write(&failing, "").unwrap();
    let refused = program.client.batch(&during).await;
    assert_eq!((refused.status, refused.error().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "store_failed"));
    assert_eq!(program.client.batch(&during).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(program.client.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);

    std::fs::remove_file(&failing).unwrap();
    let answer = program.client.batch(&during).await;
    // Whether the commit that could not be synced is there is for the disk to say; it is there once.
    let answer = answer.json();
    assert_eq!(answer["accepted"].as_u64().unwrap() + answer["duplicates"].as_u64().unwrap(), 1, "{answer}");
    program.child.kill().await.unwrap();

    let program = run_with_token(&data).await;
    let stored = program.client.events().await;
    let names: Vec<_> = stored.iter().map(|event| event["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["during", "before"]);
}

#[tokio::test]
async fn a_full_disk_gets_no_receipt_keeps_nothing_and_is_used_again_when_there_is_room() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let full = folder.path().join("full");
    let mut command = command(&data);
    command
        .env("PUGMARK_ADMIN_TOKEN", TOKEN)
        .env("LD_PRELOAD", failing_disk(folder.path()))
        .env("FILL_DISK", &full);
    let mut program = run(command).await;
    let batches = |name: &str| -> Vec<Value> {
        (0..5).map(|_| batch(&(0..20).map(|_| event(name)).collect::<Vec<_>>())).collect()
    };
    let (before, during) = (batches("before"), batches("during"));
    for sent in &before {
        assert_eq!(program.client.batch(sent).await.json(), receipt(20, 0));
    }

    std::fs::write(&full, "").unwrap();
    for sent in &during {
        let refused = program.client.batch(sent).await;
        assert_eq!(
            (refused.status, refused.error().as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, "store_failed")
        );
    }
    assert_eq!(program.client.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(program.client.events().await.len(), 100, "what is there can be read");

    std::fs::remove_file(&full).unwrap();
    assert_eq!(program.client.batch(&batch(&[event("after")])).await.json(), receipt(1, 0));
    assert_eq!(program.client.events().await.len(), 101, "nothing is there of what was refused");
    for sent in &during {
        assert_eq!(program.client.batch(sent).await.json(), receipt(20, 0));
    }
    program.child.kill().await.unwrap();

    let program = run_with_token(&data).await;
    assert_eq!(program.client.events().await.len(), 201);
    for sent in before.iter().chain(&during) {
        assert_eq!(program.client.batch(sent).await.json(), receipt(0, 20));
    }
}

#[tokio::test]
async fn a_store_that_another_program_locks_is_busy_and_goes_on_when_it_is_free() {
    let running = start().await;
    let client = &running.client;
    let (before, during) = (batch(&[event("before")]), batch(&[event("during")]));
    assert_eq!(client.batch(&before).await.json(), receipt(1, 0));
    let other = running.database();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let refused = client.batch(&during).await;
    assert_eq!((refused.status, refused.error().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "busy"));
    assert_eq!(refused.header("retry-after"), "2");

    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(client.batch(&during).await.json(), receipt(1, 0), "it was not stored, and is now");
    assert_eq!(client.batch(&during).await.json(), receipt(0, 1));
    assert_eq!(client.batch(&before).await.json(), receipt(0, 1));
    assert_eq!(client.events().await.len(), 2);
}

#[tokio::test]
async fn a_damaged_database_ends_the_start_with_a_sentence_and_stays_as_it_is() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("pugmark.db");
    for damage in
        ["no database ".repeat(1_000).into_bytes(), b"SQLite format 3\0and then nothing".repeat(200)]
    {
        std::fs::write(&file, &damage).unwrap();

        let output = command(data.path()).output().await.unwrap();

        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("pugmark.db") && said.contains("restore a backup"), "{said}");
        assert_eq!(std::fs::read(&file).unwrap(), damage);
    }
}

#[tokio::test]
async fn logs_hold_nothing_that_a_page_or_a_person_sent() {
    let data = TempDir::new().unwrap();
    let mut command = command(data.path());
    let logs = data.path().join("logs");
    command.env("PUGMARK_ADMIN_TOKEN", "secret-token").stderr(std::fs::File::create(&logs).unwrap());
    let mut program = run_with_logs(command).await;
    let mut sent = batch(&[event("secret_name"), Value::from("secret-event")]);
    sent["events"][0]["properties"]["secret-key"] = Value::from("secret-value");
    sent["identity"] = serde_json::json!({"email": "secret@example.com"});
    program.client.batch(&sent).await;
    program.client.post("secret-body").await;
    program.client.get("/secret-path?secret-query").await;
    let wrong = [("authorization", "Bearer secret-guess")];
    program.client.send(axum::http::Method::GET, "/v1/sites", &wrong, "").await;
    program.child.kill().await.unwrap();

    let logs = std::fs::read_to_string(&logs).unwrap();

    assert!(!logs.contains("secret"), "{logs}");
    assert!(logs.contains("listening"), "{logs}");
}
