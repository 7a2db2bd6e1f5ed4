//! The outbox, boundary by boundary.

use pugmark_protocol::limits::KIB;

use super::*;
use crate::effect::Memory;
use crate::journal::tests::event;

const START: UnixMillis = UnixMillis(10_000);

fn chance() -> Chance {
    Chance::seeded([3, 4])
}

fn ok() -> Answer {
    status(200)
}

fn status(status: u16) -> Answer {
    Answer::Status { status, retry_after: None, refused: 0 }
}

fn empty() -> Outbox {
    Outbox::new(TabId::new(7), None)
}

fn push(outbox: &mut Outbox, record: Record) {
    outbox.push(record.context, record.at, record.content, START);
}

fn outbox(events: u64) -> Outbox {
    let mut outbox = empty();
    for seq in 1..=events {
        push(&mut outbox, event(seq, ""));
    }
    outbox.effects();
    outbox
}

fn big(seq: u64, bytes: usize) -> Record {
    event(seq, &"x".repeat(bytes))
}

/// A record of a tab that is gone.
fn orphan(seq: u64, bytes: usize) -> Record {
    let mut record = big(seq, bytes);
    record.context.tab = TabId::new(1);
    record.key.tab = TabId::new(1);
    record
}

/// What has happened since this was last asked.
#[derive(Debug, Default, PartialEq)]
struct Done {
    forgotten: Vec<u64>,
    written: Vec<(u64, Content)>,
    delivered: u64,
    lost: Vec<(Loss, u64)>,
    has_answered: bool,
}

fn done(outbox: &mut Outbox) -> Done {
    let mut done = Done::default();
    for effect in outbox.effects() {
        match effect {
            Effect::Write { key, record } => {
                let record = Record::parse(key, &record).expect("is a record");
                done.written.push((record.key.seq, record.content));
            }
            Effect::Forget { key, .. } => done.forgotten.push(key.seq),
            Effect::Tell(Notice::Delivered { events }) => {
                assert_ne!(events, 0, "nothing is told of no events");
                done.delivered += events;
            }
            Effect::Tell(Notice::Lost { events, reason }) => done.lost.push((reason, events)),
            Effect::Remember(Memory::Answered(_)) => done.has_answered = true,
            other => panic!("{other:?}"),
        }
    }
    done
}

fn answer(outbox: &mut Outbox, flight: &Departure, answer: &Answer) -> Done {
    outbox.effects();
    outbox.answered(flight.number, answer, START, &mut chance());
    done(outbox)
}

fn lost(reason: Loss, first: u64, last: u64) -> Content {
    Content::Lost { reason, first, last }
}

fn waiting(outbox: &Outbox) -> Vec<u64> {
    outbox.waiting.iter().map(|record| record.key.seq).collect()
}

#[test]
fn an_outbox_is_empty_when_nothing_waits_and_nothing_is_under_way() {
    let mut outbox = outbox(1);
    assert!(empty().is_empty());
    assert!(!outbox.is_empty());

    let flight = outbox.depart(START, true).expect("leaving");
    assert!(!outbox.is_empty());
    answer(&mut outbox, &flight, &ok());
    assert!(outbox.is_empty());
}

#[test]
fn an_event_waits_for_company_but_not_long() {
    let mut outbox = outbox(1);

    assert_eq!(outbox.depart(START, false), None);
    assert_eq!(outbox.delay(START), Some(BATCH_WAIT));
    assert_eq!(outbox.depart(START + Millis(BATCH_WAIT.0 - 1), false), None);
    assert!(outbox.depart(START + BATCH_WAIT, false).is_some());
}

#[test]
fn in_a_hurry_an_event_waits_neither_for_company_nor_for_the_next_try() {
    let mut outbox = outbox(1);
    outbox.hurry();
    let flight = outbox.depart(START, false).expect("goes alone");
    let mut chance = Chance::seeded([1, 1]);
    outbox.answered(flight.number, &Answer::None, START, &mut chance);
    assert!(outbox.depart(START, false).is_none());

    outbox.hurry();
    assert!(outbox.depart(START, false).is_some());
}

#[test]
fn while_nothing_waits_nobody_is_woken_and_what_comes_next_waits_for_company_anew() {
    let mut outbox = empty();
    outbox.adopt(Vec::new(), START);
    assert_eq!(outbox.delay(START), None);
    push(&mut outbox, event(1, ""));
    let flight = outbox.depart(START, true).expect("leaving");
    answer(&mut outbox, &flight, &ok());
    assert_eq!(outbox.delay(START), None);

    let later = START + BATCH_WAIT;
    let Record { context, at, content, .. } = event(2, "");
    outbox.push(context, at, content, later);
    assert_eq!(outbox.delay(later), Some(BATCH_WAIT));

    let mut outbox = empty();
    push(&mut outbox, Record { content: Content::Identity("{}".into()), ..event(1, "") });
    let flight = outbox.depart(START, true).expect("leaving");
    answer(&mut outbox, &flight, &status(400));
    assert_eq!(outbox.delay(START), None, "the refused identity is gone");
}

#[test]
fn enough_events_do_not_wait() {
    assert!(outbox(BATCH_EVENTS as u64).depart(START, false).is_some());
    assert!(outbox(BATCH_EVENTS as u64 - 1).depart(START, false).is_none());
}

#[test]
fn one_batch_is_under_way_at_a_time() {
    let mut outbox = outbox(2 * BATCH_EVENTS as u64);
    let first = outbox.depart(START, false).expect("is full");

    assert_eq!(outbox.depart(START, false), None);
    assert_eq!(answer(&mut outbox, &first, &ok()).delivered, BATCH_EVENTS as u64);
    assert!(outbox.depart(START, false).is_some());
}

#[test]
fn a_receipt_forgets_exactly_what_was_sent() {
    let mut outbox = outbox(2);
    let flight = outbox.depart(START, true).expect("leaving");
    push(&mut outbox, event(3, ""));

    assert_eq!(answer(&mut outbox, &flight, &ok()).forgotten, [1, 2]);
    assert_eq!(outbox.report(), Report { sent: 2, pending: 1, lost: 0 });
}

#[test]
fn what_is_written_again_is_all_that_waits_or_is_under_way() {
    let mut outbox = outbox(1);
    outbox.depart(START, true).expect("leaving");
    outbox.write_again();
    push(&mut outbox, event(2, ""));
    outbox.effects();

    outbox.write_again();
    let written: Vec<u64> = done(&mut outbox).written.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(written, [1, 2]);
}

#[test]
fn what_was_adopted_is_not_written_again_because_its_tab_may_have_gone_on_writing() {
    let mut outbox = outbox(1);
    outbox.adopt(vec![orphan(9, 0)], START);
    outbox.effects();

    outbox.write_again();
    let written: Vec<u64> = done(&mut outbox).written.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(written, [1]);
}

#[test]
fn in_a_pause_that_was_asked_for_a_page_that_is_left_tries_once() {
    let pause = Millis::minutes(10);
    let mut outbox = outbox(3 * BATCH_EVENTS as u64);
    let flight = outbox.depart(START, true).expect("leaving");
    asked(&mut outbox, &flight, pause);

    let flight = outbox.depart(START, true).expect("it may never run again");
    assert_eq!(outbox.depart(START, true), None);
    asked(&mut outbox, &flight, pause);
    assert_eq!(outbox.depart(START, true), None, "asked again, the pause is still the same");

    let over = START + pause;
    outbox.follow_clock(over);
    assert!(outbox.depart(over, true).is_some() && outbox.depart(over, true).is_some());
}

#[test]
fn a_pause_asked_for_twice_leaves_a_page_its_one_try() {
    let mut outbox = outbox(3 * BATCH_EVENTS as u64);
    for _ in 0..2 {
        let flight = outbox.depart(START, false).or_else(|| outbox.depart(START, true)).expect("departs");
        asked(&mut outbox, &flight, Millis::minutes(10));
        outbox.pace.asked(START, Millis::minutes(10));
    }
    assert_eq!(outbox.depart(START, true), None, "that was the try");
}

#[test]
fn when_a_pause_is_over_its_one_try_is_too() {
    let pause = Millis::minutes(10);
    let over = START + pause;
    let mut outbox = outbox(3 * BATCH_EVENTS as u64);
    let flight = outbox.depart(START, true).expect("leaving");
    asked(&mut outbox, &flight, pause);
    let flight = outbox.depart(START, true).expect("the one try");
    assert_eq!(outbox.clone().depart(START, true), None);
    assert!(outbox.clone().depart(over, true).is_some());

    let again = Answer::Status { status: 503, retry_after: Some(pause), refused: 0 };
    outbox.answered(flight.number, &again, over, &mut chance());
    assert!(outbox.depart(over, true).is_some(), "another pause, another try");
}

#[test]
fn in_a_pause_that_nobody_asked_for_a_page_that_is_left_sends_all() {
    let mut outbox = outbox(3 * BATCH_EVENTS as u64);
    let flight = outbox.depart(START, true).expect("leaving");
    answer(&mut outbox, &flight, &Answer::None);
    assert!(outbox.pace.has_failed());

    assert_eq!(std::iter::from_fn(|| outbox.depart(START, true)).count(), 3);
}

#[test]
fn a_leaving_with_nothing_to_send_is_no_try() {
    let mut outbox = outbox(1);
    let flight = outbox.depart(START, true).expect("leaving");
    asked(&mut outbox, &flight, Millis::minutes(10));
    let waiting = std::mem::take(&mut outbox.waiting);
    assert_eq!(outbox.depart(START, true), None);

    outbox.waiting = waiting;
    assert!(outbox.depart(START, true).is_some());
}

#[test]
fn a_pause_that_was_asked_for_is_forgotten_once_it_has_run_out() {
    let pause = Millis::hours(1);
    let mut outbox = outbox(1);
    let flight = outbox.depart(START, true).expect("leaving");
    asked(&mut outbox, &flight, pause);
    outbox.follow_clock(START + Millis(pause.0 - 1));
    assert!(outbox.is_pausing());

    outbox.follow_clock(START + pause);
    assert!(!outbox.is_pausing());
    outbox.follow_clock(START);
    assert_eq!(outbox.delay(START), Some(BATCH_WAIT), "a clock set back does not bring it back");
}

#[test]
fn all_is_settled_when_nothing_waits_and_no_answer_is_awaited() {
    let mut outbox = outbox(1);
    assert!(!outbox.is_settled());
    let flight = outbox.depart(START, true).expect("leaving");
    assert!(!outbox.is_settled());
    answer(&mut outbox, &flight, &ok());
    assert!(outbox.is_settled());
}

#[test]
fn a_restart_goes_on_under_another_name_with_nothing_of_before() {
    let mut outbox = outbox(1);
    outbox.depart(START, true).expect("leaving");
    push(&mut outbox, event(2, ""));
    outbox.restart(TabId::new(2));
    assert_eq!((outbox.report(), outbox.delay(START)), (Report::default(), None));

    push(&mut outbox, event(1, ""));
    assert_eq!(outbox.waiting[0].key, JournalKey { tab: TabId::new(2), seq: 1 });
}

#[test]
fn an_answer_that_comes_twice_settles_nothing_twice() {
    let mut outbox = outbox(1);
    let flight = outbox.depart(START, true).expect("leaving");
    answer(&mut outbox, &flight, &ok());

    assert_eq!(answer(&mut outbox, &flight, &ok()), Done::default());
    assert_eq!(outbox.report().sent, 1);
}

#[test]
fn what_may_pass_is_tried_again_in_the_same_order() {
    for passing in
        [Answer::None, status(408), status(425), status(429), status(500), status(503), status(599)]
    {
        let mut outbox = outbox(2);
        let flight = outbox.depart(START, true).expect("leaving");
        push(&mut outbox, event(3, ""));

        let done = answer(&mut outbox, &flight, &passing);
        let written: Vec<u64> = done.written.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(written, [1, 2, 3], "storage may have room again");
        let written = done.written.clone();
        assert_eq!(done, Done { written, ..Done::default() });
        assert!(outbox.is_pausing());
        let again = outbox.depart(START + RETRY_FIRST + BATCH_WAIT, false).expect("the pause is over");
        let order: Vec<u64> = outbox.cargo(again.number).iter().map(|record| record.key.seq).collect();
        assert_eq!(order, [1, 2, 3], "{passing:?}");
    }
}

#[test]
fn the_collector_may_ask_for_a_longer_pause_and_nobody_shortens_it() {
    let mut outbox = outbox(1);
    let flight = outbox.depart(START, true).expect("leaving");
    asked(&mut outbox, &flight, Millis::minutes(10));
    outbox.hurry();

    assert_eq!(outbox.delay(START), Some(Millis::minutes(10)), "it asks for that");
    assert_eq!(outbox.depart(START + Millis(Millis::minutes(10).0 - 1), false), None);
    assert!(outbox.depart(START + Millis::minutes(10), false).is_some());
}

fn asked(outbox: &mut Outbox, flight: &Departure, retry_after: Millis) {
    let answer = Answer::Status { status: 503, retry_after: Some(retry_after), refused: 0 };
    outbox.answered(flight.number, &answer, START, &mut chance());
}

#[test]
fn a_pause_that_was_asked_for_is_not_shortened_by_another_nor_by_a_failure() {
    let mut outbox = outbox(3 * BATCH_EVENTS as u64);
    let flights: Vec<Departure> = std::iter::from_fn(|| outbox.depart(START, true)).collect();
    asked(&mut outbox, &flights[0], Millis::minutes(10));
    asked(&mut outbox, &flights[1], Millis::minutes(1));
    answer(&mut outbox, &flights[2], &Answer::None);

    assert_eq!(outbox.delay(START), Some(Millis::minutes(10)));
}

#[test]
fn a_pause_is_asked_for_only_by_an_answer_that_may_pass() {
    let pause = Some(Millis::minutes(10));
    for (status, pauses) in
        [(408, true), (425, true), (429, true), (500, true), (599, true), (200, false), (400, false)]
    {
        let mut outbox = outbox(1);
        let flight = outbox.depart(START, true).expect("leaving");
        answer(&mut outbox, &flight, &Answer::Status { status, retry_after: pause, refused: 0 });
        push(&mut outbox, event(2, ""));
        assert_eq!(outbox.delay(START) == pause, pauses, "{status}");
    }
}

#[test]
fn a_pause_is_kept_though_the_flight_was_given_up() {
    let mut outbox = outbox(1);
    let flight = outbox.depart(START, true).expect("leaving");
    outbox.give_up(START + FLIGHT_LIMIT, &mut chance());
    outbox.answered(
        flight.number,
        &Answer::Status { status: 429, retry_after: Some(Millis::minutes(10)), refused: 0 },
        START + FLIGHT_LIMIT,
        &mut chance(),
    );

    assert_eq!(outbox.delay(START + FLIGHT_LIMIT), Some(Millis::minutes(10)));
}

#[test]
fn what_will_never_pass_is_not_tried_again() {
    for status in [100, 199, 300, 304, 400, 404, 407, 409, 412, 414, 424, 426, 428, 430, 499, 600] {
        let mut outbox = outbox(1);
        let flight = outbox.depart(START, true).expect("leaving");
        assert_eq!(
            answer(&mut outbox, &flight, &self::status(status)).lost,
            [(Loss::Refused, 1)],
            "{status}"
        );
    }
}

#[test]
fn what_became_too_old_while_it_was_under_way_is_let_go() {
    let mut outbox = outbox(1);
    let flight = outbox.depart(START, true).expect("leaving");
    let now = START + MAX_AGE + Millis::days(1);
    outbox.answered(flight.number, &Answer::None, now, &mut chance());

    assert_eq!(outbox.lost(), [(Loss::TooOld, 1)]);
    assert_eq!(outbox.waiting[0].content, lost(Loss::TooOld, 1, 1));
}

#[test]
fn no_collector_may_ask_for_a_year() {
    let mut outbox = outbox(1);
    let flight = outbox.depart(START, true).expect("leaving");
    asked(&mut outbox, &flight, Millis::days(365));

    assert_eq!(outbox.delay(START), Some(RETRY_AFTER_LAST));
}

#[test]
fn a_receipt_for_one_batch_does_not_shorten_the_pause_another_was_answered_with() {
    let mut outbox = outbox(2 * BATCH_EVENTS as u64);
    let one = outbox.depart(START, true).expect("leaving");
    let other = outbox.depart(START, true).expect("leaving");
    asked(&mut outbox, &one, Millis::minutes(10));
    answer(&mut outbox, &other, &ok());

    assert_eq!(outbox.delay(START), Some(Millis::minutes(10)));
}

#[test]
fn requests_that_fail_together_are_one_failure() {
    let mut outbox = outbox(3 * BATCH_EVENTS as u64);
    let flights: Vec<Departure> = std::iter::from_fn(|| outbox.depart(START, true)).collect();
    for flight in &flights {
        answer(&mut outbox, flight, &Answer::None);
    }

    assert_eq!(flights.len(), 3);
    assert!(outbox.depart(START + RETRY_FIRST, false).is_some());
}

#[test]
fn pauses_grow_to_their_limit_and_end_with_a_receipt() {
    let mut outbox = outbox(1);
    let mut chance = chance();
    let mut now = START;
    let mut longest = Millis(0);
    for _ in 0..40 {
        now = now + RETRY_LAST;
        let flight = outbox.depart(now, false).expect("the pause is never longer");
        outbox.answered(flight.number, &Answer::None, now, &mut chance);
        longest = longest.max(outbox.delay(now).expect("waits"));
    }
    assert!(longest > Millis(RETRY_LAST.0 / 2), "{longest:?}");
    let flight = outbox.depart(now + RETRY_LAST, false).expect("the pause is over");
    outbox.answered(flight.number, &ok(), now, &mut chance);
    assert!(!outbox.is_pausing());

    push(&mut outbox, event(2, ""));
    let flight = outbox.depart(now, true).expect("leaving");
    outbox.answered(flight.number, &Answer::None, now, &mut chance);
    assert!(outbox.delay(now) <= Some(RETRY_FIRST.max(BATCH_WAIT)), "it starts from the first again");
}

#[test]
fn a_refused_batch_is_stated_and_counted() {
    let mut outbox = outbox(2);
    let flight = outbox.depart(START, true).expect("leaving");
    let done = answer(&mut outbox, &flight, &status(404));

    assert_eq!(done.lost, [(Loss::Refused, 2)]);
    assert_eq!(done.written, [(1, lost(Loss::Refused, 1, 1)), (1, lost(Loss::Refused, 1, 2))]);
    assert_eq!(done.forgotten, [2], "after the loss of both is written over the first");
    assert_eq!(outbox.report(), Report { sent: 0, pending: 0, lost: 2 });

    let flight = outbox.depart(START + BATCH_WAIT, false).expect("the loss is told");
    assert_eq!(answer(&mut outbox, &flight, &ok()).forgotten, [1]);
    assert!(outbox.is_settled());
    assert_eq!(outbox.report(), Report { sent: 0, pending: 0, lost: 2 });
}

#[test]
fn a_statement_that_is_refused_with_events_is_made_again_and_alone_forgotten() {
    let mut outbox = outbox(1);
    outbox.state_loss(event(1, "").context, Loss::NoName, (5, 5), START);
    let flight = outbox.depart(START, true).expect("leaving");
    answer(&mut outbox, &flight, &status(400));
    assert_eq!(waiting(&outbox), [1, 2], "the loss of the event, and the statement");

    let flight = outbox.depart(START, true).expect("leaving");
    let done = answer(&mut outbox, &flight, &status(400));
    assert_eq!((done.forgotten, done.lost), (vec![1, 2], Vec::new()));
    assert!(outbox.is_settled());
}

#[test]
fn a_statement_before_a_refused_event_stays_where_it_is() {
    let mut outbox = empty();
    outbox.state_loss(event(1, "").context, Loss::NoName, (5, 5), START);
    push(&mut outbox, event(1, ""));
    push(&mut outbox, event(2, ""));
    let flight = outbox.depart(START, true).expect("leaving");

    assert_eq!(answer(&mut outbox, &flight, &status(400)).lost, [(Loss::Refused, 2)]);
    let stated: Vec<Content> = outbox.waiting.iter().map(|record| record.content.clone()).collect();
    assert_eq!(stated, [lost(Loss::NoName, 5, 5), lost(Loss::Refused, 1, 2)]);
}

#[test]
fn a_refused_identity_is_not_sent_again() {
    let mut outbox = empty();
    push(&mut outbox, Record { content: Content::Identity("{}".into()), ..event(1, "") });
    push(&mut outbox, event(2, ""));
    let flight = outbox.depart(START, true).expect("leaving");

    assert_eq!(answer(&mut outbox, &flight, &status(400)).forgotten, [1]);
    assert_eq!(waiting(&outbox), [2], "the loss of the event");
}

#[test]
fn events_refused_in_a_receipt_are_counted_here_and_stated_by_the_collector() {
    let mut outbox = outbox(3);
    let flight = outbox.depart(START, true).expect("leaving");
    let done = answer(&mut outbox, &flight, &Answer::Status { status: 200, retry_after: None, refused: 1 });

    assert_eq!((done.delivered, done.lost), (2, vec![(Loss::Refused, 1)]));
    assert_eq!(outbox.report(), Report { sent: 2, pending: 0, lost: 1 });
    assert!(outbox.is_settled());
}

#[test]
fn a_batch_that_is_too_large_goes_in_halves_down_to_one() {
    let mut outbox = outbox(4);
    for (expected, now) in [(4, START + BATCH_WAIT), (2, START), (1, START)] {
        let flight = outbox.depart(now, false).expect("the halves go at once");
        assert_eq!(outbox.cargo(flight.number).len(), expected);
        let done = answer(&mut outbox, &flight, &status(413));
        assert_eq!(done.lost.first(), (expected == 1).then_some(&(Loss::TooLarge, 1)));
    }
    assert_eq!(outbox.report(), Report { sent: 0, pending: 3, lost: 1 });
}

#[test]
fn the_rest_of_a_batch_that_was_too_large_does_not_wait_for_company() {
    let mut outbox = outbox(4);
    for (expected, status) in [(4, 413), (2, 200), (2, 200)] {
        let flight = outbox.depart(START, status == 413).expect("goes at once");
        assert_eq!(outbox.cargo(flight.number).len(), expected);
        answer(&mut outbox, &flight, &self::status(status));
    }
}

#[test]
fn after_a_batch_that_was_too_large_they_grow_again_slowly() {
    let mut outbox = outbox(100);
    for (expected, status) in [(50, 413), (25, 413), (12, 200), (24, 200), (48, 200), (16, 200)] {
        let flight = outbox.depart(START, true).expect("leaving");
        assert_eq!(outbox.cargo(flight.number).len(), expected);
        answer(&mut outbox, &flight, &self::status(status));
    }
}

#[test]
fn leaving_sends_what_the_browser_lets_outlive_the_page_and_hands_it_more_for_later() {
    let mut outbox = empty();
    for seq in 1..=8 {
        push(&mut outbox, big(seq, 20 * KIB));
    }
    let ways: Vec<Way> = std::iter::from_fn(|| outbox.depart(START, true)).map(|d| d.way).collect();

    assert_eq!(ways, [Way::Keepalive, Way::Keepalive, Way::Later, Way::Later], "a third would pass 60 KiB");
    assert_eq!(outbox.report().pending, 8);
}

/// An outbox that has handed over an event for later, and sent two others.
fn handed_over() -> Outbox {
    let mut outbox = empty();
    for seq in 1..=3 {
        push(&mut outbox, big(seq, 25 * KIB));
    }
    let flights: Vec<Departure> = std::iter::from_fn(|| outbox.depart(START, true)).collect();
    for flight in &flights {
        let settling = if flight.way == Way::Later { Answer::None } else { ok() };
        answer(&mut outbox, flight, &settling);
    }
    assert_eq!((flights.len(), outbox.report().pending), (3, 1));
    assert!(outbox.is_settled() && !outbox.is_pausing());
    outbox
}

#[test]
fn what_is_handed_over_for_later_stays_there_until_the_page_is_shown() {
    let mut outbox = handed_over();

    outbox.take_back(START);
    assert_eq!(waiting(&outbox), [3]);
    assert!(outbox.depart(START + BATCH_WAIT, false).is_some());
}

#[test]
fn what_is_handed_over_for_later_holds_up_nothing_new() {
    let mut outbox = handed_over();
    push(&mut outbox, event(4, ""));

    assert_eq!(outbox.delay(START), Some(BATCH_WAIT));
    assert!(outbox.depart(START + BATCH_WAIT, false).is_some());
}

#[test]
fn what_is_handed_over_for_later_is_sent_again_by_a_page_that_lives_on_hidden() {
    let mut outbox = handed_over();
    assert_eq!(outbox.delay(START), Some(FLIGHT_LIMIT));
    outbox.give_up(START + Millis(FLIGHT_LIMIT.0 - 1), &mut chance());
    assert!(waiting(&outbox).is_empty());

    let over = START + FLIGHT_LIMIT;
    outbox.give_up(over, &mut chance());

    assert_eq!(waiting(&outbox), [3]);
    assert!(!outbox.is_pausing(), "nothing has failed");
    assert!(outbox.depart(over + BATCH_WAIT, false).is_some());
}

#[test]
fn what_was_handed_over_for_later_comes_back_in_order() {
    let mut outbox = empty();
    for seq in 1..=5 {
        push(&mut outbox, big(seq, 25 * KIB));
    }
    assert_eq!(std::iter::from_fn(|| outbox.depart(START, true)).count(), 4);

    outbox.take_back(START);
    assert_eq!(waiting(&outbox), [3, 4, 5]);
}

#[test]
fn an_event_too_large_to_outlive_the_page_goes_while_the_page_is_open() {
    let mut outbox = empty();
    push(&mut outbox, big(1, 70 * KIB));

    assert_eq!(outbox.depart(START, true), None);
    assert_eq!(outbox.depart(START, false).map(|d| d.way), Some(Way::Page));
}

#[test]
fn an_event_too_large_to_outlive_the_page_holds_up_nothing_behind_it() {
    let mut outbox = empty();
    push(&mut outbox, big(1, 70 * KIB));
    push(&mut outbox, big(2, 10));

    let flight = outbox.depart(START, true).expect("the small one");
    assert_eq!(outbox.cargo(flight.number)[0].key.seq, 2);
    assert_eq!(waiting(&outbox), [1]);
}

#[test]
fn behind_an_event_too_large_to_outlive_the_page_leaves_a_whole_batch() {
    let mut outbox = empty();
    push(&mut outbox, big(1, 70 * KIB));
    for seq in 2..=BATCH_EVENTS as u64 + 2 {
        push(&mut outbox, event(seq, ""));
    }

    let flight = outbox.depart(START, true).expect("leaving");
    assert_eq!(outbox.cargo(flight.number).len(), BATCH_EVENTS);
}

#[test]
fn beside_what_is_under_way_a_smaller_batch_leaves() {
    let mut outbox = empty();
    push(&mut outbox, big(1, 50 * KIB));
    outbox.depart(START, true).expect("leaving");
    for seq in 2..=4 {
        push(&mut outbox, big(seq, 4 * KIB));
    }

    let flight = outbox.depart(START, true).expect("leaving");
    assert_eq!((flight.way, outbox.cargo(flight.number).len()), (Way::Keepalive, 2));
    let flight = outbox.depart(START, true).expect("leaving");
    assert_eq!((flight.way, outbox.cargo(flight.number).len()), (Way::Later, 1));
}

#[test]
fn records_of_another_context_go_in_a_batch_of_their_own() {
    let mut outbox = outbox(2);
    let mut stranger = event(3, "");
    stranger.context.visitor = None;
    push(&mut outbox, stranger);

    let flight = outbox.depart(START, true).expect("leaving");
    assert_eq!(outbox.cargo(flight.number).len(), 2);
}

#[test]
fn the_oldest_makes_room_and_its_loss_is_stated() {
    let mut outbox = empty();
    for seq in 1..=55 {
        push(&mut outbox, big(seq, 10 * KIB));
    }

    assert_eq!(outbox.lost(), [(Loss::OutboxFull, 5)]);
    assert_eq!(outbox.waiting[0].content, lost(Loss::OutboxFull, 1, 5));
    assert_eq!(waiting(&outbox)[..2], [1, 6]);
    assert!(outbox.bytes() <= OUTBOX_BYTES);
}

#[test]
fn what_just_fits_is_kept() {
    let half = OUTBOX_BYTES / 2 - event(1, "").size();
    let mut outbox = empty();
    push(&mut outbox, big(1, half));
    push(&mut outbox, big(2, half));
    assert_eq!((waiting(&outbox), outbox.lost()), (vec![1, 2], &[][..]));

    let mut outbox = empty();
    push(&mut outbox, big(1, half));
    outbox.adopt(vec![orphan(9, half)], START);
    assert_eq!(waiting(&outbox), [9, 1]);
}

#[test]
fn a_browser_that_was_never_answered_keeps_little() {
    let mut outbox = empty();
    for seq in 1..=20 {
        push(&mut outbox, big(seq, 10 * KIB));
    }
    assert_eq!(outbox.lost(), [], "nothing has been tried");

    let flight = outbox.depart(START, false).expect("is full");
    answer(&mut outbox, &flight, &Answer::None);
    assert_eq!(outbox.lost(), [(Loss::OutboxFull, 14)]);
    assert!(outbox.bytes() <= SILENT_BYTES);

    let flight = outbox.depart(START, true).expect("leaving");
    assert!(!answer(&mut outbox, &flight, &status(503)).has_answered, "a proxy may have said that");
    let flight = outbox.depart(START, true).expect("leaving");
    assert!(answer(&mut outbox, &flight, &ok()).has_answered);
    for seq in 21..=40 {
        push(&mut outbox, big(seq, 10 * KIB));
    }
    assert_eq!(outbox.report().lost, 14);
}

#[test]
fn a_browser_that_was_answered_lately_keeps_more_though_the_collector_is_away() {
    let mut outbox = Outbox::new(TabId::new(7), Some(START));
    for seq in 1..=20 {
        push(&mut outbox, big(seq, 10 * KIB));
    }
    let flight = outbox.depart(START, false).expect("is full");

    let done = answer(&mut outbox, &flight, &Answer::None);
    assert_eq!((done.lost, done.has_answered, done.written.len()), (vec![], false, 20));
}

#[test]
fn an_answer_is_remembered_anew_after_a_day_and_after_consent_was_taken_back() {
    let mut outbox = Outbox::new(TabId::new(7), Some(START));
    let has_answered = |outbox: &mut Outbox, at: UnixMillis| {
        let Record { context, content, .. } = event(1, "");
        outbox.push(context, at, content, at);
        outbox.effects();
        let flight = outbox.depart(at, true).expect("leaving");
        outbox.answered(flight.number, &ok(), at, &mut chance());
        outbox.effects().contains(&Effect::Remember(Memory::Answered(at)))
    };
    let day = START + Millis::days(1);
    assert!(!has_answered(&mut outbox, UnixMillis(day.0 - 1)));
    assert!(has_answered(&mut outbox, day));
    assert!(!has_answered(&mut outbox, day));

    outbox.restart(TabId::new(2));
    assert!(has_answered(&mut outbox, day), "what was remembered was erased");
}

#[test]
fn losses_are_not_let_go_for_events_and_the_oldest_of_them_for_others() {
    let mut outbox = empty();
    outbox.contact = Contact::Silent;
    let most = (SILENT_BYTES / Record::FRAME) as u64;
    for n in 1..=most {
        outbox.state_loss(event(1, "").context, Loss::NoName, (2 * n, 2 * n), START);
    }
    push(&mut outbox, event(0, ""));
    assert_eq!(outbox.lost(), [(Loss::OutboxFull, 1)], "there is no room for an event");
    assert_eq!(waiting(&outbox)[0], 2, "its loss takes the room of the oldest");
    assert_eq!(outbox.waiting.last().map(|record| &record.content), Some(&lost(Loss::OutboxFull, 0, 0)));
}

#[test]
fn statements_of_identity_are_let_go_after_the_events() {
    let mut outbox = empty();
    let identity = Content::Identity("x".repeat(300 * KIB).into());
    push(&mut outbox, Record { content: identity, ..event(1, "") });
    push(&mut outbox, big(2, 100 * KIB));
    push(&mut outbox, big(3, 200 * KIB));
    assert_eq!(waiting(&outbox), [1, 2, 3]);
    assert_eq!(outbox.waiting[1].content, lost(Loss::OutboxFull, 2, 2));

    let mut other = event(4, "");
    other.context.visitor = None;
    other.content = Content::Identity("x".repeat(300 * KIB).into());
    push(&mut outbox, other);
    assert_eq!(waiting(&outbox), [2, 4], "the event has gone, then the older statement");
    assert_eq!(outbox.waiting[0].content, lost(Loss::OutboxFull, 2, 3));
}

#[test]
fn a_newer_statement_of_identity_replaces_the_older_of_its_context() {
    let identity =
        |seq, context| Record { content: Content::Identity("{}".into()), context, ..event(seq, "") };
    let mut other = event(1, "").context;
    other.session = None;
    let mut outbox = empty();
    push(&mut outbox, identity(1, event(1, "").context));
    push(&mut outbox, identity(2, other));
    push(&mut outbox, event(3, ""));
    push(&mut outbox, identity(4, event(1, "").context));

    assert_eq!(waiting(&outbox), [2, 3, 4]);
    assert_eq!(done(&mut outbox).forgotten, [1]);
}

#[test]
fn adopted_records_come_first_and_only_once() {
    let mut outbox = outbox(1);
    outbox.adopt(vec![orphan(9, 0)], START);
    outbox.adopt(vec![orphan(9, 0)], START);

    assert_eq!(waiting(&outbox), [9, 1]);
    outbox.depart(START, true).expect("leaving");
    outbox.adopt(vec![orphan(9, 0)], START);
    assert_eq!(waiting(&outbox), [1]);
}

#[test]
fn adopted_records_come_in_the_order_of_their_tab() {
    let mut outbox = empty();
    outbox.adopt([10, 9, 11].map(|seq| orphan(seq, 0)).to_vec(), START);

    assert_eq!(waiting(&outbox), [9, 10, 11]);
}

#[test]
fn what_is_older_than_a_week_is_let_go() {
    let mut outbox = empty();
    let mut old = orphan(1, 0);
    old.at = START;
    let mut young = orphan(2, 0);
    young.at = START + Millis(1);
    outbox.adopt(vec![old, young], START + MAX_AGE + Millis(1));

    let done = done(&mut outbox);
    assert_eq!(done.lost, [(Loss::TooOld, 1)]);
    assert_eq!(outbox.lost(), [(Loss::TooOld, 1)]);
    assert_eq!(waiting(&outbox), [1, 2]);
    assert_eq!((done.written.len(), done.forgotten), (1, vec![1]));
    let loss = &outbox.waiting[0];
    assert_eq!(loss.key.tab, TabId::new(7), "kept under this tab's name");
    assert_eq!(loss.context.tab, TabId::new(1), "and told of the other");
}

#[test]
fn a_statement_is_kept_longer_than_an_event_but_not_for_ever() {
    let mut loss = orphan(1, 0);
    loss.content = lost(Loss::TooOld, 1, 1);
    let mut identity = orphan(2, 0);
    identity.content = Content::Identity("{}".into());
    for (age, left) in [(MAX_AGE, vec![1, 2]), (Millis(MAX_AGE.0 + 1), vec![1])] {
        let mut outbox = empty();
        let at = START;
        outbox.adopt(vec![Record { at, ..loss.clone() }, Record { at, ..identity.clone() }], START + age);
        assert_eq!(waiting(&outbox), left);
    }
    for (age, left) in [(MAX_STATEMENT_AGE, 1), (Millis(MAX_STATEMENT_AGE.0 + 1), 0)] {
        let mut outbox = empty();
        outbox.adopt(vec![Record { at: START, ..loss.clone() }], START + age);
        assert_eq!(outbox.waiting.len(), left);
        assert_eq!(outbox.lost(), [], "an old loss is no new one");
    }
}

#[test]
fn a_clock_set_back_makes_nothing_wait_longer_than_it_would_have() {
    let mut outbox = outbox(1);
    let before = UnixMillis(1);
    outbox.follow_clock(before);
    assert_eq!(outbox.delay(before), Some(BATCH_WAIT));
    assert!(outbox.depart(before + BATCH_WAIT, false).is_some());

    let mut outbox = self::outbox(1);
    let flight = outbox.depart(START, true).expect("leaving");
    asked(&mut outbox, &flight, Millis::minutes(10));
    outbox.follow_clock(before);
    assert_eq!(outbox.delay(before), Some(Millis::minutes(10)));

    let mut outbox = self::outbox(1);
    outbox.depart(START, true).expect("leaving");
    outbox.follow_clock(before);
    assert_eq!(outbox.delay(before), Some(FLIGHT_LIMIT));
}

#[test]
fn a_request_whose_end_nobody_reports_is_given_up() {
    let mut outbox = outbox(1);
    let flight = outbox.depart(START, true).expect("leaving");
    assert_eq!(outbox.delay(START), Some(FLIGHT_LIMIT));
    outbox.give_up(START + Millis(FLIGHT_LIMIT.0 - 1), &mut chance());
    assert!(!outbox.is_pausing());

    let over = START + FLIGHT_LIMIT;
    outbox.give_up(over, &mut chance());
    assert!(outbox.is_pausing());
    assert_eq!(answer(&mut outbox, &flight, &ok()), Done::default(), "too late: it will be a duplicate");
    assert!(outbox.depart(over + RETRY_FIRST + BATCH_WAIT, false).is_some());
}

#[test]
fn what_is_under_way_takes_room_too() {
    let mut outbox = empty();
    for seq in 1..=51 {
        push(&mut outbox, big(seq, 10 * KIB));
    }
    outbox.depart(START, false).expect("is full");
    outbox.effects();
    push(&mut outbox, big(52, 10 * KIB));

    let done = done(&mut outbox);
    assert_eq!(done.lost, [(Loss::OutboxFull, 1)]);
    assert_eq!(
        waiting(&outbox)[..2],
        [4, 5],
        "the first made room before; its loss and the next two are under way"
    );
    assert_eq!(outbox.waiting[0].content, lost(Loss::OutboxFull, 4, 4));
}

#[test]
fn a_journal_that_finds_no_room_is_left_where_it_is() {
    let mut outbox = empty();
    for seq in 1..=30 {
        push(&mut outbox, big(seq, 10 * KIB));
    }
    outbox.effects();
    outbox.adopt((1..=50).map(|seq| orphan(seq, 10 * KIB)).collect(), START);

    assert_eq!(done(&mut outbox), Done::default());
    assert_eq!(outbox.report(), Report { sent: 0, pending: 50, lost: 0 });
}

#[test]
fn an_identity_travels_like_an_event() {
    let mut outbox = empty();
    push(&mut outbox, Record { content: Content::Identity("{}".into()), ..event(1, "") });
    let flight = outbox.depart(START + BATCH_WAIT, false).expect("is due");
    let done = answer(&mut outbox, &flight, &ok());

    assert_eq!((done.delivered, done.forgotten), (0, vec![1]), "but is none");
}

#[test]
fn a_loss_beside_another_joins_it_on_either_side() {
    let mut outbox = empty();
    let context = || event(1, "").context;
    for number in [5, 6, 4, 8] {
        outbox.state_loss(context(), Loss::NoName, (number, number), START);
    }
    outbox.state_loss(context(), Loss::TooOld, (7, 7), START);
    let mut elsewhere = context();
    elsewhere.session = None;
    outbox.state_loss(elsewhere, Loss::NoName, (9, 9), START);

    let stated: Vec<Content> = outbox.waiting.iter().map(|record| record.content.clone()).collect();
    assert_eq!(
        stated,
        [
            lost(Loss::NoName, 4, 6),
            lost(Loss::NoName, 8, 8),
            lost(Loss::TooOld, 7, 7),
            lost(Loss::NoName, 9, 9)
        ]
    );
}

#[test]
fn a_loss_under_way_grows_no_more() {
    let mut outbox = empty();
    outbox.state_loss(event(1, "").context, Loss::NoName, (1, 1), START);
    outbox.depart(START, true).expect("leaving");
    outbox.state_loss(event(1, "").context, Loss::NoName, (2, 2), START);

    assert_eq!(waiting(&outbox), [2]);
}
