//! `./build.sh types` against a running collector.

use pugmark_e2e::collector::TOKEN;
use pugmark_e2e::{Collector, places};
use serde_json::json;
use tokio::process::Command;
use tokio::task::LocalSet;

/// What the command printed for this site, or the sentence with which it gave up.
async fn types(collector: &Collector, site: &str, token: &str) -> Result<String, String> {
    let output = Command::new(places::root().join("build.sh"))
        .args(["types", "--site", site, "--address", collector.address()])
        .env("PUGMARK_ADMIN_TOKEN", token)
        .output()
        .await
        .expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[test]
fn the_events_of_a_running_collector_are_declared() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    LocalSet::new().block_on(&runtime.expect("there is room for one"), async {
        let collector = Collector::start().await;
        let seats = json!({ "name": "seats", "type": "number" });
        collector.define(&json!({ "name": "signed_up", "properties": [seats] })).await;

        let declared = types(&collector, "demo", TOKEN).await.expect("the collector answers");
        assert!(declared.contains("    signed_up: {\n      seats: number;\n    };\n"), "{declared}");

        let refused = types(&collector, "demo", "another token").await.expect_err("it is the wrong token");
        assert!(refused.contains("refuses (401)"), "{refused}");
        let unknown = types(&collector, "nowhere", TOKEN).await.expect_err("there is no such site");
        assert!(unknown.contains("no site of this name"), "{unknown}");
    });
}
