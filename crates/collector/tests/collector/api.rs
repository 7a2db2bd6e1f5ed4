//! The events API in HubSpot's shapes: definitions, sending, reading, and who may.

use axum::http::{Method, StatusCode};
use pugmark_collector::settings::Given;
use serde_json::{Value, json};

use crate::support::{Client, batch, event, fresh_id, start, start_with};

const DEFINITIONS: &str = "/events/v3/event-definitions";
const SEND: &str = "/events/v3/send";
const EVENTS: &str = "/events/v3/events";

/// A token that opens everything.
async fn all(client: &Client) -> String {
    client.token("demo", &["definitions", "send", "read"]).await
}

/// Defines the event `bought`.
async fn define(client: &Client, token: &str) {
    let bought = json!({
        "label": "Bought", "name": "bought",
        "propertyDefinitions": [
            {"name": "plan", "label": "Plan", "type": "enumeration", "options": [{"label": "Pro", "value": "pro"}]},
            {"name": "price", "label": "Price", "type": "number"},
        ],
    });
    let made = client.call(token, Method::POST, DEFINITIONS, Some(&bought)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
}

/// Makes the visitor of [`batch`] a contact with this address.
async fn identify(client: &Client, identity: Value) {
    let mut said = batch(&[event("identified")]);
    said["identity"] = identity;
    assert_eq!(client.batch(&said).await.status, StatusCode::OK);
}

async fn read(client: &Client, token: &str, query: &str) -> Value {
    let answer = client.call(token, Method::GET, &format!("{EVENTS}?{query}"), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{query}: {answer:?}");
    answer.json()
}

#[tokio::test]
async fn a_definition_lives_as_hubspots_do() {
    let running = start().await;
    let client = &running.client;
    let token = all(client).await;
    let call = async |method, path: &str, body: Option<Value>| {
        client.call(&token, method, path, body.as_ref()).await
    };
    let property = json!({"label": "First name", "type": "string"});

    let made = call(Method::POST, DEFINITIONS, Some(json!({"label": "Signed up!"}))).await;
    let one = format!("{DEFINITIONS}/pedemo_signed_up");
    let again = call(Method::POST, DEFINITIONS, Some(json!({"label": "x", "name": "signed_up"}))).await;
    let changed = call(Method::PATCH, &one, Some(json!({"label": "Joined", "description": "d"}))).await;
    let added = call(Method::POST, &format!("{one}/property"), Some(property.clone())).await;
    let twice = call(Method::POST, &format!("{one}/property/"), Some(property)).await;
    let renamed =
        call(Method::PATCH, &format!("{one}/property/first_name"), Some(json!({"label": "Name"}))).await;
    let shown = call(Method::GET, &format!("{DEFINITIONS}/signed_up/?includeProperties=true"), None).await;
    let unadded = call(Method::DELETE, &format!("{one}/property/first_name"), None).await;
    let unknown = call(Method::DELETE, &format!("{one}/property/first_name"), None).await;
    let deleted = call(Method::DELETE, &one, None).await;
    let gone = call(Method::GET, &one, None).await;
    let burnt = call(Method::POST, DEFINITIONS, Some(json!({"label": "x", "name": "signed_up"}))).await;

    assert_eq!(made.status, StatusCode::CREATED);
    assert!(made.header("location").ends_with("/events/v3/event-definitions/signed_up"));
    assert_eq!(made.json()["fullyQualifiedName"], "pedemo_signed_up");
    assert_eq!(made.json()["properties"].as_array().unwrap().len(), 32, "the default ones");
    assert_eq!((again.status, again.category().as_str()), (StatusCode::CONFLICT, "OBJECT_ALREADY_EXISTS"));
    assert_eq!(
        (changed.status, &changed.json()["labels"]["singular"]),
        (StatusCode::CREATED, &json!("Joined"))
    );
    assert_eq!((added.status, &added.json()["name"]), (StatusCode::CREATED, &json!("first_name")));
    assert_eq!(twice.status, StatusCode::CONFLICT);
    assert_eq!(renamed.json()["label"], "Name");
    assert_eq!(shown.json()["properties"].as_array().unwrap().len(), 33);
    assert_eq!((unadded.status, unknown.status), (StatusCode::NO_CONTENT, StatusCode::NOT_FOUND));
    assert_eq!((deleted.status, gone.status), (StatusCode::NO_CONTENT, StatusCode::BAD_REQUEST));
    let sentence = "Event with fully qualified name pedemo_signed_up does not exist.";
    assert_eq!(gone.json()["message"], sentence);
    assert_eq!(burnt.status, StatusCode::CONFLICT, "the name can never be used again");
}

#[tokio::test]
async fn definitions_are_searched_sorted_and_paged() {
    let running = start().await;
    let client = &running.client;
    let token = all(client).await;
    let list = async |query: &str| {
        let answer = client.call(&token, Method::GET, &format!("{DEFINITIONS}?{query}"), None).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()
    };
    let names = |page: &Value| -> Vec<String> {
        page["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect()
    };

    let first = list("limit=2").await;
    let after = first["paging"]["next"]["after"].as_str().unwrap();
    let second = list(&format!("limit=2&after={after}")).await;

    assert_eq!(
        (names(&first), &first["total"]),
        (vec!["added_to_cart".to_owned(), "opened_planner".to_owned()], &json!(3))
    );
    assert_eq!(names(&second), ["viewed_cart"]);
    assert!(second.get("paging").is_none());
    assert_eq!(names(&list("sortOrder=DESC&limit=1").await), ["viewed_cart"]);
    assert_eq!(names(&list("searchString=cart").await), ["added_to_cart", "viewed_cart"]);
    assert_eq!(first["results"][0]["properties"], json!([]));
    let whole = list("includeProperties=true&searchString=planner").await;
    assert_eq!(whole["results"][0]["trackingType"], "CLICKED_ELEMENT");
    assert!(!whole["results"][0]["properties"].as_array().unwrap().is_empty());
    for wrong in ["limit=0", "limit=501", "limit=x", "includeProperties=yes", "sortOrder=up"] {
        let answer = client.call(&token, Method::GET, &format!("{DEFINITIONS}?{wrong}"), None).await;
        assert_eq!(
            (answer.status, answer.category().as_str()),
            (StatusCode::BAD_REQUEST, "VALIDATION_ERROR"),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn all_families_of_addresses_lead_to_the_same() {
    let running = start().await;
    let client = &running.client;
    let token = all(client).await;
    define(client, &token).await;
    let families = [
        (DEFINITIONS, SEND, EVENTS),
        ("/events/2026-03/event-definitions", "/events/2026-03/send", "/events/event-occurrences/2026-03"),
        (
            "/events/custom/2026-09/event-definitions",
            "/events/custom/2026-09/send",
            "/events/event-occurrences/2026-09",
        ),
    ];
    let occurrence = json!({"eventName": "pedemo_bought", "objectId": "7"});
    let inputs = json!({"inputs": [occurrence]});

    for (definitions, send, events) in families {
        for end in ["", "/"] {
            for (method, path, body, status) in [
                (Method::GET, format!("{definitions}{end}"), None, 200),
                (Method::GET, format!("{definitions}/bought{end}"), None, 200),
                (Method::POST, format!("{send}{end}"), Some(&occurrence), 204),
                (Method::POST, format!("{send}/batch{end}"), Some(&inputs), 204),
                (Method::GET, format!("{events}{end}"), None, 200),
                (Method::GET, format!("{events}/event-types{end}"), None, 200),
            ] {
                let answer = client.call(&token, method, &path, body).await;
                assert_eq!(answer.status.as_u16(), status, "{path}: {answer:?}");
            }
        }
    }
    assert_eq!(read(client, &token, "eventType=bought").await["results"].as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn whose_an_event_is_is_told_in_the_documented_order() {
    let running = start().await;
    let client = &running.client;
    let token = all(client).await;
    identify(client, json!({"email": "Ann@Example.com", "id": "c-1", "customer": "4711"})).await;
    let matched = json!({
        "label": "Matched", "propertyDefinitions": [{"name": "customer", "label": "Customer", "type": "string"}],
        "customMatchingId": {"primaryObjectRule": {"targetObjectPropertyName": "customer", "eventPropertyName": "customer"}},
    });
    client.call(&token, Method::POST, DEFINITIONS, Some(&matched)).await;
    let ann = read(client, &token, "objectType=contact&objectProperty.email=ann@example.com").await;
    let ann = ann["results"][0]["objectId"].as_str().unwrap().to_owned();
    let utk = "0123456789abcdef0123456789abcdef";

    let mut ids = Vec::new();
    for (whose, owner) in [
        (json!({"properties": {"customer": "4711"}, "objectId": "55"}), Some(ann.as_str())),
        (json!({"objectId": ann, "email": "bob@example.com"}), Some(ann.as_str())),
        (json!({"objectId": "55", "utk": utk}), Some("55")),
        (json!({"email": "ANN@example.com"}), Some(ann.as_str())),
        (json!({"utk": utk}), Some(ann.as_str())),
        (json!({"email": "nobody@example.com"}), None),
        // HubSpot's own visitors are nobody here, and the address still tells who it is.
        (json!({"email": "nobody@example.com", "utk": "f".repeat(31) + "0"}), None),
        (json!({"email": "somebody@example.com", "utk": utk}), Some(ann.as_str())),
    ] {
        let uuid = fresh_id();
        let mut sent = json!({"eventName": "matched", "uuid": uuid});
        sent.as_object_mut().unwrap().extend(whose.as_object().unwrap().clone());
        let answer = client.call(&token, Method::POST, SEND, Some(&sent)).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{whose}: {answer:?}");
        let found = read(client, &token, &format!("id={uuid}")).await;
        assert_eq!(found["results"][0]["objectId"].as_str(), owner, "{whose}");
        ids.push(uuid);
    }

    let nobody = client.call(&token, Method::POST, SEND, Some(&json!({"eventName": "matched"}))).await;
    assert_eq!((nobody.status, nobody.category().as_str()), (StatusCode::BAD_REQUEST, "VALIDATION_ERROR"));
    assert!(nobody.json()["message"].as_str().unwrap().contains("is required"));
    let mut other = batch(&[event("identified")]);
    other["visitor"] = json!("f".repeat(32));
    other["identity"] = json!({"email": "nobody@example.com"});
    client.batch(&other).await;
    let both = format!("objectProperty.email=nobody@example.com&id={}&id={}", ids[5], ids[6]);
    let waited = read(client, &token, &both).await;
    assert_eq!(
        waited["results"].as_array().unwrap().len(),
        2,
        "what waited under the address has its contact"
    );
}

#[tokio::test]
async fn a_contact_does_not_grow_without_end() {
    let running = start().await;
    let client = &running.client;
    let token = all(client).await;
    let named = |names: std::ops::Range<u32>| {
        let mut said = json!({"email": "ann@example.com"});
        for n in names {
            said[format!("p{n:03}")] = json!("x");
        }
        said
    };
    for start in (0..240).step_by(40) {
        identify(client, named(start..start + 40)).await;
    }
    client
        .call(&token, Method::POST, SEND, Some(&json!({"eventName": "e", "email": "ann@example.com"})))
        .await;

    let of = async |name: &str| {
        let found = read(client, &token, &format!("objectType=contact&objectProperty.{name}=x")).await;
        found["results"].as_array().map_or(0, Vec::len)
    };
    assert!(of("p199").await > 0, "two hundred are kept");
    assert_eq!(of("p200").await, 0, "and no more");
}

#[tokio::test]
async fn what_is_recorded_without_a_definition_cannot_be_defined_and_so_not_deleted() {
    let running = start().await;
    let client = &running.client;
    let token = all(client).await;
    for name in ["page_view", "other"] {
        let definition = json!({"label": "Mine", "name": name});
        let answer = client.call(&token, Method::POST, DEFINITIONS, Some(&definition)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    }
}

#[tokio::test]
async fn anonymous_history_joins_the_contact_and_not_the_next_one() {
    let running = start().await;
    let client = &running.client;
    let token = all(client).await;
    client.batch(&batch(&[event("looked"), event("looked")])).await;
    identify(client, json!({"email": "ann@example.com", "id": "1"})).await;
    identify(client, json!({"email": "ann@example.com", "id": "2", "city": "Utrecht"})).await;
    identify(client, json!({"email": "bob@example.com"})).await;
    client.batch(&batch(&[event("looked")])).await;

    let of = async |email: &str| {
        let page = read(client, &token, &format!("objectType=CONTACT&objectProperty.email={email}")).await;
        page["results"].as_array().unwrap().len()
    };
    assert_eq!((of("ann@example.com").await, of("bob@example.com").await), (4, 2));
    let contacts = client.api(Method::GET, "/v1/sites/demo/records", None).await.json();
    let ann = &contacts["records"][0];
    assert_eq!(
        (&ann["email"], &ann["known_id"]),
        (&json!("ann@example.com"), &json!("1")),
        "a second id is ignored"
    );
    assert_eq!(ann["properties"], json!({"city": "Utrecht"}));
    assert_eq!(ann["utks"], json!(["0123456789abcdef0123456789abcdef"]));
    assert_eq!(contacts["records"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_id_alone_makes_no_contact_and_finds_the_one_it_was_given_to() {
    let running = start().await;
    let client = &running.client;
    let visitor = async |visitor: &str, identity: Value| {
        let mut said = batch(&[event("identified")]);
        said["visitor"] = json!(visitor.repeat(32));
        said["identity"] = identity;
        client.batch(&said).await;
        let contacts = client.api(Method::GET, "/v1/sites/demo/records", None).await.json();
        contacts["records"].as_array().unwrap().clone()
    };

    assert!(visitor("a", json!({"id": "7"})).await.is_empty());
    assert_eq!(visitor("b", json!({"id": "7", "email": "ann@example.com"})).await.len(), 1);
    let joined = visitor("c", json!({"id": "7"})).await;
    assert_eq!((joined.len(), joined[0]["utks"].as_array().unwrap().len()), (1, 2));
    assert_eq!(visitor("d", json!({"id": "7", "email": "not an address"})).await.len(), 1);
}

#[tokio::test]
async fn an_occurrence_is_stored_once_by_its_uuid_within_its_event_type() {
    let running = start().await;
    let client = &running.client;
    let token = all(client).await;
    define(client, &token).await;
    let uuid = "C56A4180-65AA-42EC-A945-5FD21DEC0538";
    let send = async |name: &str, price: u32| {
        let input = json!({"eventName": name, "uuid": uuid, "objectId": 1, "properties": {"price": price}});
        let headers =
            [("authorization", format!("Bearer {token}")), ("prefer", "return=representation".to_owned())];
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let body = json!({"inputs": [input]}).to_string();
        let answer = client.send(Method::POST, "/events/v3/send/batch", &headers, body).await;
        assert_eq!(
            (answer.status, answer.header("preference-applied")),
            (StatusCode::OK, "return=representation")
        );
        answer.json()["results"][0]["outcome"].as_str().unwrap().to_owned()
    };

    assert_eq!(send("bought", 1).await, "STORED");
    assert_eq!(send("bought", 2).await, "DUPLICATE", "the first wins");
    assert_eq!(send("added_to_cart", 1).await, "STORED", "another event type may have it");
    assert_eq!(send("added_to_cart", 1).await, "DUPLICATE");
    let bought = read(client, &token, "eventType=pedemo_bought").await;
    assert_eq!(bought["results"][0]["properties"], json!({"price": "1"}));
    assert_eq!(bought["results"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_batch_is_taken_whole_or_each_input_is_told_about() {
    let running = start().await;
    let client = &running.client;
    let token = all(client).await;
    define(client, &token).await;
    let inputs = json!({"inputs": [
        {"eventName": "bought", "objectId": "1"},
        {"eventName": "unheard_of", "objectId": "1"},
        {"eventName": "bought", "objectId": "1", "occurredAt": "soon", "properties": {"price": "dear", "Bad Name": 1}},
        {"eventName": 7},
    ]});

    let refused = client.call(&token, Method::POST, "/events/v3/send/batch", Some(&inputs)).await;
    let stored_then = read(client, &token, "eventType=bought").await["results"].as_array().unwrap().len();
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("prefer", "return=representation")];
    let told = client.send(Method::POST, "/events/v3/send/batch", &headers, inputs.to_string()).await;

    assert_eq!((refused.status, stored_then), (StatusCode::BAD_REQUEST, 0));
    let errors = refused.json()["errors"].as_array().unwrap().clone();
    let indices: Vec<_> =
        errors.iter().map(|error| error["context"]["inputIndex"][0].as_str().unwrap()).collect();
    assert_eq!(indices, ["1", "2", "2", "2", "3"]);
    assert_eq!(errors[0]["message"], "Event with fully qualified name pedemo_unheard_of does not exist.");
    assert_eq!((told.status.as_u16(), &told.json()["numErrors"]), (207, &json!(3)));
    assert_eq!(told.json()["results"][0]["outcome"], "STORED");
    assert_eq!(told.json()["results"][2]["errors"].as_array().unwrap().len(), 3);
    assert_eq!(read(client, &token, "eventType=bought").await["results"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn occurrences_are_filtered_sorted_and_paged_both_ways() {
    let running = start().await;
    let client = &running.client;
    let token = all(client).await;
    define(client, &token).await;
    for n in 1..=7 {
        let at: Value = if n % 2 == 0 {
            json!(format!("2026-11-0{n}T12:00:00Z"))
        } else {
            json!(1_793_534_400_000_u64 + (n - 1) * 86_400_000)
        };
        let sent = json!({"eventName": "bought", "objectId": if n < 7 { "1" } else { "2" }, "occurredAt": at,
                          "properties": {"price": n, "plan": if n == 3 { "pro" } else { "free" }}});
        assert_eq!(client.call(&token, Method::POST, SEND, Some(&sent)).await.status, StatusCode::NO_CONTENT);
    }
    let prices = |page: &Value| -> Vec<u64> {
        let results = page["results"].as_array().unwrap().iter();
        results.map(|one| one["properties"]["price"].as_str().unwrap().parse().unwrap()).collect()
    };

    for (query, expected) in [
        ("objectType=contact&objectId=1", vec![6, 5, 4, 3, 2, 1]),
        ("objectId=1&sort=ASCENDING&limit=2", vec![1, 2]),
        ("eventType=bought&property.plan=pro", vec![3]),
        ("occurredAfter=2026-11-03T12:00:00Z&occurredBefore=2026-11-06T12:00:00.000Z&objectId=1", vec![5, 4]),
        ("objectType=company&objectId=1", vec![]),
        ("objectId=3", vec![]),
        ("eventType=unheard_of", vec![]),
        ("objectProperty.colour=red", vec![]),
    ] {
        assert_eq!(prices(&read(client, &token, query).await), expected, "{query}");
    }
    let mut walked = Vec::new();
    let mut page = read(client, &token, "objectId=1&limit=2&properties=price").await;
    assert!(page["results"][0]["properties"].get("plan").is_none());
    assert!(page["paging"].get("prev").is_none());
    let first = prices(&page);
    loop {
        walked.extend(prices(&page));
        let Some(link) = page["paging"]["next"]["link"].as_str() else { break };
        let path = link.strip_prefix(client.address()).unwrap();
        page = client.call(&token, Method::GET, path, None).await.json();
    }
    assert_eq!(walked, [6, 5, 4, 3, 2, 1]);
    let before = page["paging"]["prev"]["before"].as_str().unwrap();
    let middle = read(client, &token, &format!("objectId=1&limit=2&before={before}")).await;
    assert_eq!(prices(&middle), [4, 3]);
    let before = middle["paging"]["prev"]["before"].as_str().unwrap();
    let back = read(client, &token, &format!("objectId=1&limit=2&before={before}")).await;
    assert_eq!((prices(&back), back["paging"].get("prev")), (first, None));
    for wrong in ["limit=1001", "objectType=cat", "occurredAfter=then", "after=x", "id=7", "sort=up"] {
        let answer = client.call(&token, Method::GET, &format!("{EVENTS}?{wrong}"), None).await;
        assert_eq!(
            (answer.status, answer.category().as_str()),
            (StatusCode::BAD_REQUEST, "VALIDATION_ERROR"),
            "{wrong}"
        );
    }
    let types = client.call(&token, Method::GET, &format!("{EVENTS}/event-types"), None).await.json();
    assert_eq!(types["eventTypes"][0], "pedemo_added_to_cart");
}

#[tokio::test]
async fn deleting_a_definition_removes_its_events_and_a_restored_one_has_them_back() {
    let given = Given { restore_days: Some(30), ..Given::default() };
    for (restorable, running) in [(false, start().await), (true, start_with(given).await)] {
        let client = &running.client;
        let token = all(client).await;
        define(client, &token).await;
        client.batch(&batch(&[event("bought"), event("other_one")])).await;
        client.call(&token, Method::DELETE, &format!("{DEFINITIONS}/bought"), None).await;
        let left: Vec<_> = client.events().await.iter().map(|event| event["name"].clone()).collect();
        assert_eq!(left, ["other_one"]);
        assert!(
            read(client, &token, "").await["results"]
                .as_array()
                .unwrap()
                .iter()
                .all(|one| one["eventType"] != "pedemo_bought")
        );
        client.batch(&batch(&[event("bought")])).await;

        let restored = client.api(Method::POST, "/v1/sites/demo/definitions/bought/restore", None).await;

        assert_eq!(restored.status.as_u16(), if restorable { 200 } else { 400 }, "{restored:?}");
        let n = client.events().await.iter().filter(|event| event["name"] == "bought").count();
        assert_eq!(n, if restorable { 2 } else { 1 }, "those from before and the one that came meanwhile");
        let counts = client.api(Method::GET, "/v1/sites/demo/events/counts", None).await.json();
        let bought = counts["counts"].as_array().unwrap().iter().find(|one| one["name"] == "bought").unwrap();
        assert_eq!(bought["total"], n, "the sums agree");
    }
}

#[tokio::test]
async fn every_door_wants_a_token_with_its_scope() {
    let running = start().await;
    let client = &running.client;
    let everything = all(client).await;
    let revoked = client.token("demo", &["admin"]).await;
    let tokens = client.api(Method::GET, "/v1/sites/demo/tokens", None).await.json();
    let last = tokens["tokens"].as_array().unwrap().last().unwrap()["id"].as_i64().unwrap();
    assert!(!tokens.to_string().contains(&revoked[21..]), "no secret is ever shown again");
    let answer = client.api(Method::DELETE, &format!("/v1/sites/demo/tokens/{last}"), None).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let mut forged = everything.clone();
    forged.replace_range(forged.len() - 1.., if forged.ends_with('0') { "1" } else { "0" });
    let doors = [
        ("definitions", Method::GET, DEFINITIONS.to_owned()),
        ("definitions", Method::POST, DEFINITIONS.to_owned()),
        ("definitions", Method::GET, format!("{DEFINITIONS}/viewed_cart")),
        ("definitions", Method::PATCH, format!("{DEFINITIONS}/viewed_cart")),
        ("definitions", Method::DELETE, format!("{DEFINITIONS}/viewed_cart")),
        ("definitions", Method::POST, format!("{DEFINITIONS}/viewed_cart/property")),
        ("definitions", Method::PATCH, format!("{DEFINITIONS}/viewed_cart/property/x")),
        ("definitions", Method::DELETE, format!("{DEFINITIONS}/viewed_cart/property/x")),
        ("send", Method::POST, SEND.to_owned()),
        ("send", Method::POST, format!("{SEND}/batch")),
        ("read", Method::GET, EVENTS.to_owned()),
        ("read", Method::GET, format!("{EVENTS}/event-types")),
    ];
    for (scope, method, path) in doors {
        for (name, token) in [
            ("nothing", ""),
            ("the admin token of the collector", crate::support::TOKEN),
            ("a forged one", &forged),
            ("a shortened one", &everything[..40]),
            ("a revoked one", &revoked),
        ] {
            let answer = client.call(token, method.clone(), &path, Some(&json!({}))).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path} with {name}");
            assert_eq!(answer.category(), "INVALID_AUTHENTICATION");
        }
        let others: Vec<&str> =
            ["definitions", "send", "read"].into_iter().filter(|one| *one != scope).collect();
        let answer =
            client.call(&client.token("demo", &others).await, method.clone(), &path, Some(&json!({}))).await;
        assert_eq!(
            (answer.status, answer.category().as_str()),
            (StatusCode::FORBIDDEN, "MISSING_SCOPES"),
            "{path}"
        );
        assert_eq!(answer.json()["context"]["missingScopes"], json!([scope]));
    }
    assert_eq!(
        client.api(Method::GET, "/v1/sites/demo/definitions/viewed_cart", None).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn another_sites_data_is_never_readable() {
    let running = start().await;
    let client = &running.client;
    client.api(Method::POST, "/v1/sites", Some(&json!({"key": "shop"}))).await;
    let (demo, shop) = (client.token("demo", &["admin"]).await, client.token("shop", &["admin"]).await);
    define(client, &demo).await;
    let uuid = fresh_id();
    let sent = json!({"eventName": "bought", "objectId": "1", "uuid": uuid});
    assert_eq!(client.call(&demo, Method::POST, SEND, Some(&sent)).await.status, StatusCode::NO_CONTENT);

    for query in ["", "objectId=1", &format!("id={uuid}"), "eventType=pedemo_bought", "eventType=bought"] {
        assert_eq!(read(client, &shop, query).await["results"], json!([]), "{query}");
        assert_ne!(read(client, &demo, query).await["results"], json!([]), "{query}");
    }
    assert_eq!(
        client.call(&shop, Method::GET, &format!("{DEFINITIONS}/bought"), None).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        client.call(&shop, Method::DELETE, &format!("{DEFINITIONS}/pedemo_bought"), None).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(client.call(&shop, Method::GET, DEFINITIONS, None).await.json()["total"], 0);
    assert_eq!(client.call(&shop, Method::POST, SEND, Some(&sent)).await.status, StatusCode::BAD_REQUEST);
    let own = |token, path: &'static str| client.call(token, Method::GET, path, None);
    for path in ["/v1/sites/demo", "/v1/sites/demo/events", "/v1/sites/demo/tokens", "/v1/sites/demo/records"]
    {
        assert_eq!(own(&shop, path).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(own(&demo, path).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(own(&demo, "/v1/sites").await.status, StatusCode::FORBIDDEN, "all sites are the collector's");
    // The same uuid in another site is another occurrence.
    define(client, &shop).await;
    assert_eq!(client.call(&shop, Method::POST, SEND, Some(&sent)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(read(client, &shop, "objectId=1").await["results"].as_array().unwrap().len(), 1);
    assert_eq!(read(client, &demo, "objectId=1").await["results"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn too_many_requests_are_told_so_that_hubspots_client_backs_off() {
    let running = start_with(Given { rate_per_token: Some(60), ..Given::default() }).await;
    let token = all(&running.client).await;
    let slow = start_with(Given { rate_per_token: Some(1), ..Given::default() }).await;
    let slow_token = all(&slow.client).await;
    for _ in 0..60 {
        running.client.call(&token, Method::GET, EVENTS, None).await;
    }
    slow.client.call(&slow_token, Method::GET, EVENTS, None).await;

    let refused = running.client.call(&token, Method::GET, EVENTS, None).await;
    let refused_long = slow.client.call(&slow_token, Method::GET, EVENTS, None).await;

    assert_eq!((refused.status, refused.category().as_str()), (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITS"));
    assert_eq!(refused.json()["message"], "You have reached your secondly limit.");
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused_long.json()["policyName"], "TEN_SECONDLY_ROLLING");
}

#[tokio::test]
async fn the_api_is_described_to_programs_and_to_people() {
    let running = start().await;
    let described = running.client.get("/openapi.json").await;
    let page = running.client.get("/docs/api").await;

    assert_eq!(described.json()["openapi"], "3.1.0");
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
    let text = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(text.contains("/events/v3/send/batch") && text.contains("id=\"Occurrence\""), "{text}");
    assert!(!text.contains("<script") && !text.contains(" style=") && !text.contains("src=\"http"));
}

#[tokio::test]
async fn of_many_changes_at_once_none_is_lost() {
    let running = start().await;
    let client = &running.client;
    let token = all(client).await;
    define(client, &token).await;
    let path = format!("{DEFINITIONS}/bought/property");
    let add = async |n: usize| {
        let property = json!({"label": "P", "name": format!("p{n}"), "type": "string"});
        client.call(&token, Method::POST, &path, Some(&property)).await.status
    };

    let added = futures_util::future::join_all((0..20).map(add)).await;

    assert!(added.iter().all(|status| *status == StatusCode::CREATED));
    let shown = client.call(&token, Method::GET, &format!("{DEFINITIONS}/bought"), None).await.json();
    let own = shown["properties"].as_array().unwrap().iter().filter(|one| one["hubspotDefined"] == false);
    assert_eq!(own.count(), 22);
}
