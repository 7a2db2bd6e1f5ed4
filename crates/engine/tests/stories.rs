//! Whole stories of the tracker, told through its public API.

mod support;

use pugmark_engine::completion::{Element, Given};
use pugmark_engine::consent::Consent;
use pugmark_engine::effect::Memory;
use pugmark_engine::input::{Answer, Click};
use pugmark_engine::outbox::{BATCH_WAIT, FLIGHT_LIMIT, RETRY_FIRST, Report, Way};
use pugmark_engine::page_view::Navigation;
use pugmark_engine::{Call, Effect, Input, Moment, Notice};
use pugmark_protocol::property::Value;
use pugmark_protocol::reason::{Adjustment, Loss};
use pugmark_protocol::time::{Millis, UnixMillis};
use support::{Browser, Request, START, Tab, events, names};

const HOME: &str = "https://shop.example/";

fn open(options: &[(&str, &str)]) -> (Browser, Tab) {
    let mut browser = Browser::default();
    let tab = browser.open(HOME, options, START);
    (browser, tab)
}

fn given(name: &str, value: &str) -> Given {
    Given { properties: vec![(name.to_owned(), Value::Text(value.to_owned()))], adjusted: Vec::new() }
}

/// One of clicks, and one of views.
fn rules() -> String {
    "cbought\r#buy\nvcame_home\t@=/".to_owned()
}

fn click_on_buy() -> Input {
    Input::Clicked(Click { path: "<button\t#buy".to_owned(), details: "Buy\tbuy".to_owned() })
}

#[test]
fn a_call_is_journalled_at_once_sent_soon_and_forgotten_on_the_receipt() {
    let (mut browser, mut tab) = open(&[]);
    tab.settle(&mut browser);
    tab.track("signed_up", &mut browser);
    assert_eq!(browser.journal.len(), 2, "before anything is sent");
    assert!(tab.requests.is_empty());

    tab.wait(BATCH_WAIT, &mut browser);
    assert_eq!(tab.names_under_way(), ["page_view", "signed_up"]);
    assert_eq!(browser.journal.len(), 2, "until the receipt");

    let batch = tab.answer(200, &mut browser);
    assert!(browser.journal.is_empty());
    assert_eq!(batch.visitor, browser.visitor);
    assert_eq!(events(&batch).iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(tab.notices.last(), Some(&Notice::Delivered { events: 2 }));
}

#[test]
fn an_event_is_in_the_journal_before_anybody_hears_of_it() {
    let (browser, mut tab) = open(&[("pageviews", "manual")]);
    let call = Call::TrackCustomEvent { name: "bought".to_owned(), given: Given::default(), element: None };
    let moment = Moment { now: tab.now, session: browser.session };
    let effects = tab.tracker.handle(Input::Call { call, at: tab.now }, &moment);

    let first = effects.iter().find(|effect| matches!(effect, Effect::Write { .. } | Effect::Tell(_)));
    assert!(matches!(first, Some(Effect::Write { .. })), "{effects:?}");
}

#[test]
fn a_tab_is_idle_while_the_collector_has_all_that_it_recorded() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    assert!(tab.tracker.is_idle());
    tab.track("signed_up", &mut browser);
    assert!(!tab.tracker.is_idle());

    tab.wait(BATCH_WAIT, &mut browser);
    assert!(!tab.tracker.is_idle(), "it may have to be sent again");
    tab.answer(200, &mut browser);
    assert!(tab.tracker.is_idle());
}

#[test]
fn a_page_begins_or_erases_before_anything_happens_on_it() {
    let (mut browser, mut tab) = open(&[]);
    assert_eq!(tab.begun, 1);
    tab.track("signed_up", &mut browser);
    assert!(browser.visitor.is_some() && !browser.journal.is_empty());

    browser.consent = Some("refused".to_owned());
    let next = browser.open(HOME, &[], START);
    assert_eq!(next.begun, 0);
    assert!(browser.visitor.is_none() && browser.journal.is_empty());
}

#[test]
fn whoever_listens_hears_of_an_event_and_of_what_was_changed_about_it() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    let name = "Signed Up!".to_owned();
    tab.call(Call::TrackCustomEvent { name, given: given("plan", "free"), element: None }, &mut browser);

    let [Notice::Adjusted { name: changed, changes }, Notice::Completion { name, properties, .. }] =
        &tab.notices[..]
    else {
        panic!("{:?}", tab.notices)
    };
    assert_eq!((changed.as_str(), &changes[..]), ("signed_up_", &[Adjustment::EventName][..]));
    assert_eq!((name.as_str(), properties.as_str()), ("signed_up_", r#"{"plan":"free"}"#));
}

#[test]
fn a_visitors_life_counts_from_the_last_visit() {
    let (mut browser, mut tab) = open(&[]);
    tab.settle(&mut browser);
    let mut next = browser.open(HOME, &[], START);

    let visitor = next.tracker.status().visitor.expect("is known");
    assert!(next.tracker.start().contains(&Effect::Remember(Memory::Visitor(visitor))));
}

#[test]
fn calls_from_before_the_start_keep_their_order_and_time() {
    let (mut browser, mut tab) = open(&[]);
    for (name, earlier) in [("first", 900), ("second", 300)] {
        let call = Call::TrackCustomEvent { name: name.to_owned(), given: Given::default(), element: None };
        tab.feed(Input::Call { call, at: UnixMillis(START.0 - earlier) }, &mut browser);
    }
    tab.settle(&mut browser);
    tab.wait(BATCH_WAIT, &mut browser);

    let sent = events(&tab.requests[0].batch);
    let told: Vec<_> =
        sent.iter().map(|event| (event.name.as_str(), event.at + BATCH_WAIT.0 as i64)).collect();
    assert_eq!(told, [("first", -900), ("second", -300), ("page_view", 0)]);
}

#[test]
fn a_tab_that_dies_leaves_its_events_to_the_next_visit_with_the_same_ids() {
    let (mut browser, mut tab) = open(&[]);
    for i in 0..20 {
        tab.track(&format!("call_{i}"), &mut browser);
    }
    drop(tab);
    let orphans = browser.records();
    assert_eq!(orphans.len(), 20);

    let mut next = browser.open(HOME, &[("pageviews", "manual")], START + Millis::hours(5));
    next.feed(Input::Adopted(orphans.clone()), &mut browser);
    next.feed(Input::Adopted(orphans), &mut browser);
    next.wait(BATCH_WAIT, &mut browser);
    let batch = next.answer(200, &mut browser);

    assert_eq!(names(&batch).len(), 20);
    assert_eq!(names(&batch)[7], "call_7");
    assert!(events(&batch)[0].at <= -(Millis::hours(5).0 as i64), "they happened then, not now");
    assert!(browser.journal.is_empty());
}

#[test]
fn a_lost_answer_is_repeated_with_the_same_ids() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.track("signed_up", &mut browser);
    tab.wait(BATCH_WAIT, &mut browser);
    let first = tab.requests.remove(0);
    tab.feed(Input::Answered { flight: first.flight, answer: Answer::None }, &mut browser);
    tab.wait(Millis::minutes(5), &mut browser);

    assert_eq!(events(&tab.requests[0].batch)[0].id, events(&first.batch)[0].id);
}

#[test]
fn when_the_network_is_back_nobody_waits_for_the_next_try() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.track("signed_up", &mut browser);
    for _ in 0..10 {
        tab.wait(Millis::minutes(5), &mut browser);
        let Request { flight, .. } = tab.requests.remove(0);
        tab.feed(Input::Answered { flight, answer: Answer::None }, &mut browser);
    }
    assert!(tab.requests.is_empty(), "it pauses");

    tab.feed(Input::Online, &mut browser);
    assert_eq!(tab.names_under_way(), ["signed_up"]);
}

#[test]
fn a_request_whose_end_nobody_reports_is_made_again() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.track("signed_up", &mut browser);
    tab.wait(BATCH_WAIT, &mut browser);
    let first = tab.requests.remove(0);
    tab.wait(FLIGHT_LIMIT, &mut browser);
    tab.wait(RETRY_FIRST.max(BATCH_WAIT), &mut browser);

    assert_eq!(events(&tab.requests[0].batch)[0].id, events(&first.batch)[0].id);
}

#[test]
fn a_timer_is_set_once_and_again_if_it_rings_early() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.track("signed_up", &mut browser);
    let due = tab.wake.take().expect("it waits for company");
    tab.track("bought", &mut browser);
    assert_eq!(tab.wake, None);

    tab.now = UnixMillis(due.0 - 1);
    tab.feed(Input::TimeUp, &mut browser);

    assert!(tab.requests.is_empty());
    assert_eq!(tab.wake, Some(due));
}

#[test]
fn a_page_that_goes_on_sends_what_it_had_handed_over_for_later() {
    for back in [Input::Shown, Input::Restored] {
        let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
        for _ in 0..500 {
            tab.track("busy", &mut browser);
        }
        tab.leave(&mut browser);
        let made = tab.requests.len();
        tab.requests.retain(|request| request.way != Way::Later);
        assert_ne!(tab.requests.len(), made);

        tab.feed(back, &mut browser);
        tab.call(Call::Flush, &mut browser);
        while !tab.requests.is_empty() {
            tab.answer(200, &mut browser);
        }
        assert_eq!(tab.flushed, [Report { sent: 500, pending: 0, lost: 0 }]);
    }
}

#[test]
fn leaving_sends_what_waits_and_the_view_that_had_no_time_to_settle() {
    let (mut browser, mut tab) = open(&[]);
    tab.track("signed_up", &mut browser);
    tab.leave(&mut browser);

    assert_eq!(tab.names_under_way(), ["signed_up", "page_view"]);
    assert!(tab.requests.iter().all(|request| request.way == Way::Keepalive));
}

#[test]
fn a_codeless_click_counts_with_what_was_clicked() {
    let (mut browser, mut tab) = open(&[]);
    tab.settle(&mut browser);
    tab.feed(Input::RulesArrived(rules()), &mut browser);
    tab.feed(click_on_buy(), &mut browser);
    tab.wait(BATCH_WAIT, &mut browser);

    assert_eq!(tab.names_under_way(), ["page_view", "came_home", "bought"]);
    let bought = events(&tab.requests[0].batch).remove(2);
    assert_eq!(bought.element.expect("was clicked").text, "Buy");
}

/// A click on a button whose text the site has changed, where a fingerprint knows text, class and surroundings: as the edge
/// reads it.
fn click_on_changed_buy(text: &str, class: &str, tab: &mut Tab, browser: &mut Browser) {
    let path = format!("<span\n<button\t.{class}\tfcontrol\tT{text}\tC{class}\tlmain\n<main");
    if tab.tracker.interests().is_some()
        && let Some(marks) = tab.tracker.elements_of_interest(&path)
    {
        let details = ["", text, ""].map(str::to_owned)[..marks.len()].join("\n");
        tab.feed(Input::Clicked(Click { path, details }), browser);
    }
}

const FINGERPRINT: &str = "cbought\r600%\tfcontrol\t400TBuy\t300Cbuy\t300lmain";

#[test]
fn an_element_that_has_changed_a_little_counts_and_its_event_says_how_like_it_is() {
    let (mut browser, mut tab) = open(&[]);
    tab.feed(Input::RulesArrived(FINGERPRINT.to_owned()), &mut browser);
    assert_eq!(tab.tracker.interests(), Some("\t=control"));
    assert_eq!(
        tab.tracker.elements_of_interest("<span\n<button\tfcontrol\tTBuy\tlmain").as_deref(),
        Some("01")
    );

    let mut score_of = |text, class| {
        click_on_changed_buy(text, class, &mut tab, &mut browser);
        tab.wait(Millis::seconds(2), &mut browser);
        let bought = events(&tab.answer(200, &mut browser)).pop().expect("is one");
        let element = bought.element.expect("was clicked");
        assert_eq!(element.text, text);
        element.score
    };
    assert_eq!(score_of("Buy", "buy"), None, "all of it");
    assert_eq!(score_of("Buy", "cta"), Some(700));
    assert_eq!(score_of("Get it", "buy"), Some(600));
    assert!(tab.near_misses.is_empty());
}

#[test]
fn a_near_miss_is_told_once_a_page_and_only_with_consent() {
    let (mut browser, mut tab) = open(&[]);
    tab.feed(Input::RulesArrived(FINGERPRINT.replace("600%", "650%")), &mut browser);
    for text in ["Get it", "Get it now"] {
        click_on_changed_buy(text, "buy", &mut tab, &mut browser);
    }
    let [told] = &tab.near_misses[..] else { panic!("{:?}", tab.near_misses) };
    assert_eq!(told["url"], HOME);
    assert_eq!(told["misses"][0]["name"], "bought");
    assert_eq!(told["misses"][0]["score"], 600);
    assert_eq!(told["misses"][0]["observation"], "fcontrol\tTGet it\tCbuy\tlmain");

    let (mut browser, mut tab) = open(&[("consent", "required")]);
    tab.feed(Input::RulesArrived(FINGERPRINT.replace("600%", "650%")), &mut browser);
    click_on_changed_buy("Get it", "buy", &mut tab, &mut browser);
    assert!(tab.near_misses.is_empty());
}

#[test]
fn of_what_the_site_marks_as_private_no_near_miss_is_told() {
    let (mut browser, mut tab) = open(&[]);
    tab.feed(Input::RulesArrived(FINGERPRINT.replace("600%", "650%")), &mut browser);
    click_on_changed_buy("Get it\tx", "buy", &mut tab, &mut browser);
    assert!(tab.near_misses.is_empty());
}

#[test]
fn what_another_rule_of_the_event_means_is_no_near_miss() {
    let (mut browser, mut tab) = open(&[]);
    let rules = [&FINGERPRINT.replace("600%", "650%"), "cbought\r.buy"].join("\n");
    tab.feed(Input::RulesArrived(rules), &mut browser);
    click_on_changed_buy("Get it", "buy", &mut tab, &mut browser);
    tab.wait(Millis::seconds(2), &mut browser);
    assert!(tab.near_misses.is_empty());
    assert!(tab.names_under_way().contains(&"bought".to_owned()));
}

#[test]
fn views_and_clicks_from_before_the_rules_arrive_are_not_missed() {
    let (mut browser, mut tab) = open(&[]);
    tab.settle(&mut browser);
    assert_eq!(tab.tracker.interests(), Some("*"));
    assert_eq!(tab.tracker.elements_of_interest("<b\n<a").as_deref(), Some("111111"));
    tab.feed(click_on_buy(), &mut browser);
    tab.wait(Millis::seconds(3), &mut browser);
    tab.answer(200, &mut browser);
    tab.feed(Input::RulesArrived(rules()), &mut browser);
    tab.wait(BATCH_WAIT, &mut browser);

    assert_eq!(tab.names_under_way(), ["came_home", "bought"]);
}

#[test]
fn of_clicks_from_before_the_rules_arrive_so_many_are_kept_and_no_more() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    for _ in 0..205 {
        tab.feed(click_on_buy(), &mut browser);
        tab.wait(Millis(100), &mut browser);
    }
    tab.feed(Input::RulesArrived(rules()), &mut browser);

    assert_eq!(tab.tracker.status().report.pending, 200);
}

#[test]
fn a_label_and_its_control_are_one_click() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.feed(Input::RulesArrived(rules()), &mut browser);
    for (later, counted) in [(0, 1), (0, 1), (9, 1), (1, 2)] {
        tab.wait(Millis(later), &mut browser);
        tab.feed(click_on_buy(), &mut browser);
        assert_eq!(tab.tracker.status().report.pending, counted);
    }
}

#[test]
fn of_each_codeless_event_it_is_known_when_it_last_fired() {
    let (mut browser, mut tab) = open(&[]);
    tab.settle(&mut browser);
    tab.feed(Input::RulesArrived(rules()), &mut browser);
    for _ in 0..2 {
        tab.wait(Millis::seconds(1), &mut browser);
        tab.feed(click_on_buy(), &mut browser);
    }

    let fired: Vec<(String, UnixMillis)> =
        tab.tracker.status().fired.into_iter().map(|(name, at)| (name.as_str().to_owned(), at)).collect();
    assert_eq!(fired, [("came_home".to_owned(), START), ("bought".to_owned(), START + Millis::seconds(2))]);
}

#[test]
fn a_route_change_is_a_view_with_the_title_it_settled_on() {
    let (mut browser, mut tab) = open(&[]);
    tab.settle(&mut browser);
    tab.now = tab.now + Millis::seconds(3);
    let url = [HOME, "boots"].concat();
    tab.feed(Input::Navigated { url: url.clone(), how: Navigation::Moved }, &mut browser);
    assert!(tab.settles);
    tab.feed(Input::Settled { title: "Boots".to_owned() }, &mut browser);
    tab.leave(&mut browser);

    let batch = &tab.requests.last().expect("left").batch;
    let page = &batch.pages[events(batch).last().expect("has it").page];
    assert_eq!(
        (page.url.as_str(), page.title.as_str(), page.referrer.as_str()),
        (url.as_str(), "Boots", HOME)
    );
}

#[test]
fn every_route_change_has_time_to_settle() {
    let (mut browser, mut tab) = open(&[]);
    for page in ["boots", "socks"] {
        tab.settles = false;
        tab.feed(Input::Navigated { url: [HOME, page].concat(), how: Navigation::Moved }, &mut browser);
        assert!(tab.settles, "{page}");
        tab.settle(&mut browser);
    }
}

#[test]
fn a_page_that_moves_on_while_it_is_hidden_is_viewed_when_it_is_shown() {
    let (mut browser, mut tab) = open(&[]);
    tab.settle(&mut browser);
    tab.leave(&mut browser);
    tab.feed(Input::Navigated { url: [HOME, "boots"].concat(), how: Navigation::Moved }, &mut browser);
    assert!(!tab.settles);

    tab.feed(Input::Shown, &mut browser);
    assert!(tab.settles);
    tab.settle(&mut browser);
    tab.leave(&mut browser);
    assert_eq!(tab.names_under_way(), ["page_view", "page_view"]);
}

#[test]
fn a_page_that_comes_back_from_the_browsers_cache_is_viewed_again() {
    let (mut browser, mut tab) = open(&[]);
    tab.leave(&mut browser);
    tab.feed(Input::Restored, &mut browser);
    assert!(tab.settles);
    tab.leave(&mut browser);

    assert_eq!(tab.names_under_way(), ["page_view", "page_view"]);
}

#[test]
fn an_identity_goes_by_itself_if_nothing_follows() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.call(Call::Identify(given("email", "ada@example.com")), &mut browser);
    tab.wait(BATCH_WAIT, &mut browser);

    let batch = tab.answer(200, &mut browser);
    assert!(batch.events.is_empty());
    assert_eq!(batch.identity.expect("is told")["email"], "ada@example.com");
}

#[test]
fn an_identity_known_before_the_first_view_travels_with_it() {
    let (mut browser, mut tab) = open(&[]);
    tab.call(Call::Identify(given("email", "ada@example.com")), &mut browser);
    tab.settle(&mut browser);
    tab.wait(BATCH_WAIT, &mut browser);

    let batch = tab.answer(200, &mut browser);
    assert_eq!(names(&batch), ["page_view"]);
    assert!(batch.identity.is_some());
}

#[test]
fn signing_out_makes_a_new_visitor() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.track("one", &mut browser);
    let before = browser.visitor.clone();
    tab.call(Call::Reset, &mut browser);
    tab.track("two", &mut browser);
    tab.leave(&mut browser);

    assert_ne!(browser.visitor, before);
    assert_eq!(tab.requests.len(), 2, "two visitors do not share a batch");
    assert_eq!(tab.requests[0].batch.visitor, before);
    assert_ne!(
        tab.requests[0].batch.session.as_ref().map(|s| &s.id),
        tab.requests[1].batch.session.as_ref().map(|s| &s.id)
    );
}

#[test]
fn another_tabs_session_is_gone_on_with() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    let mut other = browser.open(HOME, &[("pageviews", "manual")], START);
    tab.track("one", &mut browser);
    let session = browser.session.clone();
    for _ in 0..3 {
        other.wait(Millis::minutes(20), &mut browser);
        other.track("busy", &mut browser);
    }
    tab.now = START + Millis::minutes(61);
    tab.track("two", &mut browser);

    let id = |text: &Option<String>| text.as_deref().and_then(|t| t.split('.').next()).map(str::to_owned);
    assert_eq!(id(&browser.session), id(&session));
}

#[test]
fn where_consent_is_required_nothing_happens_before_it_and_everything_in_order_after() {
    let (mut browser, mut tab) = open(&[("consent", "required")]);
    tab.settle(&mut browser);
    tab.track("signed_up", &mut browser);
    tab.call(Call::Identify(given("email", "ada@example.com")), &mut browser);
    tab.wait(Millis::minutes(1), &mut browser);
    tab.leave(&mut browser);
    assert!(tab.requests.is_empty() && browser.journal.is_empty() && browser.visitor.is_none());
    assert_eq!(tab.begun, 0);

    tab.call(Call::SetConsent(true), &mut browser);
    tab.wait(BATCH_WAIT, &mut browser);

    assert_eq!(tab.begun, 1);
    let batch = tab.answer(200, &mut browser);
    assert_eq!(names(&batch), ["page_view", "signed_up"]);
    assert!(batch.identity.is_some());
    assert!(events(&batch)[0].at <= -(Millis::minutes(1).0 as i64));
    assert_eq!(browser.consent.as_deref(), Some("granted"));
}

#[test]
fn a_refusal_erases_what_was_stored_and_is_remembered() {
    let (mut browser, mut tab) = open(&[]);
    tab.settle(&mut browser);
    tab.call(Call::RevokeConsent { remembered: true }, &mut browser);
    tab.track("signed_up", &mut browser);
    tab.leave(&mut browser);
    assert!(tab.requests.is_empty() && browser.journal.is_empty() && browser.visitor.is_none());
    assert_eq!(tab.tracker.interests(), None);

    let mut next = browser.open(HOME, &[], START + Millis::days(1));
    next.settle(&mut browser);
    next.leave(&mut browser);
    assert!(next.requests.is_empty());
    assert_eq!(next.tracker.status().consent, Consent::Refused);
}

#[test]
fn a_refusal_forgets_what_waited_for_consent_and_what_follows() {
    let (mut browser, mut tab) = open(&[("consent", "required"), ("pageviews", "manual")]);
    tab.track("eager", &mut browser);
    tab.feed(click_on_buy(), &mut browser);
    tab.call(Call::SetConsent(false), &mut browser);
    tab.feed(click_on_buy(), &mut browser);
    tab.call(Call::SetConsent(true), &mut browser);
    tab.feed(Input::RulesArrived(rules()), &mut browser);
    tab.leave(&mut browser);

    assert!(tab.requests.is_empty());
}

#[test]
fn an_answer_given_twice_is_one() {
    let (mut browser, mut tab) = open(&[("consent", "required")]);
    tab.call(Call::SetConsent(true), &mut browser);
    tab.call(Call::SetConsent(true), &mut browser);

    assert_eq!((tab.begun, &tab.notices[..]), (1, &[Notice::Consent(Consent::Granted)][..]));
}

#[test]
fn do_not_track_stops_everything_until_it_is_taken_back() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.call(Call::DoNotTrack(true), &mut browser);
    tab.track("one", &mut browser);
    tab.call(Call::DoNotTrack(false), &mut browser);
    tab.track("two", &mut browser);
    tab.leave(&mut browser);

    assert_eq!(tab.names_under_way(), ["two"]);
}

#[test]
fn global_privacy_control_counts_as_a_refusal_unless_the_site_says_otherwise() {
    for (options, sent) in [(&[][..], 0), (&[("gpc", "ignore")][..], 1)] {
        let mut browser = Browser { gpc: true, ..Browser::default() };
        let mut tab = browser.open(HOME, options, START);
        tab.settle(&mut browser);
        tab.leave(&mut browser);
        assert_eq!(tab.requests.len(), sent);
    }
}

#[test]
fn an_anonymous_site_counts_views_of_nobody() {
    let (mut browser, mut tab) = open(&[("anonymous", "true")]);
    tab.settle(&mut browser);
    tab.call(Call::Identify(given("email", "ada@example.com")), &mut browser);
    tab.leave(&mut browser);

    let batch = &tab.requests[0].batch;
    assert_eq!(names(batch), ["page_view"]);
    assert!(batch.visitor.is_none() && batch.session.is_none() && batch.identity.is_none());
    assert!(browser.visitor.is_none() && browser.session.is_none());
}

#[test]
fn what_waits_for_consent_is_bounded_and_the_rest_is_counted() {
    let (mut browser, mut tab) = open(&[("consent", "required"), ("pageviews", "manual")]);
    for _ in 0..205 {
        tab.track("eager", &mut browser);
    }
    tab.call(Call::SetConsent(true), &mut browser);
    tab.leave(&mut browser);

    let batch = &tab.requests.last().expect("left").batch;
    assert_eq!(batch.lost[Loss::WaitingFull.code()], [(201, 205)]);
    assert_eq!(tab.tracker.status().lost, [(Loss::WaitingFull, 5)]);
}

#[test]
fn what_is_lost_before_consent_keeps_its_reason_while_there_is_room() {
    let (mut browser, mut tab) = open(&[("consent", "required"), ("pageviews", "manual")]);
    for _ in 0..199 {
        tab.track("eager", &mut browser);
    }
    for name in ["123", "123", "eager"] {
        tab.track(name, &mut browser);
    }
    tab.call(Call::SetConsent(true), &mut browser);
    tab.leave(&mut browser);

    let lost =
        |reason: Loss| tab.requests.iter().find_map(|sent| sent.batch.lost.get(reason.code()).cloned());
    assert_eq!(lost(Loss::NoName), Some(vec![(200, 200)]));
    assert_eq!(lost(Loss::WaitingFull), Some(vec![(201, 202)]));
}

#[test]
fn losses_in_a_row_wait_for_consent_as_one() {
    let (mut browser, mut tab) = open(&[("consent", "required"), ("pageviews", "manual")]);
    for _ in 0..3 {
        tab.track("123", &mut browser);
    }
    let consent = Input::Call { call: Call::SetConsent(true), at: tab.now };
    let effects = tab.tracker.handle(consent, &Moment { now: tab.now, session: None });

    assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Write { .. })).count(), 1);
}

#[test]
fn flush_sends_at_once_and_answers_when_it_is_settled() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.track("signed_up", &mut browser);
    tab.call(Call::Flush, &mut browser);
    assert_eq!(tab.requests.len(), 1);
    assert!(tab.flushed.is_empty());

    tab.answer(200, &mut browser);
    assert_eq!(tab.flushed, [Report { sent: 1, pending: 0, lost: 0 }]);
    tab.feed(Input::Online, &mut browser);
    assert_eq!(tab.flushed.len(), 1, "once");
}

#[test]
fn flush_is_answered_even_if_nothing_can_be_sent() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.call(Call::Flush, &mut browser);
    assert_eq!(tab.flushed.len(), 1, "nothing to send");

    tab.track("signed_up", &mut browser);
    tab.call(Call::Flush, &mut browser);
    tab.answer(503, &mut browser);
    assert_eq!(tab.flushed[1], Report { sent: 0, pending: 1, lost: 0 }, "the collector is away");

    let (mut browser, mut tab) = open(&[("consent", "required")]);
    tab.track("signed_up", &mut browser);
    tab.call(Call::Flush, &mut browser);
    assert_eq!(tab.flushed, [Report { sent: 0, pending: 1, lost: 0 }], "consent is awaited");
}

#[test]
fn a_collector_not_heard_of_for_a_week_may_be_blocked_and_little_is_kept_for_it() {
    let kept = |silence: Millis| {
        let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
        tab.track("signed_up", &mut browser);
        tab.call(Call::Flush, &mut browser);
        tab.answer(200, &mut browser);

        let mut tab = browser.open(HOME, &[("pageviews", "manual")], tab.now + silence);
        for _ in 0..1_000 {
            tab.track("signed_up", &mut browser);
        }
        let Request { flight, .. } = tab.requests.remove(0);
        tab.feed(Input::Answered { flight, answer: Answer::None }, &mut browser);
        tab.call(Call::Flush, &mut browser);
        tab.answer(503, &mut browser);
        tab.flushed[0].pending
    };
    assert_eq!(kept(Millis::days(7)), 1_000);
    assert!(kept(Millis(Millis::days(7).0 + 1)) < 500);
}

#[test]
fn a_name_with_nothing_left_is_told_and_counted() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.track("123", &mut browser);
    assert_eq!(tab.notices, [Notice::Lost { events: 1, reason: Loss::NoName }]);
    tab.track("Signed Up!", &mut browser);
    tab.leave(&mut browser);

    let event = events(&tab.requests[0].batch).remove(0);
    assert_eq!((event.name.as_str(), event.adjusted), ("signed_up_", vec!["event_name".to_owned()]));
    assert_eq!(event.seq, 2, "the call took a number");
    assert_eq!(tab.requests[0].batch.lost["no_name"], [(1, 1)]);
}

#[test]
fn what_waits_for_consent_has_its_number_from_the_call() {
    let (mut browser, mut tab) = open(&[("consent", "required"), ("pageviews", "manual")]);
    for name in ["one", "123", "two"] {
        tab.track(name, &mut browser);
    }
    tab.call(Call::SetConsent(true), &mut browser);
    tab.leave(&mut browser);

    let batch = &tab.requests[0].batch;
    assert_eq!(events(batch).iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(batch.lost["no_name"], [(2, 2)]);
}

#[test]
fn what_was_never_allowed_was_never_made() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.track("before", &mut browser);
    let tab_before = tab.tracker.tab();
    tab.call(Call::SetConsent(false), &mut browser);
    tab.track("refused", &mut browser);
    tab.track("123", &mut browser);
    assert!(!tab.notices.iter().any(|notice| matches!(notice, Notice::Lost { .. })));
    tab.call(Call::SetConsent(true), &mut browser);
    tab.track("after", &mut browser);
    tab.leave(&mut browser);

    let batch = &tab.requests[0].batch;
    assert_eq!(events(batch)[0].seq, 1, "the numbers start anew");
    assert_ne!(batch.tab, tab_before.to_text(), "under another name");
    assert!(batch.lost.is_empty());
}

#[test]
fn a_journal_that_arrives_after_consent_was_taken_back_is_not_adopted() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.track("earlier", &mut browser);
    let orphans = browser.records();
    let mut next = browser.open(HOME, &[("pageviews", "manual")], START);
    next.call(Call::SetConsent(false), &mut browser);
    next.feed(Input::Adopted(orphans), &mut browser);
    next.call(Call::SetConsent(true), &mut browser);
    next.leave(&mut browser);

    assert!(next.requests.is_empty());
}

#[test]
fn an_answer_to_what_was_erased_meanwhile_changes_nothing() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.track("before", &mut browser);
    tab.leave(&mut browser);
    tab.call(Call::SetConsent(false), &mut browser);
    tab.call(Call::SetConsent(true), &mut browser);
    tab.track("after", &mut browser);
    tab.answer(200, &mut browser);

    assert_eq!(tab.tracker.status().report, Report { sent: 0, pending: 1, lost: 0 });
    assert_eq!(browser.journal.len(), 1);
}

#[test]
fn an_event_that_a_label_declares_is_one_event() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    let declared = || Call::TrackCustomEvent {
        name: "chose".to_owned(),
        given: Given::default(),
        element: Some(Element::read(String::new())),
    };
    tab.call(declared(), &mut browser);
    tab.call(declared(), &mut browser);
    tab.leave(&mut browser);

    assert_eq!(tab.names_under_way(), ["chose"]);
}

#[test]
fn taking_do_not_track_back_restores_the_answer_from_before() {
    for (answer, after) in
        [(None, Consent::Awaited), (Some(true), Consent::Granted), (Some(false), Consent::Refused)]
    {
        let (mut browser, mut tab) = open(&[("consent", "required")]);
        if let Some(given) = answer {
            tab.call(Call::SetConsent(given), &mut browser);
        }
        tab.call(Call::DoNotTrack(true), &mut browser);
        assert_eq!(tab.tracker.status().consent, Consent::DoNotTrack);
        tab.call(Call::DoNotTrack(false), &mut browser);
        assert_eq!(tab.tracker.status().consent, after);
    }
}

#[test]
fn an_answer_does_not_lift_do_not_track() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.call(Call::DoNotTrack(true), &mut browser);
    tab.call(Call::SetConsent(true), &mut browser);
    tab.track("one", &mut browser);
    tab.leave(&mut browser);
    assert!(tab.requests.is_empty() && browser.journal.is_empty());

    let next = browser.open(HOME, &[], START);
    assert_eq!(next.tracker.status().consent, Consent::DoNotTrack);
}

#[test]
fn who_agrees_after_a_refusal_is_a_new_visitor() {
    let (mut browser, mut tab) = open(&[]);
    tab.settle(&mut browser);
    let before = browser.visitor.clone();
    browser.consent = Some("refused".to_owned());
    let mut next = browser.open(HOME, &[("pageviews", "manual")], START);
    assert_eq!(next.tracker.status().visitor, None);

    next.call(Call::SetConsent(true), &mut browser);
    next.track("agreed", &mut browser);
    assert_ne!(browser.visitor, before);
}

#[test]
fn who_agrees_after_a_refusal_on_the_same_page_is_a_new_visitor_and_nobody_known() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.call(Call::Identify(given("email", "ada@example.com")), &mut browser);
    let before = browser.visitor.clone();
    tab.call(Call::SetConsent(false), &mut browser);
    tab.call(Call::SetConsent(true), &mut browser);
    tab.track("agreed", &mut browser);
    tab.leave(&mut browser);

    let batch = tab.answer(200, &mut browser);
    assert!(batch.visitor.is_some() && batch.visitor != before);
    assert_eq!(batch.identity, None);
}

#[test]
fn an_answer_outranks_global_privacy_control() {
    let mut browser = Browser { gpc: true, ..Browser::default() };
    let mut tab = browser.open(HOME, &[], START);
    tab.call(Call::SetConsent(true), &mut browser);
    let next = browser.open(HOME, &[], START);

    assert_eq!(next.tracker.status().consent, Consent::Granted);
}

#[test]
fn hubspots_revocation_is_asked_again_on_the_next_page() {
    let (mut browser, mut tab) = open(&[("consent", "required")]);
    tab.call(Call::SetConsent(true), &mut browser);
    tab.call(Call::RevokeConsent { remembered: false }, &mut browser);
    assert_eq!(tab.tracker.status().consent, Consent::Refused);

    let next = browser.open(HOME, &[("consent", "required")], START);
    assert_eq!(next.tracker.status().consent, Consent::Awaited);
}

/// A page that returns from the background is told what is remembered, whether or not that has changed.
fn return_to(tab: &mut Tab, browser: &mut Browser) {
    let memories = browser.memories();
    tab.feed(Input::MemoriesChanged(memories), browser);
}

#[test]
fn hubspots_revocation_holds_on_its_page_though_nothing_remembers_it() {
    for required in ["required", "granted"] {
        let (mut browser, mut tab) = open(&[("consent", required)]);
        tab.call(Call::SetConsent(true), &mut browser);
        return_to(&mut tab, &mut browser);
        tab.call(Call::RevokeConsent { remembered: false }, &mut browser);
        for _ in 0..2 {
            return_to(&mut tab, &mut browser);
            assert_eq!(tab.tracker.status().consent, Consent::Refused, "{required}");
        }

        browser.consent = Some("granted".to_owned());
        return_to(&mut tab, &mut browser);
        assert_eq!(tab.tracker.status().consent, Consent::Granted, "given in another tab");
    }
}

#[test]
fn consent_holds_on_its_page_where_the_browser_keeps_no_cookies() {
    let (mut browser, mut tab) = open(&[("consent", "required")]);
    for (call, expected) in [
        (Call::SetConsent(true), Consent::Granted),
        (Call::DoNotTrack(true), Consent::DoNotTrack),
        (Call::DoNotTrack(false), Consent::Granted),
        (Call::SetConsent(false), Consent::Refused),
    ] {
        tab.call(call, &mut browser);
        browser = Browser::default();
        return_to(&mut tab, &mut browser);
        assert_eq!(tab.tracker.status().consent, expected);
    }
}

#[test]
fn consent_that_is_gone_from_memory_is_asked_for_again() {
    let (mut browser, mut tab) = open(&[("consent", "required"), ("pageviews", "manual")]);
    tab.call(Call::SetConsent(true), &mut browser);
    return_to(&mut tab, &mut browser);
    tab.track("allowed", &mut browser);
    let mut other = browser.open(HOME, &[("consent", "required")], START);
    other.call(Call::RevokeConsent { remembered: false }, &mut browser);
    return_to(&mut tab, &mut browser);
    assert_eq!(tab.tracker.status().consent, Consent::Awaited);

    tab.leave(&mut browser);
    assert!(browser.journal.is_empty() && tab.requests.is_empty(), "what was erased is not written again");
}

#[test]
fn what_storage_has_lost_is_written_again_when_the_page_is_hidden() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.track("first", &mut browser);
    tab.track("second", &mut browser);
    let before = std::mem::take(&mut browser.journal);
    tab.leave(&mut browser);

    assert_eq!((before.len(), browser.journal), (2, before));
}

#[test]
fn tabs_follow_each_other_in_consent_and_visitor() {
    let mut browser = Browser::default();
    let required = [("consent", "required"), ("pageviews", "manual")];
    let mut one = browser.open(HOME, &required, START);
    let mut other = browser.open(HOME, &required, START);
    let tell = |tab: &mut Tab, browser: &mut Browser| {
        let memories = browser.memories();
        tab.feed(Input::MemoriesChanged(memories), browser);
    };

    one.call(Call::SetConsent(true), &mut browser);
    one.track("here", &mut browser);
    tell(&mut other, &mut browser);
    other.track("there", &mut browser);
    assert_eq!(one.tracker.status().visitor, other.tracker.status().visitor);
    assert_eq!(one.tracker.status().session, other.tracker.status().session);

    one.call(Call::Reset, &mut browser);
    tell(&mut other, &mut browser);
    other.track("there_again", &mut browser);
    one.track("here_again", &mut browser);
    assert_eq!(one.tracker.status().visitor, other.tracker.status().visitor);
    assert_eq!(one.tracker.status().session, other.tracker.status().session);

    other.call(Call::RevokeConsent { remembered: true }, &mut browser);
    tell(&mut one, &mut browser);
    one.track("too_late", &mut browser);
    one.leave(&mut browser);
    assert!(browser.journal.is_empty() && one.requests.is_empty());
}

#[test]
fn a_page_that_never_stops_replacing_its_address_is_viewed() {
    let (mut browser, mut tab) = open(&[]);
    tab.settle(&mut browser);
    let mut asked = 0;
    for i in 0..10 {
        tab.settles = false;
        let url = format!("{HOME}{i}");
        tab.feed(Input::Navigated { url, how: Navigation::Replaced }, &mut browser);
        asked += usize::from(tab.settles);
    }
    assert_eq!(asked, 1);
}

#[test]
fn an_identity_leaves_no_gap_in_the_events() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.track("one", &mut browser);
    tab.call(Call::Identify(given("id", "7")), &mut browser);
    tab.track("two", &mut browser);
    tab.leave(&mut browser);

    let numbers: Vec<u64> = events(&tab.requests[0].batch).iter().map(|event| event.seq).collect();
    assert_eq!(numbers, [1, 2]);
}

#[test]
fn a_clock_set_back_before_an_answer_comes_holds_nothing_up() {
    let (mut browser, mut tab) = open(&[("pageviews", "manual")]);
    tab.track("signed_up", &mut browser);
    tab.leave(&mut browser);
    tab.answer(503, &mut browser);
    tab.leave(&mut browser);
    tab.now = UnixMillis(tab.now.0 - Millis::days(400).0);
    let Request { flight, .. } = tab.requests.remove(0);
    let answer = Answer::Status { status: 429, retry_after: Some(Millis::seconds(1)), refused: 0 };
    tab.feed(Input::Answered { flight, answer }, &mut browser);
    tab.wait(Millis::seconds(2), &mut browser);

    assert_eq!(tab.names_under_way(), ["signed_up"]);
}
