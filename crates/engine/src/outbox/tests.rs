//! The outbox, boundary by boundary.

use super::*;
use crate::journal::Content;
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

fn outbox(events: u64) -> Outbox {
    let mut outbox = Outbox::default();
    for seq in 1..=events {
        outbox.push(event(seq, ""), START);
    }
    outbox
}

fn big(seq: u64, bytes: usize) -> Record {
    event(seq, &"x".repeat(bytes))
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
fn enough_events_do_not_wait() {
    assert!(outbox(BATCH_EVENTS as u64).depart(START, false).is_some());
    assert!(outbox(BATCH_EVENTS as u64 - 1).depart(START, false).is_none());
}

#[test]
fn one_batch_is_under_way_at_a_time() {
    let mut outbox = outbox(2 * BATCH_EVENTS as u64);
    let first = outbox.depart(START, false).expect("is full");

    assert_eq!(outbox.depart(START, false), None);
    let settled = outbox.answered(first.number, &ok(), START, &mut chance());
    assert_eq!(settled.delivered, BATCH_EVENTS as u64);
    assert!(outbox.depart(START, false).is_some());
}

#[test]
fn a_receipt_forgets_exactly_what_was_sent() {
    let mut outbox = outbox(2);
    let flight = outbox.depart(START, true).expect("leaving");
    outbox.push(event(3, ""), START);

    let settled = outbox.answered(flight.number, &ok(), START, &mut chance());

    assert_eq!(settled.forget.iter().map(|key| key.seq).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(outbox.report(), Report { sent: 2, pending: 1, lost: 0 });
}

#[test]
fn an_answer_that_comes_twice_settles_nothing_twice() {
    let mut outbox = outbox(1);
    let flight = outbox.depart(START, true).expect("leaving");
    outbox.answered(flight.number, &ok(), START, &mut chance());

    assert_eq!(outbox.answered(flight.number, &ok(), START, &mut chance()), Settled::default());
    assert_eq!(outbox.report().sent, 1);
}

#[test]
fn what_may_pass_is_tried_again_in_the_same_order() {
    for answer in [Answer::None, status(408), status(425), status(429), status(500), status(503)] {
        let mut outbox = outbox(2);
        let flight = outbox.depart(START, true).expect("leaving");
        outbox.push(event(3, ""), START);

        assert_eq!(outbox.answered(flight.number, &answer, START, &mut chance()), Settled::default());
        assert!(outbox.is_pausing());
        let again = outbox.depart(START + RETRY_FIRST + BATCH_WAIT, false).expect("the pause is over");
        let order: Vec<u64> = outbox.cargo(again.number).iter().map(|record| record.seq).collect();
        assert_eq!(order, [1, 2, 3], "{answer:?}");
    }
}

#[test]
fn the_collector_may_ask_for_a_longer_pause() {
    let mut outbox = outbox(1);
    let flight = outbox.depart(START, true).expect("leaving");
    let answer = Answer::Status { status: 503, retry_after: Some(Millis::minutes(10)), refused: 0 };
    outbox.answered(flight.number, &answer, START, &mut chance());

    assert_eq!(outbox.delay(START), Some(Millis::minutes(10)), "it asks for that");
    assert_eq!(outbox.depart(START + Millis(Millis::minutes(10).0 - 1), false), None);
    assert!(outbox.depart(START + Millis::minutes(10), false).is_some());
}

#[test]
fn pauses_grow_to_their_limit_and_end_with_a_receipt() {
    let mut outbox = outbox(1);
    let mut chance = chance();
    let mut now = START;
    for _ in 0..40 {
        now = now + RETRY_LAST;
        let flight = outbox.depart(now, false).expect("the pause is never longer");
        outbox.answered(flight.number, &Answer::None, now, &mut chance);
    }
    let flight = outbox.depart(now + RETRY_LAST, false).expect("the pause is over");
    outbox.answered(flight.number, &ok(), now, &mut chance);

    assert!(!outbox.is_pausing());
    assert_eq!(outbox.failures, 0);
}

#[test]
fn a_refused_batch_is_counted_and_forgotten() {
    let mut outbox = outbox(2);
    let flight = outbox.depart(START, true).expect("leaving");
    let settled = outbox.answered(flight.number, &status(404), START, &mut chance());

    assert_eq!(settled.lost, [(Loss::Refused, 2)]);
    assert_eq!(settled.forget.len(), 2);
    assert_eq!(outbox.report(), Report { sent: 0, pending: 0, lost: 2 });
}

#[test]
fn events_refused_in_a_receipt_are_lost_and_the_others_delivered() {
    let mut outbox = outbox(3);
    let flight = outbox.depart(START, true).expect("leaving");
    let answer = Answer::Status { status: 200, retry_after: None, refused: 1 };

    assert_eq!(outbox.answered(flight.number, &answer, START, &mut chance()).delivered, 2);
    assert_eq!(outbox.report(), Report { sent: 2, pending: 0, lost: 1 });
}

#[test]
fn a_batch_that_is_too_large_goes_in_halves_down_to_one() {
    let mut outbox = outbox(4);
    for expected in [4, 2, 1] {
        let flight = outbox.depart(START, true).expect("leaving");
        assert_eq!(outbox.cargo(flight.number).len(), expected);
        let settled = outbox.answered(flight.number, &status(413), START, &mut chance());
        assert_eq!(settled.lost.first(), (expected == 1).then_some(&(Loss::TooLarge, 1)));
    }
    assert_eq!(outbox.report(), Report { sent: 0, pending: 3, lost: 1 });
}

#[test]
fn leaving_sends_only_what_the_browser_lets_outlive_the_page() {
    let mut outbox = Outbox::default();
    for seq in 1..=4 {
        outbox.push(big(seq, 20 * KIB), START);
    }
    let mut departed = 0;
    while let Some(departure) = outbox.depart(START, true) {
        assert!(departure.keepalive);
        departed += 1;
    }

    assert_eq!(departed, 2, "two of 20 KiB and their frames; a third would pass 60 KiB");
    assert_eq!(outbox.report().pending, 4);
}

#[test]
fn an_event_too_large_to_outlive_the_page_goes_while_the_page_is_open() {
    let mut outbox = Outbox::default();
    outbox.push(big(1, 70 * KIB), START);

    assert_eq!(outbox.depart(START, true), None);
    assert_eq!(outbox.depart(START, false).map(|d| d.keepalive), Some(false));
}

#[test]
fn records_of_another_context_go_in_a_batch_of_their_own() {
    let mut outbox = outbox(2);
    let mut stranger = event(3, "");
    stranger.context.visitor = None;
    outbox.push(stranger, START);

    let flight = outbox.depart(START, true).expect("leaving");
    assert_eq!(outbox.cargo(flight.number).len(), 2);
}

#[test]
fn the_oldest_makes_room_and_is_counted() {
    let mut outbox = Outbox::default();
    let mut gone = Vec::new();
    for seq in 1..=55 {
        gone.extend(outbox.push(big(seq, 10 * KIB), START).forget);
    }

    assert_eq!(gone.iter().map(|key| key.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(outbox.lost(), [(Loss::OutboxFull, 5)]);
}

#[test]
fn adopted_records_come_first_and_only_once() {
    let mut outbox = outbox(1);
    let mut orphan = event(9, "");
    orphan.context.tab = pugmark_protocol::id::TabId::new(1);
    outbox.adopt(vec![orphan.clone()], START);
    outbox.adopt(vec![orphan], START);

    assert_eq!(outbox.report().pending, 2);
    assert_eq!(outbox.waiting[0].seq, 9);
}

#[test]
fn what_is_older_than_a_week_is_let_go() {
    let mut outbox = Outbox::default();
    let mut old = event(1, "");
    old.at = START;
    let mut young = event(2, "");
    young.at = START + Millis(1);
    let settled = outbox.adopt(vec![old, young], START + MAX_AGE + Millis(1));

    assert_eq!(settled.forget.len(), 1);
    assert_eq!(settled.lost, [(Loss::TooOld, 1)]);
    assert_eq!(outbox.lost(), [(Loss::TooOld, 1)]);
}

#[test]
fn there_is_nothing_to_wake_for_when_all_that_was_found_is_too_old() {
    let mut outbox = Outbox::default();
    let mut old = event(1, "");
    old.at = START;
    outbox.adopt(vec![old], START + MAX_AGE + Millis(1));

    assert_eq!(outbox.delay(START + MAX_AGE + Millis(1)), None);
}

#[test]
fn a_clock_set_back_holds_nothing_up() {
    let mut outbox = outbox(1);
    assert!(outbox.depart(UnixMillis(1), false).is_some());

    let mut outbox = self::outbox(1);
    let flight = outbox.depart(START, true).expect("leaving");
    outbox.answered(flight.number, &status(503), START, &mut chance());
    assert!(outbox.depart(UnixMillis(1), false).is_some());
}

#[test]
fn what_is_under_way_takes_room_too() {
    let mut outbox = Outbox::default();
    for seq in 1..=51 {
        outbox.push(big(seq, 10 * KIB), START);
    }
    outbox.depart(START, false).expect("is full");
    let settled = outbox.push(big(52, 10 * KIB), START);

    assert_eq!(settled.lost, [(Loss::OutboxFull, 1)]);
    assert_eq!(settled.forget[0].seq, 4, "the first made room before; the next two are under way");
}

#[test]
fn a_journal_that_finds_no_room_is_left_where_it_is() {
    let mut outbox = Outbox::default();
    for seq in 1..=30 {
        outbox.push(big(seq, 10 * KIB), START);
    }
    let mut orphans: Vec<Record> = (1..=50).map(|seq| big(seq, 10 * KIB)).collect();
    for orphan in &mut orphans {
        orphan.context.tab = pugmark_protocol::id::TabId::new(1);
    }

    assert_eq!(outbox.adopt(orphans, START), Settled::default());
    assert_eq!(outbox.report(), Report { sent: 0, pending: 50, lost: 0 });
}

#[test]
fn an_identity_travels_like_an_event() {
    let mut outbox = Outbox::default();
    outbox.push(Record { content: Content::Identity("{}".to_owned()), ..event(1, "") }, START);
    let flight = outbox.depart(START + BATCH_WAIT, false).expect("is due");
    let settled = outbox.answered(flight.number, &ok(), START, &mut chance());

    assert_eq!((settled.delivered, settled.forget.len()), (0, 1), "but is none");
}
