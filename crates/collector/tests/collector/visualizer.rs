//! Events without code: let onto a site's page, kept as drafts, published, watched, and known again.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use pugmark_collector::settings::Given;
use serde_json::{Value, json};

use crate::support::{Answer, Client, Running, TOKEN, batch, event, start, start_with};

const SHOP: &str = "https://shop.example";

/// Somebody who is signed in to the studio.
struct Person<'a> {
    client: &'a Client,
    cookie: String,
}

impl<'a> Person<'a> {
    async fn signed_in(client: &'a Client) -> Self {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let answer = client.send(Method::POST, "/studio/sign-in", &form, format!("token={TOKEN}")).await;
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        assert!(cookie.starts_with("pugmark_studio="), "{answer:?}");
        Self { client, cookie }
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.client.send(Method::GET, path, &[("cookie", &self.cookie)], Body::empty()).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
        String::from_utf8(answer.body.to_vec()).unwrap()
    }

    async fn post(&self, path: &str, form: &str) -> Answer {
        let headers = [("cookie", &*self.cookie), ("content-type", "application/x-www-form-urlencoded")];
        self.client.send(Method::POST, path, &headers, form.to_owned()).await
    }

    /// The code in the address that the studio would open.
    async fn invited(&self, site: &str, event: &str) -> String {
        let headers = [
            ("cookie", &*self.cookie),
            ("accept", "application/json"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let form = format!("url={SHOP}/boots%3Fa%3Db&event={event}&confirmed={SHOP}");
        let path = format!("/studio/sites/{site}/visualizer");
        let answer = self.client.send(Method::POST, &path, &headers, form).await;
        let address = answer.json()["address"].as_str().unwrap().to_owned();
        address.strip_prefix("https://shop.example/boots?a=b#pugmark=").unwrap().to_owned()
    }
}

/// The overlay on the site's page.
struct Overlay<'a> {
    client: &'a Client,
    token: String,
}

async fn exchange(client: &Client, code: &str, origin: &str) -> Answer {
    let body = json!({ "code": code }).to_string();
    client.send(Method::POST, "/v1/visualizer/session", &[("origin", origin)], body).await
}

impl<'a> Overlay<'a> {
    async fn opened(person: &Person<'a>, site: &str) -> Self {
        let code = person.invited(site, "").await;
        let answer = exchange(person.client, &code, SHOP).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        Self { client: person.client, token: answer.json()["token"].as_str().unwrap().to_owned() }
    }

    async fn ask_from(&self, origin: &str, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        let token = format!("Bearer {}", self.token);
        self.client.send(method, path, &[("origin", origin), ("authorization", &token)], body).await
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.ask_from(SHOP, method, path, body).await
    }

    async fn keep(&self, definition: &Value) -> Answer {
        let path = format!("/v1/visualizer/drafts/{}", definition["name"].as_str().unwrap());
        self.ask(Method::PUT, &path, definition).await
    }
}

/// A click on a button that says this.
fn clicked(name: &str, text: &str) -> Value {
    json!({ "name": name, "label": format!("Clicked {text}"), "trigger": {
        "type": "CLICKED_ELEMENT", "pages": [{ "match": "prefix", "value": "/boots" }], "selector": "#buy",
        "fingerprint": { "family": "control", "threshold": 600, "alike": 1, "signals": [
            { "kind": "text", "value": text, "weight": 350 }, { "kind": "id", "value": "buy", "weight": 300 },
            { "kind": "class", "value": "button", "weight": 200 }, { "kind": "landmark", "value": "main", "weight": 150 } ] } } })
}

/// Somebody who has made the event `bought`, a click on what says *Buy*, on the page and published it in the studio.
async fn with_bought(client: &Client) -> (Person<'_>, Overlay<'_>) {
    let person = Person::signed_in(client).await;
    let overlay = Overlay::opened(&person, "demo").await;
    overlay.keep(&clicked("bought", "Buy")).await;
    publish(&person, "bought").await;
    (person, overlay)
}

/// Publishes what waits under this name, as it is shown on the page.
async fn publish(person: &Person<'_>, name: &str) -> Answer {
    let page = person.page("/studio/sites/demo/definitions").await;
    let form = page.split(&format!("drafts/{name}/publish")).nth(1).unwrap();
    let at = form.split("name=\"at\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    person.post(&format!("/studio/sites/demo/drafts/{name}/publish"), &format!("at={at}")).await
}

async fn near(client: &Client, body: &Value) -> Answer {
    let text = [("content-type", "text/plain;charset=UTF-8"), ("origin", SHOP)];
    client.send(Method::POST, "/v1/sites/demo/near", &text, body.to_string()).await
}

async fn rules(running: &Running) -> String {
    running.client.get("/v1/sites/demo/config.json").await.json()["rules"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_made_on_the_page_waits_in_the_studio_until_it_is_published() {
    let running = start().await;
    let person = Person::signed_in(&running.client).await;
    let overlay = Overlay::opened(&person, "demo").await;

    let kept = overlay.keep(&clicked("bought", "Buy")).await;
    assert_eq!(kept.status, StatusCode::OK, "{kept:?}");
    assert_eq!(kept.json()["definition"]["trigger"], clicked("bought", "Buy")["trigger"]);
    assert!(kept.json()["at"].as_u64() > Some(1_700_000_000_000), "{kept:?}");
    assert!(!rules(&running).await.contains("bought"), "a draft is on no page");
    let page = person.page("/studio/sites/demo/definitions").await;
    assert!(
        page.contains("Waiting to be published") && page.contains("the element “Buy” in the main part"),
        "{page}"
    );

    assert!(page.contains("href=\"/studio/sites/demo/create/visualizer?event=bought\""), "{page}");
    let opener = person.page("/studio/sites/demo/create/visualizer?event=bought").await;
    assert!(opener.contains("name=\"event\" value=\"bought\""), "{opener}");

    let answer = publish(&person, "bought").await;

    assert_eq!(answer.header("location"), "/studio/sites/demo/events/bought?done=published", "{answer:?}");
    assert!(rules(&running).await.contains("cbought\t@^/boots\r600%\tfcontrol\t"));
    let listed = overlay.ask(Method::GET, "/v1/visualizer/definitions", &Value::Null).await.json();
    assert_eq!(listed["drafts"], json!([]));
    let page = person.page("/studio/sites/demo/events/bought?done=published").await;
    assert!(page.contains("Published from the visualizer") && page.contains("Made."), "{page}");
    assert!(page.contains("Never fired") && page.contains("less than a day ago"), "{page}");
}

#[tokio::test]
async fn what_is_published_is_in_the_configuration_at_once() {
    let running = start().await;
    let person = Person::signed_in(&running.client).await;
    let overlay = Overlay::opened(&person, "demo").await;
    let config = async |query: &str| {
        let path = format!("/v1/sites/demo/config.json{query}");
        running.client.get(&path).await.json()
    };
    // Each time after it was asked for, so that it is kept written.
    for text in ["Buy", "Buy now", "Pay"] {
        assert_eq!(overlay.keep(&clicked("bought", text)).await.status, StatusCode::OK);
        let told = format!("T{text}\t");
        assert!(!config("").await["rules"].as_str().unwrap().contains(&told), "{text}");
        assert!(!config("?schema").await["rules"].as_str().unwrap().contains(&told), "{text}");

        assert_eq!(publish(&person, "bought").await.status, StatusCode::SEE_OTHER);

        let rules = config("").await["rules"].as_str().unwrap().to_owned();
        assert_eq!(rules.matches(&told).count(), 1, "{rules:?}");
        assert_eq!(config("?schema").await["rules"], rules);
        assert_eq!(config("?schema").await["schema"]["bought"], json!({}));
    }
}

#[tokio::test]
async fn a_name_that_is_taken_for_another_s_is_not_made_in_the_visualizer() {
    let running = start().await;
    let person = Person::signed_in(&running.client).await;
    let overlay = Overlay::opened(&person, "demo").await;

    let answer = overlay.keep(&clicked("pedemo_bought", "Buy")).await;

    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    assert!(answer.json().to_string().contains("site's prefix"), "{answer:?}");
}

#[tokio::test]
async fn a_change_is_a_draft_over_the_event_and_is_published_or_discarded() {
    let running = start().await;
    let (person, overlay) = with_bought(&running.client).await;

    overlay.keep(&clicked("bought", "Pay")).await;
    let page = person.page("/studio/sites/demo/definitions").await;
    assert!(
        page.contains(">Change<") && page.contains("it was when somebody clicks the element “Buy”"),
        "{page}"
    );
    person.post("/studio/sites/demo/drafts/bought/discard", "").await;
    assert!(rules(&running).await.contains("TBuy"));

    overlay.keep(&clicked("bought", "Order")).await;
    let old = person.page("/studio/sites/demo/definitions").await;
    let at = old.split("name=\"at\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    overlay.keep(&clicked("bought", "Order now")).await;
    let stale = person.post("/studio/sites/demo/drafts/bought/publish", &format!("at={at}")).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY, "what was read is not what is kept");
    publish(&person, "bought").await;
    assert!(rules(&running).await.contains("TOrder now"));
}

#[tokio::test]
async fn a_code_is_good_once_for_its_origin_and_says_what_it_is_for() {
    let running = start().await;
    let client = &running.client;
    let person = Person::signed_in(client).await;

    let code = person.invited("demo", "opened_planner").await;
    let answer = exchange(client, &code, SHOP).await;
    let session = answer.json();
    assert_eq!((session["site"].as_str(), session["event"].as_str()), (Some("demo"), Some("opened_planner")));
    assert_eq!(session["studio"], format!("{}/studio/sites/demo/definitions", client.address()));
    assert!(session["expires"].as_u64() > Some(1_700_000_000_000));
    assert_eq!(answer.header("access-control-allow-origin"), "*");

    for (name, code, origin) in [
        ("used", code, SHOP),
        ("of another origin", person.invited("demo", "").await, "https://elsewhere.example"),
        ("unknown", "0123456789abcdef0123456789abcdef".to_owned(), SHOP),
        ("empty", String::new(), SHOP),
    ] {
        let answer = exchange(client, &code, origin).await;
        assert_eq!((answer.status, &*answer.error()), (StatusCode::UNAUTHORIZED, "not_invited"), "{name}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{name}");
    }
    let without_origin = json!({ "code": person.invited("demo", "").await }).to_string();
    let answer = client.send(Method::POST, "/v1/visualizer/session", &[], without_origin).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_guesses_codes_is_stopped() {
    let running = start().await;
    let person = Person::signed_in(&running.client).await;
    let code = person.invited("demo", "").await;
    for _ in 0..10 {
        exchange(&running.client, "0123456789abcdef0123456789abcdef", SHOP).await;
    }

    let answer = exchange(&running.client, &code, SHOP).await;

    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{answer:?}");
    Person::signed_in(&running.client).await;
    let sites = running.client.api(Method::GET, "/v1/sites", None).await;
    assert_eq!(sites.status, StatusCode::OK, "any website can show wrong codes: {sites:?}");
}

#[tokio::test]
async fn the_token_opens_the_drafts_of_its_site_from_its_origin_and_nothing_else() {
    let running = start().await;
    let client = &running.client;
    client.api(Method::POST, "/v1/sites", Some(&json!({ "key": "other" }))).await;
    client.api(Method::POST, "/v1/sites/other/definitions", Some(&clicked("secret_one", "x"))).await;
    let person = Person::signed_in(client).await;
    let overlay = Overlay::opened(&person, "demo").await;
    let others = Overlay::opened(&person, "other").await;
    others.keep(&clicked("secret_two", "x")).await;

    let listed = overlay.ask(Method::GET, "/v1/visualizer/definitions", &Value::Null).await;
    assert_eq!(listed.status, StatusCode::OK);
    assert!(!String::from_utf8_lossy(&listed.body).contains("secret"), "{listed:?}");
    let names: Vec<_> =
        listed.json()["definitions"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["opened_planner", "viewed_cart"], "those that code sends are not among them");
    let taken = listed.json()["names"].clone();
    assert_eq!(taken, json!(["added_to_cart", "opened_planner", "other", "page_view", "viewed_cart"]));
    let gone = overlay.ask(Method::DELETE, "/v1/visualizer/drafts/secret_two", &Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "there is none of its own");
    let theirs = others.ask(Method::GET, "/v1/visualizer/definitions", &Value::Null).await.json();
    assert_eq!(theirs["drafts"][0]["definition"]["name"], "secret_two", "and another site's stays");
    let gone = others.ask(Method::DELETE, "/v1/visualizer/drafts/secret_two", &Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let theirs = others.ask(Method::GET, "/v1/visualizer/definitions", &Value::Null).await.json();
    assert_eq!(theirs["drafts"], json!([]));

    for (method, path) in [
        (Method::GET, "/v1/sites"),
        (Method::GET, "/v1/sites/demo/definitions"),
        (Method::POST, "/v1/sites/demo/definitions"),
        (Method::GET, "/v1/sites/demo/events"),
        (Method::GET, "/v1/sites/demo/records"),
        (Method::GET, "/events/v3/event-definitions"),
    ] {
        let answer = overlay.ask(method, path, &clicked("new_one", "x")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in ["/v1/visualizer/definitions", "/v1/visualizer/pages"] {
        let elsewhere = overlay.ask_from("https://elsewhere.example", Method::GET, path, Body::empty()).await;
        assert_eq!(
            (elsewhere.status, &*elsewhere.error()),
            (StatusCode::UNAUTHORIZED, "pass_over"),
            "{path}"
        );
        let nobody = client.send(Method::GET, path, &[("origin", SHOP)], Body::empty()).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{path}");
        let admin = format!("Bearer {TOKEN}");
        let headers = [("origin", SHOP), ("authorization", &*admin)];
        let admin = client.send(Method::GET, path, &headers, Body::empty()).await;
        assert_eq!(admin.status, StatusCode::UNAUTHORIZED, "{path}: the admin token is none of these");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_draft_is_said_in_full() {
    let running = start().await;
    let client = &running.client;
    let person = Person::signed_in(client).await;
    let overlay = Overlay::opened(&person, "demo").await;
    client.batch(&batch(&[event("signed_up")])).await;
    client.api(Method::POST, "/v1/sites/demo/definitions", Some(&clicked("burnt", "x"))).await;
    client.api(Method::DELETE, "/v1/sites/demo/definitions/burnt", None).await;

    let mut wrong = clicked("wrong", "x");
    wrong["label"] = json!("x".repeat(101));
    wrong["trigger"]["fingerprint"]["threshold"] = json!(0);
    let answer = overlay.keep(&wrong).await;
    assert_eq!((answer.status, &*answer.error()), (StatusCode::BAD_REQUEST, "invalid"));
    assert_eq!(answer.json()["error"]["breaches"].as_array().unwrap().len(), 2, "{answer:?}");
    let mut of_company = clicked("opened_planner", "x");
    of_company["object"] = json!("COMPANY");
    for (name, path, body, status, code) in [
        ("no trigger", "nothing", json!({ "name": "nothing" }), 400, "invalid"),
        ("two names", "this", clicked("that", "x"), 400, "invalid"),
        ("no definition", "this", json!({ "x": 1 }), 400, "invalid"),
        ("a name that is built in", "page_view", clicked("page_view", "x"), 400, "invalid"),
        ("another object", "opened_planner", of_company, 400, "invalid"),
        ("a name of code", "added_to_cart", clicked("added_to_cart", "x"), 409, "sent_by_code"),
        ("a name that arrived", "signed_up", clicked("signed_up", "x"), 409, "sent_by_code"),
        ("a name that is used up", "burnt", clicked("burnt", "x"), 409, "name_used_up"),
        ("too large", "big", json!({ "name": "big", "description": "x".repeat(300_000) }), 413, "too_large"),
    ] {
        let answer = overlay.ask(Method::PUT, &format!("/v1/visualizer/drafts/{path}"), &body).await;
        assert_eq!((answer.status.as_u16(), &*answer.error()), (status, code), "{name}");
    }
    let listed = overlay.ask(Method::GET, "/v1/visualizer/definitions", &Value::Null).await.json();
    assert_eq!(listed["drafts"], json!([]));
    assert!(listed["names"].as_array().unwrap().contains(&json!("burnt")));
}

#[tokio::test]
async fn browsers_may_ask_from_any_origin_with_a_token() {
    let running = start().await;
    let asked = [
        ("origin", SHOP),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "authorization,content-type"),
    ];
    for path in ["/v1/visualizer/session", "/v1/visualizer/drafts/bought", "/v1/visualizer/pages"] {
        let answer = running.client.send(Method::OPTIONS, path, &asked, Body::empty()).await;

        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(answer.header("access-control-allow-headers"), "authorization,content-type", "{path}");
        let methods = answer.header("access-control-allow-methods");
        assert!(methods.contains("PUT") && methods.contains("DELETE"), "{path}: {methods}");
    }
    let wrong = running.client.send(Method::GET, "/v1/visualizer/session", &[], Body::empty()).await;
    assert_eq!((wrong.status, &*wrong.error()), (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"));
}

#[tokio::test]
async fn the_visualizers_doors_have_the_rate_limit_of_pages() {
    let running = start_with(Given { rate_per_address: Some(2), ..Given::default() }).await;
    let person = Person::signed_in(&running.client).await;
    let overlay = Overlay::opened(&person, "demo").await;

    let first = overlay.ask(Method::GET, "/v1/visualizer/pages", &Value::Null).await;
    let second = overlay.ask(Method::GET, "/v1/visualizer/pages", &Value::Null).await;

    assert_eq!((first.status, second.status), (StatusCode::OK, StatusCode::TOO_MANY_REQUESTS));
    assert!(second.header("retry-after").parse::<u32>().is_ok());
}

#[tokio::test]
async fn the_pages_that_visitors_view_are_told_without_their_queries() {
    let running = start().await;
    let client = &running.client;
    client.batch(&batch(&[event("page_view"), event("page_view"), event("other_one")])).await;
    let mut later = batch(&[event("page_view")]);
    later["pages"][0]["url"] = json!("https://shop.example/cart#top");
    client.batch(&later).await;
    let evil: Vec<Value> = (0..5).map(|_| event("page_view")).collect();
    let mut evil = batch(&evil);
    evil["pages"][0]["url"] = json!("https://evil.example/");
    let person = Person::signed_in(client).await;
    let form = person.page("/studio/sites/demo/create/visualizer").await;
    assert!(form.contains("type=\"url\" value=\"\""), "of nobody's address: {form}");
    let overlay = Overlay::opened(&person, "demo").await;

    let pages = overlay.ask(Method::GET, "/v1/visualizer/pages", &Value::Null).await.json();

    assert_eq!(
        pages,
        json!({ "pages": [{ "url": "https://shop.example/cart", "views": 1 }, { "url": "https://shop.example/", "views": 2 }] })
    );
    let form = person.page("/studio/sites/demo/create/visualizer").await;
    assert!(form.contains("value=\"https://shop.example/\""), "the most viewed is proposed: {form}");
    client.batch(&evil).await;
    let form = person.page("/studio/sites/demo/create/visualizer").await;
    assert!(form.contains("value=\"https://shop.example/\""), "{form}");
    let told = overlay.ask(Method::GET, "/v1/visualizer/pages", &Value::Null).await.json();
    assert_eq!(told, pages, "what strangers send is told to nobody");
    client.api(Method::PATCH, "/v1/sites/demo", Some(&json!({ "origins": ["https://evil.example"] }))).await;
    let form = person.page("/studio/sites/demo/create/visualizer").await;
    assert!(form.contains("value=\"https://evil.example/\""), "what the settings list is the site's: {form}");
    let told = overlay.ask(Method::GET, "/v1/visualizer/pages", &Value::Null).await.json();
    assert_eq!(told, json!({ "pages": [{ "url": "https://evil.example/", "views": 5 }] }));
}

#[tokio::test]
async fn what_the_overlay_saw_is_shown_of_the_events_that_there_are() {
    let running = start().await;
    let (person, overlay) = with_bought(&running.client).await;
    let seen = |found: &str| {
        json!({ "url": "https://shop.example/boots?x#y", "findings": [
            { "name": "bought", "found": found, "score": 400 },
            { "name": "added_to_cart", "found": found, "score": 400 },
            { "name": "unknown", "found": found, "score": 99_999 } ] })
    };

    let answer = overlay.ask(Method::POST, "/v1/visualizer/findings", &seen("none")).await;

    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{answer:?}");
    let page = person.page("/studio/sites/demo/definitions").await;
    assert!(page.contains("not found on https://shop.example/boots when"), "{page}");
    let bad = overlay.ask(Method::POST, "/v1/visualizer/findings", &seen("nowhere")).await;
    assert_eq!((bad.status, &*bad.error()), (StatusCode::BAD_REQUEST, "invalid"));
    let large = json!({ "url": "x".repeat(200_000), "findings": [] });
    let large = overlay.ask(Method::POST, "/v1/visualizer/findings", &large).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn however_many_addresses_strangers_send_the_sites_own_pages_are_told() {
    let running = start().await;
    let client = &running.client;
    let person = Person::signed_in(client).await;
    let overlay = Overlay::opened(&person, "demo").await;
    client.batch(&batch(&[event("page_view")])).await;
    for first in (0..600).step_by(100) {
        let mut views: Vec<Value> = (0..100).map(|_| event("page_view")).collect();
        for (page, view) in views.iter_mut().enumerate() {
            view["page"] = json!(page);
        }
        let mut strangers = batch(&views);
        let pages = (first..first + 100).map(|n| json!({ "url": format!("https://evil.example/{n}") }));
        strangers["pages"] = pages.collect();
        assert_eq!(client.batch(&strangers).await.json()["accepted"], 100);
    }

    let pages = overlay.ask(Method::GET, "/v1/visualizer/pages", &Value::Null).await.json();

    assert_eq!(pages, json!({ "pages": [{ "url": "https://shop.example/", "views": 1 }] }));
}

/// Events with their element, so many days ago.
async fn hits(running: &Running, name: &str, days: std::ops::Range<i64>, element: &Value) {
    let events: Vec<Value> = days
        .map(|days| {
            let mut hit = event(name);
            hit["at"] = json!(-days * 86_400_000);
            hit["element"] = element.clone();
            hit
        })
        .collect();
    let mut batch = batch(&events);
    batch["pages"][0]["url"] = json!("https://shop.example/boots");
    let answer = running.client.batch(&batch).await;
    assert_eq!(answer.json()["accepted"], events.len(), "{answer:?}");
}

#[tokio::test]
async fn a_click_that_was_known_by_less_than_the_whole_says_so() {
    let running = start().await;
    let (person, _) = with_bought(&running.client).await;
    hits(&running, "bought", 0..1, &json!({ "text": "Pay", "match": 650 })).await;
    let stored = running.client.events().await;
    assert_eq!(stored[0]["properties"]["hs_element_match"], 650);

    hits(&running, "bought", 0..1, &json!({ "text": "Pay", "match": 650 })).await;
    hits(&running, "bought", 0..1, &json!({ "text": "Pay", "match": 650 })).await;

    let page = person.page("/studio/sites/demo/events/bought").await;
    assert!(page.contains(">Weak<") && page.contains("65% is still so; below 60%"), "{page}");
}

#[tokio::test]
async fn an_event_that_fires_far_more_often_than_it_did_says_so_wherever_it_is_shown() {
    let running = start().await;
    let (person, _) = with_bought(&running.client).await;
    running.age_definitions(40);
    hits(&running, "bought", 7..30, &json!({ "text": "Buy" })).await;
    // One or two are usual, by the hour at which this runs.
    let today = async |n| {
        for _ in 0..n {
            hits(&running, "bought", 0..1, &json!({ "text": "Buy" })).await;
        }
    };
    today(11).await;
    let page = person.page("/studio/sites/demo/definitions").await;
    assert!(!page.contains(">More than usual<"), "eleven may be chance: {page}");

    today(4).await;

    for path in ["/studio/sites/demo/definitions", "/studio/sites/demo/events/bought"] {
        let page = person.page(path).await;
        assert!(page.contains(">More than usual<") && page.contains("15 times since yesterday"), "{page}");
        assert!(page.contains("Look at its recent completions"), "{page}");
    }
}

#[tokio::test]
async fn near_misses_are_compared_again_and_no_page_is_told_of_nonsense() {
    let running = start().await;
    let client = &running.client;
    with_bought(client).await;
    let told = |observation: &str| {
        json!({ "url": "https://shop.example/boots", "misses": [
            { "name": "bought", "score": 599, "observation": observation },
            { "name": "added_to_cart", "score": 599, "observation": observation },
            { "name": "unknown", "score": 599, "observation": observation } ] })
    };
    for observation in ["fcontrol\tIbuy\tCbutton", "fcontrol\tCbutton", "nonsense", "", &"f\tx".repeat(5_000)]
    {
        let answer = near(client, &told(observation)).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{observation:.40}: {answer:?}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
    for (name, body, status) in [
        ("no near miss", json!({ "x": 1 }), 400),
        ("too large", json!({ "url": "x".repeat(70_000), "misses": [] }), 413),
    ] {
        assert_eq!(near(client, &body).await.status.as_u16(), status, "{name}");
    }
    let nowhere = client.send(Method::POST, "/v1/sites/nowhere/near", &[], told("").to_string()).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    client.api(Method::PATCH, "/v1/sites/demo", Some(&json!({ "origins": ["https://only.example"] }))).await;
    assert_eq!(near(client, &told("fcontrol\tIbuy\tCbutton")).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_redesign_is_noticed_and_the_new_element_taken_on_one_click() {
    let running = start().await;
    let client = &running.client;
    // Defined so long ago that its silence counts.
    let (person, _) = with_bought(client).await;
    running.age_definitions(40);
    hits(&running, "bought", 10..30, &json!({ "text": "Buy" })).await;
    let page = person.page("/studio/sites/demo/definitions").await;
    assert!(page.contains(">Silent<") && page.contains("choose its element again"), "{page}");

    let redesigned = json!({ "url": "https://shop.example/boots?size=42", "misses": [
        { "name": "bought", "score": 500, "observation": "fcontrol\ttbutton\tIbuy\tTOrder <now>\tCbutton\tldialog" }] });
    near(client, &redesigned).await;
    near(client, &redesigned).await;
    let page = person.page("/studio/sites/demo/events/bought").await;
    assert!(!page.contains("Is it this element now?"), "twice may be one visitor: {page}");
    near(client, &redesigned).await;

    let page = person.page("/studio/sites/demo/events/bought").await;
    assert!(page.contains("Is it this element now?"), "{page}");
    assert!(page.contains("part of your site’s public configuration: “Order &lt;now&gt;”. Look"), "{page}");
    assert!(page.contains("the button “Order &lt;now&gt;” in a dialog"), "{page}");
    assert!(page.contains("Look at the element that people click instead"), "{page}");
    let key = page.split("name=\"key\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let path = "/studio/sites/demo/definitions/bought/proposal";
    let other = person.post(path, "key=0123456789abcdef").await;
    assert_eq!(other.header("location"), "/studio/sites/demo/events/bought?done=outdated");
    let taken = person.post(path, &format!("key={key}")).await;
    assert_eq!(taken.header("location"), "/studio/sites/demo/events/bought?done=taken");

    let rules = rules(&running).await;
    let lines: Vec<_> = rules.lines().filter(|line| line.starts_with("cbought\t")).collect();
    assert_eq!(lines.len(), 2, "{rules}");
    assert!(lines[0].contains("TBuy") && lines[1].contains("350TOrder <now>"), "{lines:?}");
    let page = person.page("/studio/sites/demo/events/bought").await;
    assert!(
        page.contains("Proposal taken in the studio") && page.contains("A click on any of these"),
        "{page}"
    );
    assert!(!page.contains(">Silent<") && !page.contains("Is it this element now?"), "{page}");
}

#[tokio::test]
async fn what_stood_beside_the_element_is_never_taken_for_it_and_what_replaced_it_is() {
    let running = start().await;
    let client = &running.client;
    let (person, _) = with_bought(client).await;
    running.age_definitions(40);
    let told = |observation: &str| json!({ "url": "https://shop.example/boots", "misses": [{ "name": "bought", "observation": observation }] });
    // A sibling has all but the text and the id, and more than what replaces the element.
    let sibling = "fcontrol\tTBuy\tCbutton\tInext";
    near(client, &told(sibling)).await;
    running.age_near_misses(12);
    hits(&running, "bought", 10..30, &json!({ "text": "Buy" })).await;
    for _ in 0..2 {
        near(client, &told(sibling)).await;
    }
    let page = person.page("/studio/sites/demo/events/bought").await;
    assert!(page.contains(">Silent<") && !page.contains("Is it this element now?"), "{page}");

    for _ in 0..3 {
        near(client, &told("fcontrol\tTPay\tIbuy\tCbutton")).await;
    }

    let page = person.page("/studio/sites/demo/events/bought").await;
    assert!(page.contains("the element “Pay”"), "{page}");
}

#[tokio::test]
async fn what_was_told_long_ago_does_not_stay_on_the_disk() {
    let running = start().await;
    with_bought(&running.client).await;
    let miss = json!({ "name": "bought", "observation": "fcontrol\tIbuy\tCbutton" });
    near(&running.client, &json!({ "url": "https://shop.example/boots", "misses": [miss] })).await;
    let count = "SELECT count(*) FROM near_miss";
    running.comes_to_count(count, 1).await;
    running.age_near_misses(31);

    let running = running.restarted().await;

    running.comes_to_count(count, 0).await;
}

#[tokio::test]
async fn what_is_approved_on_publishing_is_shown() {
    let running = start().await;
    let person = Person::signed_in(&running.client).await;
    let overlay = Overlay::opened(&person, "demo").await;
    overlay.keep(&clicked("bought", "Buy")).await;
    let page = person.page("/studio/sites/demo/definitions").await;
    for words in
        ["All that it says", "Buy (350 points)", "public configuration: “Buy”, “buy”, “button”. Look"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    publish(&person, "bought").await;
    let mut changed = clicked("bought", "Buy");
    changed["trigger"]["fingerprint"]["signals"][1]["value"] = json!("pay");
    changed["include_default_properties"] = json!(false);
    changed["templates"] = json!({ "header": "{{plan}}", "detail": "" });
    overlay.keep(&changed).await;

    let page = person.page("/studio/sites/demo/definitions").await;

    for words in [
        "Its element is known by other signs than before.",
        "buy (300 points)",
        "pay (300 points)",
        "Recorded without the default properties.",
        "{{plan}}",
        "public configuration: “pay”. Look",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test]
async fn near_misses_hinder_no_batch() {
    let running =
        start_with(Given { rate_per_address: Some(2), rate_per_site: Some(2), ..Given::default() }).await;
    let nothing = json!({ "url": "https://shop.example/", "misses": [] });

    let answers = [
        near(&running.client, &nothing).await,
        near(&running.client, &nothing).await,
        near(&running.client, &nothing).await,
    ];

    assert_eq!(answers.map(|answer| answer.status.as_u16()), [204, 204, 429]);
    assert_eq!(running.client.batch(&batch(&[event("page_view")])).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_event_is_paused_resumed_and_archived_and_its_history_tells_who() {
    let running = start().await;
    let client = &running.client;
    let person = Person::signed_in(client).await;
    let path = "/studio/sites/demo/definitions/opened_planner/status";
    for (status, is_fired) in [("paused", false), ("active", true), ("archived", false), ("active", true)] {
        let answer = person.post(path, &format!("status={status}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        assert_eq!(rules(&running).await.contains("copened_planner"), is_fired, "{status}");
    }
    let token = client.token("demo", &["definitions"]).await;
    let change = json!({ "label": "Opened it" });
    client.call(&token, Method::PATCH, "/events/v3/event-definitions/opened_planner", Some(&change)).await;
    client
        .api(Method::PATCH, "/v1/sites/demo/definitions/opened_planner", Some(&json!({ "description": "x" })))
        .await;

    let page = person.page("/studio/sites/demo/events/opened_planner").await;

    for words in [
        "A program with the admin token",
        "A program with the token “a story”",
        "Called “Opened it”; it was “Opened the planner”.",
        "Somebody in the studio",
        "In use again.",
        "2 earlier changes",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(person.post(path, "status=deleted").await.status, StatusCode::NOT_FOUND);
    let unknown = person.post("/studio/sites/demo/definitions/unknown/status", "status=paused").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_is_led_here_by_another_site_is_known_once_the_studio_itself_asks() {
    let running = start().await;
    let person = Person::signed_in(&running.client).await;
    let path = "/studio/sites/demo/create/visualizer?url=https%3A%2F%2Fshop.example%2F";
    let get = async |path: &str, headers: &[(&str, &str)]| {
        running.client.send(Method::GET, path, headers, Body::empty()).await
    };

    // Browsers send no cookie of the studio along, also where they are led on; over plain http they do not say why.
    for headers in [&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")][..], &[]] {
        let led = get(path, headers).await;
        assert_eq!(led.status, StatusCode::SEE_OTHER, "{led:?}");
        let led = get(led.header("location"), headers).await;
        let page = String::from_utf8_lossy(&led.body).into_owned();
        let (_, rest) = page.split_once("http-equiv=\"refresh\" content=\"0; url=").expect(&page);
        let again = rest.split('"').next().unwrap_or_default().replace("&amp;", "&");

        let known = get(&again, &[("cookie", &*person.cookie)]).await;
        assert_eq!(known.header("location"), path, "{known:?}");
        assert_eq!(get(path, &[("cookie", &*person.cookie)]).await.status, StatusCode::OK);
        let unknown = get(&again, &[]).await;
        assert!(String::from_utf8_lossy(&unknown.body).contains("Admin token"), "{unknown:?}");
    }
    let headers = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
    let posted = running.client.send(Method::POST, "/studio/sites/demo/visualizer", &headers, "url=x").await;
    assert_eq!(posted.header("location"), "/studio/sign-in", "{posted:?}");
}

#[tokio::test]
async fn nobody_changes_anything_who_is_not_signed_in_here() {
    let running = start().await;
    let client = &running.client;
    let person = Person::signed_in(client).await;
    let overlay = Overlay::opened(&person, "demo").await;
    overlay.keep(&clicked("bought", "Buy")).await;
    for path in [
        "/studio/sites/demo/drafts/bought/publish",
        "/studio/sites/demo/drafts/bought/discard",
        "/studio/sites/demo/definitions/opened_planner/status",
        "/studio/sites/demo/definitions/opened_planner/proposal",
        "/studio/sites/demo/visualizer",
    ] {
        let foreign = [("cookie", &*person.cookie), ("origin", "https://elsewhere.example")];
        for headers in [&foreign[..], &[]] {
            let answer = client.send(Method::POST, path, headers, "status=archived").await;
            assert_eq!(answer.header("location"), "/studio/sign-in", "{path}");
        }
    }
    assert!(rules(&running).await.contains("copened_planner"));
    let listed = overlay.ask(Method::GET, "/v1/visualizer/definitions", &Value::Null).await.json();
    assert_eq!(listed["drafts"].as_array().unwrap().len(), 1);
}
