//! The npm package where there is no browser.

use pugmark_e2e::in_node;

#[test]
fn importing_and_calling_the_package_in_plain_node_throws_nothing() {
    let printed = in_node(
        r#"import * as pugmark from "pugmark";
        pugmark.init({ site: "demo", endpoint: "http://127.0.0.1:1" });
        pugmark.trackCustomEvent("signed_up", { plan: "pro" });
        pugmark.on("delivered", () => {})();
        const flushed = await pugmark.flush();
        pugmark.status();
        console.log(JSON.stringify(flushed));"#,
    );

    assert_eq!(printed.trim(), r#"{"sent":0,"pending":0,"lost":0}"#);
}
