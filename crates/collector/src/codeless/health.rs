//! How a codeless event is doing: whether it fires as often as it used to, on the element that is meant, by enough of what
//! it knows. At most one thing is said at a time, with one reason and one thing to do: the most urgent.

use std::ops::Range;

use pugmark_protocol::definition::{Definition, Status, Trigger};
use pugmark_protocol::fingerprint::WHOLE;
use pugmark_protocol::time::{Millis, UnixMillis};

use super::{fingerprints, targets};
use crate::store::{Activity, Finding, Found, Hit};

/// Over how long before its last hit an event's own rate is taken: four whole weeks, so that weekends weigh as they do.
const EARLIER: Millis = Millis::days(28);

/// How many hits were to be expected before an event that has none is called silent.
///
/// Of what happens by chance at a steady rate, none where 7 are expected has a chance of e^-7: less than one in a thousand.
const EXPECTED: u64 = 7;

/// How many hits beyond three times what was to be expected make a jump.
///
/// Of what happens by chance at a steady rate, three times the expected and 3 more has a chance of less than one in a
/// thousand, whatever the rate. Thrice that, because one visitor may do it several times. Judgement (November 2026).
const JUMP: u64 = 9;

/// How many days, today among them, are no part of the earlier rate that a jump is compared with: so long one that lasts is
/// told. Judgement (November 2026): who looks once a week sees it.
const LATELY: u64 = 7;

/// How many hits must be known before anything is said of their elements. Judgement (November 2026): one odd click decides
/// nothing.
const ENOUGH: usize = 3;

/// How long nothing is remarkable about an event that has never fired.
const FRESH: Millis = Millis::days(1);

/// What is known of an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) definition: &'a Definition,
    /// Since when it fires as it does now.
    pub(crate) armed_at: UnixMillis,
    pub(crate) activity: &'a Activity,
    /// What the visualizer saw of it.
    pub(crate) findings: &'a [Finding],
    /// Whether there is something to propose.
    pub(crate) has_proposal: bool,
    pub(crate) now: UnixMillis,
}

/// How an event is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Health {
    /// When it last happened.
    pub(crate) last: Option<UnixMillis>,
    /// How often on the last seven days, today among them.
    pub(crate) week: u64,
    /// What is wrong with it, if something is.
    pub(crate) trouble: Option<Trouble>,
}

/// What is wrong with an event: why that is said, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) kind: TroubleKind,
    pub(crate) reason: String,
    pub(crate) action: String,
}

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TroubleKind {
    /// It has not happened since it was published.
    NeverFired,
    /// It used to happen, and does not any more.
    Silent,
    /// It happens far more often than it used to.
    Jumped,
    /// More than the one element that is meant makes it happen.
    Ambiguous,
    /// Much of what it knows of its element is not so any more.
    Weak,
}

impl TroubleKind {
    /// What people call it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::NeverFired => "Never fired",
            Self::Silent => "Silent",
            Self::Jumped => "More than usual",
            Self::Ambiguous => "Ambiguous",
            Self::Weak => "Weak",
        }
    }
}

/// Judges an event.
pub(crate) fn health(known: Known<'_>) -> Health {
    let Known { definition, activity, now, .. } = known;
    let today = day_of(now);
    let week = activity.days.iter().filter(|(day, _)| day + 7 > today).map(|(_, n)| n).sum();
    // What waited in a browser arrives after what happened later.
    let last = activity.hits.iter().map(|hit| hit.at).max();
    let trouble = match (definition.status, last) {
        (Status::Paused | Status::Archived, _) => None,
        (Status::Active, None) => Some(never_fired(known)),
        (Status::Active, Some(last)) => {
            silent(known, last).or_else(|| jumped(known)).or_else(|| ambiguous(known)).or_else(|| weak(known))
        }
    };
    Health { last, week, trouble }
}

fn never_fired(known: Known<'_>) -> Trouble {
    let age = known.now.since(known.armed_at);
    let names_pages = match &known.definition.trigger {
        Some(Trigger::ClickedElement { pages, .. } | Trigger::VisitedUrl { pages }) => !pages.is_empty(),
        None => false,
    };
    // Of an event of every page it is no news that its element is not on one of them.
    let missed = seen(known).find(|finding| finding.found == Found::None && names_pages);
    let is_click = matches!(known.definition.trigger, Some(Trigger::ClickedElement { .. }));
    let (reason, action) = match missed {
        Some(finding) => (
            not_found(known, finding),
            "Open it in the visualizer on the page where the element is, and choose it again.".to_owned(),
        ),
        None if age.0 < FRESH.0 => (
            "It was published less than a day ago.".to_owned(),
            if is_click {
                "Click its element on your site: a few seconds later it must be in the live view.".to_owned()
            } else {
                "View one of its pages: a few seconds later it must be in the live view.".to_owned()
            },
        ),
        None => (
            format!("It was published {} ago and has not happened once.", time_words(age)),
            if is_click {
                "Open it in the visualizer: check that its pages are the right ones and its element is on them."
                    .to_owned()
            } else {
                "Check that its pages are the right ones, and that the tracking code is on them.".to_owned()
            },
        ),
    };
    Trouble { kind: TroubleKind::NeverFired, reason, action }
}

/// That there was none, and how near the nearest came.
fn not_found(known: Known<'_>, finding: &Finding) -> String {
    let threshold = fingerprints(known.definition).map(|one| one.threshold).min();
    let nearest = match threshold.filter(|threshold| (1..*threshold).contains(&finding.score)) {
        Some(threshold) => format!(
            ": the nearest has {}% of what is known of it, and needs {}%",
            finding.score / 10,
            threshold.div_ceil(10)
        ),
        None => String::new(),
    };
    format!("Its element was not found on {} when somebody looked there{nearest}.", finding.url)
}

fn silent(known: Known<'_>, last: UnixMillis) -> Option<Trouble> {
    let quiet = known.now.since(last.max(known.armed_at));
    let last_day = day_of(last);
    let earlier = known.activity.days.iter().filter(|(day, _)| day + 28 > last_day && *day <= last_day);
    let n: u64 = earlier.map(|(_, n)| n).sum();
    let expected = n.saturating_mul(quiet.0) / EARLIER.0;
    if expected < EXPECTED {
        return None;
    }
    let reason = format!(
        "Nothing for {}. At its earlier rate of {}, {expected} were to be expected.",
        time_words(quiet),
        rate_words(n, 28)
    );
    let action = match &known.definition.trigger {
        _ if known.has_proposal => {
            "Look at the element that people click instead, and take it if it is the same one."
        }
        Some(Trigger::ClickedElement { .. }) => {
            "Open it in the visualizer and choose its element again; if that is gone for good, archive the event."
        }
        Some(Trigger::VisitedUrl { .. }) | None => {
            "Check that its pages are still there under these addresses, and that the tracking code is on them."
        }
    };
    Some(Trouble { kind: TroubleKind::Silent, reason, action: action.to_owned() })
}

fn jumped(known: Known<'_>) -> Option<Trouble> {
    let today = day_of(known.now);
    let until = today.checked_sub(LATELY - 1)?;
    // Of the day on which it changed only a part is its own.
    let from = (day_of(known.armed_at) + 1).max(until.saturating_sub(28));
    // A week at least, so that there are weekends among them.
    let days = until.checked_sub(from).filter(|days| *days >= 7)?;
    let hits = |within: Range<u64>| {
        let counted = known.activity.days.iter().filter(move |(day, _)| within.contains(day));
        counted.map(|(_, n)| *n)
    };
    let n: u64 = hits(from..until).sum();
    let busiest = hits(from..until).max()?;
    let recent: u64 = hits(today - 1..today + 1).sum();
    let since_yesterday = known.now.since(UnixMillis(Millis::days(today - 1).0));
    let expected = n.saturating_mul(since_yesterday.0).div_ceil(Millis::days(days).0);
    // What has such days anyway, as with a newsletter every week, or was away for some weeks, has not jumped.
    if recent < expected * 3 + JUMP || recent <= busiest * 2 {
        return None;
    }
    let reason = format!(
        "{recent} times since yesterday. At its earlier rate of {}, {expected} would be usual.",
        rate_words(n, days)
    );
    let part = match &known.definition.trigger {
        Some(Trigger::ClickedElement { .. }) => "element",
        Some(Trigger::VisitedUrl { .. }) | None => "pages",
    };
    let action = format!(
        "Look at its recent completions: if they are not what you mean, open it in the visualizer and choose its {part} again."
    );
    Some(Trouble { kind: TroubleKind::Jumped, reason, action })
}

fn ambiguous(known: Known<'_>) -> Option<Trouble> {
    let mut alike = fingerprints(known.definition).map(|one| one.alike).peekable();
    if alike.peek().is_none() || alike.any(|alike| alike > 1) {
        return None;
    }
    let action =
        "Open it in the visualizer: choose what tells the element apart, or count all of them as meant.";
    let trouble =
        |reason: String| Trouble { kind: TroubleKind::Ambiguous, reason, action: action.to_owned() };
    if let Some(finding) = seen(known).find(|finding| finding.found == Found::Several) {
        return Some(trouble(format!("One element is meant, and several on {} fit.", finding.url)));
    }
    // What counts as well may be an element of its own.
    if targets(known.definition).count() > 1 {
        return None;
    }
    let hits = hits_since(known);
    let (one, other) = taking_turns(&hits)?;
    Some(trouble(format!(
        "On {}, clicks on “{}” and on “{}” both count, which lead to different places.",
        one.url, one.text, other.text
    )))
}

fn weak(known: Known<'_>) -> Option<Trouble> {
    let threshold = fingerprints(known.definition).map(|one| one.threshold).max()?;
    let action =
        "Open it in the visualizer and choose its element again, before the next change of the page.";
    let trouble = |reason: String| Trouble { kind: TroubleKind::Weak, reason, action: action.to_owned() };
    let mut scores: Vec<u32> = hits_since(known).iter().map(|hit| hit.score.unwrap_or(WHOLE)).collect();
    scores.sort_unstable();
    if scores.len() >= ENOUGH {
        let middle = scores[scores.len() / 2];
        // More than half of what may change before it stops firing has changed.
        if middle < WHOLE - (WHOLE - threshold.min(WHOLE)) / 2 {
            return Some(trouble(format!(
                "Of what it knows of its element {}% is still so; below {}% it stops firing.",
                middle / 10,
                threshold / 10
            )));
        }
    }
    let finding = seen(known).find(|finding| finding.found == Found::Weak)?;
    Some(trouble(format!("On {} its element has little more than it needs to be known.", finding.url)))
}

/// What the visualizer saw since it fires as it does now, and not so long ago that the pages are others.
fn seen(known: Known<'_>) -> impl Iterator<Item = &Finding> {
    let is_fresh = move |finding: &&Finding| known.now.since(finding.at).0 <= Finding::KEPT.0;
    known.findings.iter().filter(is_fresh).filter(move |finding| finding.at >= known.armed_at)
}

/// The hits since it fires as it does now, newest first.
fn hits_since(known: Known<'_>) -> Vec<&Hit> {
    known.activity.hits.iter().filter(|hit| hit.at >= known.armed_at).collect()
}

/// Two elements of one page that are clicked by turns. One that follows the other once is the same after a redesign.
fn taking_turns<'a>(hits: &[&'a Hit]) -> Option<(&'a Hit, &'a Hit)> {
    let differ = |a: &Hit, b: &Hit| a.text != b.text && a.href != b.href;
    for (i, first) in hits.iter().enumerate() {
        let mut on_page = hits[i + 1..].iter().filter(|hit| hit.url == first.url);
        let Some(other) = on_page.by_ref().find(|hit| differ(first, hit)) else { continue };
        if on_page.any(|hit| hit.text == first.text && hit.href == first.href) {
            return Some((first, other));
        }
    }
    None
}

/// A day (UTC), counted from 1970.
fn day_of(at: UnixMillis) -> u64 {
    at.0 / Millis::days(1).0
}

/// How often that is, for people: `about 4 a day`, `about 3 a week`.
fn rate_words(n: u64, days: u64) -> String {
    match n / days {
        0 => format!("about {} a week", (n * 7).div_ceil(days)),
        a_day => format!("about {a_day} a day"),
    }
}

/// A duration for people, in its largest unit.
fn time_words(time: Millis) -> String {
    let (n, unit) = match time.0 {
        ms if ms >= Millis::days(2).0 => (ms / Millis::days(1).0, "days"),
        ms if ms >= Millis::hours(2).0 => (ms / Millis::hours(1).0, "hours"),
        ms => ((ms / Millis::minutes(1).0).max(2), "minutes"),
    };
    format!("{n} {unit}")
}

#[cfg(test)]
mod tests {
    use pugmark_protocol::definition::Target;

    use super::super::tests::event;
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_430_400_000);
    const BUY: &[(&str, &str, u32)] = &[("text", "Buy", 600), ("class", "buy", 400)];

    fn ago(days: u64) -> UnixMillis {
        UnixMillis(NOW.0 - Millis::days(days).0)
    }

    fn hit(at: UnixMillis, text: &str, href: &str, score: Option<u32>) -> Hit {
        Hit { at, url: "https://x/".to_owned(), score, text: text.to_owned(), href: href.to_owned() }
    }

    /// So many hits a day on the days from `first` to `last` days ago.
    fn steady(n: u64, first: u64, last: u64) -> Activity {
        Activity {
            name: "bought".to_owned(),
            days: (last..=first).map(|days| (day_of(ago(days)), n)).collect(),
            hits: vec![hit(ago(last), "Buy", "", None); 20],
        }
    }

    fn finding(found: Found, at: UnixMillis) -> Finding {
        Finding { name: "bought".to_owned(), url: "https://x/shop".to_owned(), found, score: 700, at }
    }

    #[derive(Clone)]
    struct Case {
        definition: Definition,
        armed_at: UnixMillis,
        activity: Activity,
        findings: Vec<Finding>,
    }

    impl Case {
        fn new(activity: Activity) -> Self {
            Self { definition: event(500, 1, BUY), armed_at: ago(60), activity, findings: Vec::new() }
        }

        fn health(&self) -> Health {
            health(Known {
                definition: &self.definition,
                armed_at: self.armed_at,
                activity: &self.activity,
                findings: &self.findings,
                has_proposal: false,
                now: NOW,
            })
        }

        fn trouble(&self) -> Option<TroubleKind> {
            self.health().trouble.map(|trouble| {
                assert!(trouble.reason.ends_with('.') && trouble.action.ends_with('.'), "{trouble:?}");
                trouble.kind
            })
        }
    }

    #[test]
    fn an_event_that_fires_as_ever_has_no_trouble() {
        let case = Case::new(steady(3, 40, 0));

        assert_eq!(case.health(), Health { last: Some(NOW), week: 21, trouble: None });
    }

    #[test]
    fn an_event_is_silent_once_seven_hits_were_to_be_expected() {
        for (name, a_day, quiet_days, expected) in [
            ("frequent, six due", 3, 2, None),
            ("frequent, nine due", 3, 3, Some(TroubleKind::Silent)),
            ("once a day, six due", 1, 6, None),
            ("once a day, seven due", 1, 7, Some(TroubleKind::Silent)),
        ] {
            let case = Case::new(steady(a_day, quiet_days + 27, quiet_days));
            assert_eq!(case.trouble(), expected, "{name}");
        }
        // Rare, and long ago: its own rate is what counts.
        let mut rare = Case::new(steady(1, 100, 100));
        rare.armed_at = ago(200);
        assert_eq!(rare.trouble(), None, "3.6 were due");
        rare.activity.days = vec![(day_of(ago(100)), 2)];
        assert_eq!(rare.trouble(), Some(TroubleKind::Silent), "7.1 were due");
    }

    #[test]
    fn silence_is_counted_from_when_the_event_last_changed() {
        let mut case = Case::new(steady(3, 37, 10));
        assert_eq!(case.trouble(), Some(TroubleKind::Silent));
        assert!(case.health().trouble.is_some_and(|trouble| trouble.reason.contains("10 days")
            && trouble.reason.contains("about 3 a day")
            && trouble.reason.contains("30 were")));

        case.armed_at = ago(1);
        assert_eq!(case.trouble(), None);
        case.armed_at = ago(60);
        case.definition.status = Status::Paused;
        assert_eq!(case.trouble(), None);
    }

    #[test]
    fn what_is_due_is_told_by_the_four_weeks_before_the_last_hit() {
        let mut case = Case::new(steady(100, 40, 31));
        case.activity.days.insert(0, (day_of(ago(2)), 1));
        case.activity.hits.insert(0, hit(ago(2), "Buy", "", None));

        assert_eq!(case.trouble(), None, "what was long before counts no more");
    }

    /// So many a day until a week ago, then these: those of yesterday and today.
    fn jumping(a_day: u64, [yesterday, today]: [u64; 2]) -> Case {
        let mut activity = Activity { hits: vec![hit(NOW, "Buy", "", None)], ..steady(a_day, 34, 2) };
        activity.days.splice(0..0, [(day_of(NOW), today), (day_of(NOW) - 1, yesterday)]);
        Case::new(activity)
    }

    #[test]
    fn an_event_has_jumped_from_three_times_its_rate_and_nine_on() {
        for (name, a_day, recent, expected) in [
            ("15 are usual, 53 came", 10, [30, 23], None),
            ("15 are usual, 54 came", 10, [30, 24], Some(TroubleKind::Jumped)),
            ("all of them today", 10, [0, 54], Some(TroubleKind::Jumped)),
            ("a rare one, 14 came", 1, [14, 0], None),
            ("a rare one, 15 came", 1, [0, 15], Some(TroubleKind::Jumped)),
        ] {
            assert_eq!(jumping(a_day, recent).trouble(), expected, "{name}");
        }
        let reason = jumping(10, [30, 24]).health().trouble.map(|trouble| trouble.reason);
        let words = "54 times since yesterday. At its earlier rate of about 10 a day, 15 would be usual.";
        assert_eq!(reason.as_deref(), Some(words));
    }

    #[test]
    fn what_happens_by_chance_is_no_jump() {
        // A third as many visitors as hits, each of whom does it three times.
        for tenths in 0..=500_u32 {
            let visitors = f64::from(tenths) / 10.0 / 3.0;
            let enough = (tenths.div_ceil(10) * 3 + u32::try_from(JUMP).expect("is small")).div_ceil(3);
            let mut chance = (-visitors).exp();
            let mut fewer = 0.0;
            for n in 0..enough {
                fewer += chance;
                chance *= visitors / f64::from(n + 1);
            }
            assert!(1.0 - fewer < 0.001, "{visitors}: {}", 1.0 - fewer);
        }
    }

    #[test]
    fn a_jump_is_told_for_a_week_and_busy_days_of_old_are_none() {
        let mut lasting = jumping(10, [100, 50]);
        for day in &mut lasting.activity.days[2..7] {
            day.1 = 100;
        }
        assert_eq!(lasting.trouble(), Some(TroubleKind::Jumped), "for the seventh day");
        lasting.activity.days[7].1 = 100;
        assert_eq!(lasting.trouble(), None, "it is as it is now");

        let mut weekly = Case::new(Activity::default());
        let on_days = |days: &[u64]| days.iter().map(|&days| (day_of(ago(days)), 100)).collect();
        weekly.activity.hits = vec![hit(NOW, "Buy", "", None)];
        weekly.activity.days = on_days(&[0, 7, 14, 21, 28]);
        assert_eq!(weekly.trouble(), None, "a newsletter");
        weekly.activity.days = on_days(&[0, 1, 28, 29, 30, 31, 32, 33, 34]);
        assert_eq!(weekly.trouble(), None, "the end of a silence");
        weekly.activity.days = on_days(&[0, 1]);
        assert_eq!(weekly.trouble(), None, "it has no rate to compare with");
    }

    #[test]
    fn a_jump_is_of_an_event_as_it_fires_now() {
        let mut case = jumping(10, [100, 50]);
        case.armed_at = ago(14);
        assert_eq!(case.trouble(), Some(TroubleKind::Jumped), "seven whole days before the last seven");
        case.armed_at = ago(13);
        assert_eq!(case.trouble(), None, "six, and a part of one");
        case.armed_at = ago(60);
        case.definition.status = Status::Paused;
        assert_eq!(case.trouble(), None);
    }

    #[test]
    fn an_event_that_never_fired_is_told_by_its_age() {
        let mut case = Case::new(Activity::default());
        assert_eq!(case.trouble(), Some(TroubleKind::NeverFired));
        let reason = |case: &Case| case.health().trouble.map(|trouble| trouble.reason).unwrap_or_default();
        assert!(reason(&case).contains("60 days ago"));
        case.armed_at = UnixMillis(NOW.0 - FRESH.0 + 1);
        assert!(reason(&case).contains("less than a day"));
        case.findings = vec![finding(Found::None, NOW)];
        assert!(reason(&case).contains("not found on https://x/shop"));
        let with_score = |score| {
            let mut near = case.clone();
            near.findings[0].score = score;
            reason(&near)
        };
        assert!(with_score(0).ends_with("looked there."), "{}", with_score(0));
        let mut stale = case.clone();
        stale.findings[0].at = UnixMillis(case.armed_at.0 - 1);
        assert!(reason(&stale).contains("less than a day"), "that was before it was published");
        assert!(with_score(450).contains("the nearest has 45% of what is known of it, and needs 50%"));
        let mut everywhere = case.clone();
        let Some(Trigger::ClickedElement { pages, .. }) = &mut everywhere.definition.trigger else {
            panic!()
        };
        pages.clear();
        assert!(reason(&everywhere).contains("less than a day"), "it need not be on every page");
        case.definition.status = Status::Archived;
        assert_eq!(case.trouble(), None);
    }

    #[test]
    fn hits_that_lost_more_than_half_of_what_they_may_lose_are_weak() {
        let scored = |scores: &[Option<u32>]| {
            let mut activity = steady(1, 27, 0);
            activity.hits = scores.iter().map(|&score| hit(NOW, "Buy", "", score)).collect();
            Case::new(activity).trouble()
        };
        // The threshold is 500: what is halfway is 750.
        assert_eq!(scored(&[Some(750); 5]), None);
        assert_eq!(scored(&[Some(749); 5]), Some(TroubleKind::Weak));
        assert_eq!(scored(&[Some(749); 2]), None, "two are not enough");
        assert_eq!(scored(&[Some(600), None, None]), None, "one odd click");
        assert_eq!(scored(&[Some(600), Some(600), None]), Some(TroubleKind::Weak));
        let mut before = Case::new(steady(1, 27, 0));
        before.activity.hits = vec![hit(ago(1), "Buy", "", Some(600)); 5];
        before.armed_at = NOW;
        assert_eq!(before.trouble(), None, "that was before it was changed");
    }

    #[test]
    fn what_the_visualizer_saw_counts_until_the_event_is_changed() {
        for (found, expected) in [
            (Found::One, None),
            (Found::Weak, Some(TroubleKind::Weak)),
            (Found::Several, Some(TroubleKind::Ambiguous)),
            (Found::None, None),
        ] {
            let mut case = Case::new(steady(1, 27, 0));
            case.findings = vec![finding(found, ago(1))];
            assert_eq!(case.trouble(), expected, "{found:?}");
            case.armed_at = NOW;
            assert_eq!(case.trouble(), None, "{found:?}");
        }
    }

    #[test]
    fn what_the_visualizer_saw_long_ago_says_nothing_of_the_pages_of_today() {
        for found in [Found::Weak, Found::Several] {
            let mut case = Case::new(steady(1, 27, 0));
            let kept = UnixMillis(NOW.0 - Finding::KEPT.0);
            case.findings = vec![finding(found, kept)];
            assert!(case.trouble().is_some(), "{found:?}");
            case.findings[0].at = UnixMillis(kept.0 - 1);
            assert_eq!(case.trouble(), None, "{found:?}");
        }
        let mut never = Case::new(Activity::default());
        never.findings = vec![finding(Found::None, ago(31))];
        assert!(never.health().trouble.is_some_and(|trouble| trouble.reason.contains("60 days ago")));
    }

    #[test]
    fn clicks_on_two_elements_by_turns_are_ambiguous_and_a_redesign_is_not() {
        let (buy, help) = (("Buy", "/buy"), ("Help", "/help"));
        let clicked = |alike, elements: &[(&str, &str)]| {
            let mut case = Case::new(steady(1, 27, 0));
            case.definition = event(500, alike, BUY);
            case.activity.hits = elements.iter().map(|(text, href)| hit(NOW, text, href, None)).collect();
            case.trouble()
        };
        assert_eq!(clicked(1, &[buy, help, buy]), Some(TroubleKind::Ambiguous));
        assert_eq!(clicked(1, &[buy, buy, help, help]), None, "first the one, then the other");
        assert_eq!(clicked(1, &[buy, ("Buy now", "/buy"), buy]), None, "only the text changes");
        assert_eq!(clicked(3, &[buy, help, buy]), None, "several are meant");
        let mut also = Case::new(steady(1, 27, 0));
        also.activity.hits = [buy, help, buy].map(|(text, href)| hit(NOW, text, href, None)).into();
        let Some(Trigger::ClickedElement { alternatives, .. }) = &mut also.definition.trigger else {
            panic!()
        };
        alternatives.push(Target::of_selector("#help"));
        assert_eq!(also.trouble(), None, "the other one counts as well");
        let mut elsewhere = Case::new(steady(1, 27, 0));
        elsewhere.activity.hits = vec![
            hit(NOW, "Buy", "/buy", None),
            hit(NOW, "Help", "/help", None),
            hit(NOW, "Buy", "/buy", None),
        ];
        elsewhere.activity.hits[1].url = "https://x/other".to_owned();
        assert_eq!(elsewhere.trouble(), None, "on another page it may be another");
    }

    #[test]
    fn the_most_urgent_is_said() {
        let mut case = Case::new(steady(3, 37, 10));
        case.findings = vec![finding(Found::Weak, ago(1)), finding(Found::Several, ago(1))];
        assert_eq!(case.trouble(), Some(TroubleKind::Silent));
        case.activity = jumping(3, [100, 50]).activity;
        assert_eq!(case.trouble(), Some(TroubleKind::Jumped));
        case.activity = steady(3, 37, 0);
        assert_eq!(case.trouble(), Some(TroubleKind::Ambiguous));
        case.findings.pop();
        assert_eq!(case.trouble(), Some(TroubleKind::Weak));
    }

    #[test]
    fn rates_and_durations_read_well() {
        for (n, days, words) in
            [(84, 28, "about 3 a day"), (28, 28, "about 1 a day"), (8, 28, "about 2 a week")]
        {
            assert_eq!(rate_words(n, days), words);
        }
        for (time, words) in [
            (Millis::days(2), "2 days"),
            (Millis(Millis::days(2).0 - 1), "47 hours"),
            (Millis::minutes(119), "119 minutes"),
            (Millis(0), "2 minutes"),
        ] {
            assert_eq!(time_words(time), words);
        }
    }
}
