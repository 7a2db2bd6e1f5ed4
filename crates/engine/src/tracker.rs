//! The tracker: takes inputs one by one, keeps the state, says what to do.

use pugmark_protocol::id::{EventId, SessionId, TabId, VisitorId};
use pugmark_protocol::name::EventName;
use pugmark_protocol::reason::{Adjustment, Loss};
use pugmark_protocol::time::{Millis, UnixMillis};

use crate::batch::{self, Envelope};
use crate::chance::Chance;
use crate::completion::{Completion, Element, Given};
use crate::consent::{Consent, Remembered, Wishes};
use crate::effect::{Effect, Memory, Notice};
use crate::input::{Call, Click, Input, Memories, Moment};
use crate::journal::{Content, Context};
use crate::json;
use crate::near_miss::NearMiss;
use crate::options::Options;
use crate::outbox::{Departure, MAX_AGE, Outbox, Report};
use crate::page_view::{Page, PageViews, SETTLE};
use crate::rules::{EVERYTHING, Rules};
use crate::visitor::Visitor;

/// Most completions that wait in memory for consent, and most page views and clicks that wait for the site's rules.
///
/// Judgement (November 2026): more than a person does before answering a banner.
const MAX_HELD: usize = 200;

/// While the rules are not known, details are taken of this many elements from the innermost outwards: a click's
/// meaning lies in the button, not in the page around it.
const DETAILS_WITHOUT_RULES: &str = "111111";

/// A click on a label is dispatched again on its control, in the same task. The same rule does not count twice within
/// this time; no finger is as fast.
const SAME_GESTURE: Millis = Millis(10);

/// What the tracker is doing, for `status()`.
#[derive(Clone, Debug)]
pub struct Status {
    /// What may be done.
    pub consent: Consent,
    /// The visitor's id, if there is one.
    pub visitor: Option<VisitorId>,
    /// The session's id, if there is one.
    pub session: Option<SessionId>,
    /// What became of events so far.
    pub report: Report,
    /// Totals of what was let go, by reason.
    pub lost: Vec<(Loss, u64)>,
    /// Whether the last try to send failed.
    pub pausing: bool,
    /// Whether the site's rules have arrived.
    pub has_rules: bool,
    /// When each codeless event last fired on this page.
    pub fired: Vec<(EventName, UnixMillis)>,
}

/// The tracker's state. See the crate's documentation.
#[derive(Debug)]
pub struct Tracker {
    options: Options,
    envelope: Envelope,
    chance: Chance,
    wishes: Wishes,
    /// What memory was last seen to hold of them.
    remembered: Remembered,
    visitor: Visitor,
    /// The number last given to an event.
    number: u64,
    page_views: PageViews,
    rules: Option<Rules>,
    /// What happened before the rules arrived.
    unmatched: Vec<(Unmatched, Page, UnixMillis)>,
    /// What waits for consent.
    held: Vec<Held>,
    fired: Vec<(EventName, UnixMillis)>,
    /// The events of which a near miss on this page was reported.
    missed: Vec<EventName>,
    outbox: Outbox,
    flushing: bool,
    /// Whether a view is given time to settle.
    settling: bool,
    /// When the edge will wake us.
    wakes: Option<UnixMillis>,
    effects: Vec<Effect>,
}

/// What happened while consent was awaited, with the number it took then.
#[derive(Debug)]
enum Held {
    Completion(u64, Box<Completion>),
    Loss(Loss, (u64, u64)),
}

#[derive(Debug)]
enum Unmatched {
    View,
    Click(Click),
}

impl Tracker {
    /// Starts on a page. The effects of the start come with the first input, or with [`Self::start`].
    pub fn new(
        options: Options,
        envelope: Envelope,
        memories: &Memories,
        page: Page,
        visible: bool,
        seed: [u64; 2],
        now: UnixMillis,
    ) -> Self {
        let mut chance = Chance::seeded(seed);
        let wishes = wishes(&options, memories);
        let visitor = memories.visitor.as_deref().filter(|_| !wishes.consent().is_refused());
        let answered = memories.answered.as_deref().and_then(|at| at.parse().ok()).map(UnixMillis);
        let answered = answered.filter(|at| now.since(*at) <= MAX_AGE);
        Self {
            wishes,
            remembered: remembered(memories),
            visitor: Visitor::new(options.anonymous, visitor),
            number: 0,
            page_views: PageViews::start(page, visible, &options, now),
            rules: None,
            unmatched: Vec::new(),
            held: Vec::new(),
            fired: Vec::new(),
            missed: Vec::new(),
            outbox: Outbox::new(TabId::new(chance.bits()), answered),
            flushing: false,
            settling: false,
            wakes: None,
            effects: Vec::new(),
            options,
            envelope,
            chance,
        }
    }

    /// Says what to do first. Calls that waited for the tracker come next, then [`Input::Settled`] for the page's view.
    pub fn start(&mut self) -> Vec<Effect> {
        match self.consent() {
            Consent::Granted => self.begin(),
            Consent::Awaited => {}
            Consent::Refused | Consent::DoNotTrack => self.effects.push(Effect::Erase),
        }
        std::mem::take(&mut self.effects)
    }

    /// Takes an input.
    pub fn handle(&mut self, input: Input, moment: &Moment) -> Vec<Effect> {
        let now = moment.now;
        self.outbox.follow_clock(now);
        match input {
            Input::Call { call, at } => self.call(call, at.min(now), moment),
            Input::Clicked(click) => {
                let page = self.page_views.page().clone();
                self.match_rules(Unmatched::Click(click), page, now, moment);
            }
            Input::Navigated { url, how } => {
                self.page_views.navigated(url, how, now);
                self.settle_later();
            }
            Input::Settled { title } => self.settle(title, moment),
            Input::Shown => {
                self.outbox.take_back(now);
                self.page_views.shown(now);
                self.settle_later();
            }
            Input::Hidden { title } => {
                self.settle(title, moment);
                self.page_views.hidden();
                if self.consent() == Consent::Granted {
                    self.outbox.write_again();
                }
                self.send(now, true);
            }
            Input::Restored => {
                self.outbox.take_back(now);
                self.page_views.restored(now);
                self.settle_later();
            }
            Input::RulesArrived(rules) => self.rules_arrived(rules, moment),
            // Consent may have been taken back since the records were asked for.
            Input::Adopted(records) if self.consent() == Consent::Granted => self.outbox.adopt(records, now),
            Input::Adopted(_) => {}
            Input::MemoriesChanged(memories) => self.memories_changed(&memories, moment),
            Input::Answered { flight, answer } => {
                self.outbox.answered(flight, &answer, now, &mut self.chance);
            }
            Input::TimeUp => self.wakes = None,
            Input::Online => self.outbox.hurry(),
        }
        self.outbox.give_up(now, &mut self.chance);
        self.send(now, false);
        self.wake(now);
        std::mem::take(&mut self.effects)
    }

    /// The tab's id, under whose lock the edge proves that it is alive. After a refusal of consent it is another.
    pub fn tab(&self) -> TabId {
        self.outbox.tab()
    }

    /// Whether the journal has nothing of this tab's that the collector has not.
    pub fn is_idle(&self) -> bool {
        self.outbox.is_empty()
    }

    /// What may be done.
    pub fn consent(&self) -> Consent {
        self.wishes.consent()
    }

    /// What the edge is to report of each element of a click's path: see [`Rules::interests`]. None if a click on this
    /// page need not be reported at all; until the rules are known `*`, everything, because any of it may matter.
    pub fn interests(&mut self) -> Option<&str> {
        if self.consent().is_refused() {
            return None;
        }
        match &mut self.rules {
            Some(rules) => rules.interests(&self.page_views.page().url),
            None => Some(EVERYTHING),
        }
    }

    /// Of which elements of a click's path details are wanted: marked as in [`Rules::selected`].
    pub fn elements_of_interest(&mut self, path: &str) -> Option<String> {
        match &mut self.rules {
            Some(rules) => rules.selected(path, &self.page_views.page().url),
            None => Some(DETAILS_WITHOUT_RULES.to_owned()),
        }
    }

    /// What the tracker is doing.
    pub fn status(&self) -> Status {
        Status {
            consent: self.consent(),
            visitor: self.visitor.id(),
            session: self.visitor.session_id(),
            report: self.report(),
            lost: self.outbox.lost().to_vec(),
            pausing: self.outbox.is_pausing(),
            has_rules: self.rules.is_some(),
            fired: self.fired.clone(),
        }
    }

    // What is remembered comes before what follows from it: an erasure then leaves nothing but the refusal itself.
    fn call(&mut self, call: Call, at: UnixMillis, moment: &Moment) {
        match call {
            Call::TrackCustomEvent { name, given, element } => {
                self.custom_event(&name, given, element, at, moment);
            }
            Call::TrackPageView { title } => {
                if self.page_views.asked(title, at) {
                    self.view(at, moment);
                }
            }
            Call::SetPath(path) => self.page_views.set_path(&path),
            Call::Identify(given) => self.identify(given, at, moment),
            Call::SetConsent(given) => {
                let answer = if given { Consent::Granted } else { Consent::Refused };
                self.effects.push(Effect::Remember(Memory::Answer(answer)));
                self.wish(Wishes { answer, ..self.wishes }, moment);
            }
            Call::RevokeConsent { remembered } => {
                let memory = if remembered { Consent::Refused } else { Consent::Awaited };
                // That the answer is gone is then this page's own doing.
                self.remembered.answer = None;
                self.effects.push(Effect::Remember(Memory::Answer(memory)));
                self.wish(Wishes { answer: Consent::Refused, ..self.wishes }, moment);
            }
            Call::DoNotTrack(do_not_track) => {
                self.effects.push(Effect::Remember(Memory::DoNotTrack(do_not_track)));
                self.wish(Wishes { do_not_track, ..self.wishes }, moment);
            }
            Call::Flush => self.flush(),
            Call::Reset => self.reset(),
        }
    }

    fn custom_event(
        &mut self,
        raw_name: &str,
        mut given: Given,
        element: Option<Element>,
        at: UnixMillis,
        moment: &Moment,
    ) {
        let Some((name, changed)) = EventName::repair(raw_name, &self.options.site) else {
            return self.lose(Loss::NoName, at, moment);
        };
        // An event that the markup of a label declares is clicked twice, like a codeless one.
        if element.is_some() && self.is_same_gesture(&name, at) {
            return;
        }
        if element.is_some() {
            self.note_fired(&name, at);
        }
        if changed {
            given.adjusted.insert(0, Adjustment::EventName);
        }
        let page = self.page_views.page().to_json();
        self.complete(Completion { name, given, element, page, at }, moment);
    }

    fn view(&mut self, at: UnixMillis, moment: &Moment) {
        let page = self.page_views.page().clone();
        let name = EventName::known("page_view");
        self.complete(
            Completion { name, given: Given::default(), element: None, page: page.to_json(), at },
            moment,
        );
        self.match_rules(Unmatched::View, page, at, moment);
    }

    /// Records the codeless events of a view or a click, or keeps it until the rules are there.
    fn match_rules(&mut self, what: Unmatched, page: Page, at: UnixMillis, moment: &Moment) {
        let Some(rules) = &mut self.rules else {
            // What is not matched is not known to be an event, so nothing is counted as lost.
            if !self.consent().is_refused() && self.unmatched.len() < MAX_HELD {
                self.unmatched.push((what, page, at));
            }
            return;
        };
        let events = match what {
            Unmatched::View => rules.of_visit(&page.url),
            Unmatched::Click(click) => {
                let missed = rules.near_miss(&click, &page.url);
                let events = rules.of_click(&click, &page.url);
                self.report_near_miss(missed, &page.url);
                events
            }
        };
        for (name, element) in events {
            if element.is_none() || !self.is_same_gesture(&name, at) {
                self.note_fired(&name, at);
                let page = page.to_json();
                self.complete(Completion { name, given: Given::default(), element, page, at }, moment);
            }
        }
    }

    /// Reports a near miss, of each event one a page.
    fn report_near_miss(&mut self, missed: Option<NearMiss>, url: &str) {
        if let Some(missed) = missed
            && self.consent() == Consent::Granted
            && !self.missed.contains(&missed.name)
        {
            self.effects.push(Effect::ReportNearMiss(missed.to_json(url)));
            self.missed.push(missed.name);
        }
    }

    fn rules_arrived(&mut self, rules: String, moment: &Moment) {
        self.rules = Some(Rules::new(rules));
        for (what, page, at) in std::mem::take(&mut self.unmatched) {
            self.match_rules(what, page, at, moment);
        }
    }

    fn note_fired(&mut self, name: &EventName, at: UnixMillis) {
        self.fired.retain(|(known, _)| known != name);
        self.fired.push((name.clone(), at));
    }

    fn is_same_gesture(&self, name: &EventName, at: UnixMillis) -> bool {
        self.fired.iter().any(|(known, then)| known == name && *then <= at && at.since(*then) < SAME_GESTURE)
    }

    /// Gives a completion its number and records it. Without consent there is neither: what was never allowed was
    /// never made.
    fn complete(&mut self, completion: Completion, moment: &Moment) {
        match self.consent() {
            Consent::Refused | Consent::DoNotTrack => {}
            Consent::Awaited if self.held.len() < MAX_HELD => {
                let number = self.next_number();
                self.held.push(Held::Completion(number, Box::new(completion)));
            }
            Consent::Awaited => self.lose(Loss::WaitingFull, completion.at, moment),
            Consent::Granted => {
                let number = self.next_number();
                self.record(number, completion, moment);
            }
        }
    }

    fn next_number(&mut self) -> u64 {
        self.number = self.number.saturating_add(1);
        self.number
    }

    /// Lets go a call that was to be an event.
    fn lose(&mut self, reason: Loss, at: UnixMillis, moment: &Moment) {
        if self.consent().is_refused() {
            return;
        }
        let number = self.next_number();
        let reason = if self.consent() == Consent::Granted {
            self.state_loss(reason, (number, number), at, moment);
            reason
        } else {
            self.hold_loss(reason, number)
        };
        self.outbox.count_lost(reason, 1);
    }

    /// Keeps a loss in memory until consent is there. Once too much is held, it is lost for that reason, so that all
    /// further losses are one.
    fn hold_loss(&mut self, reason: Loss, number: u64) -> Loss {
        let reason = if self.held.len() < MAX_HELD { reason } else { Loss::WaitingFull };
        match self.held.last_mut() {
            Some(Held::Loss(last_reason, (_, last))) if *last_reason == reason => *last = number,
            Some(_) | None => self.held.push(Held::Loss(reason, (number, number))),
        }
        reason
    }

    fn state_loss(&mut self, reason: Loss, numbers: (u64, u64), at: UnixMillis, moment: &Moment) {
        let context = self.context(at, moment);
        self.outbox.state_loss(context, reason, numbers, moment.now);
    }

    fn record(&mut self, number: u64, completion: Completion, moment: &Moment) {
        let id = EventId::new(completion.at, self.chance.wide_bits());
        let members = completion.members().into();
        self.enter(Content::Event { id, number, page: completion.page, members }, completion.at, moment);
        let Completion { name, given, .. } = completion;
        self.tell_adjusted(name.as_str(), given.adjusted);
        let mut properties = String::new();
        json::push_properties(&mut properties, &given.properties);
        self.tell(Notice::Completion { id, name, properties });
    }

    fn identify(&mut self, given: Given, at: UnixMillis, moment: &Moment) {
        self.tell_adjusted("identify", given.adjusted);
        self.visitor.learn(given.properties);
        if self.consent() == Consent::Granted {
            self.state_identity(at, moment);
        }
    }

    fn tell_adjusted(&mut self, name: &str, changes: Vec<Adjustment>) {
        if !changes.is_empty() {
            self.tell(Notice::Adjusted { name: name.to_owned(), changes });
        }
    }

    fn state_identity(&mut self, at: UnixMillis, moment: &Moment) {
        if let Some(known) = self.visitor.identity() {
            self.enter(Content::Identity(known.as_str().into()), at, moment);
            self.tell(Notice::Identity { known });
        }
    }

    /// Puts something into the journal and the outbox.
    fn enter(&mut self, content: Content, at: UnixMillis, moment: &Moment) {
        let context = self.context(at, moment);
        self.outbox.push(context, at, content, moment.now);
    }

    fn context(&mut self, at: UnixMillis, moment: &Moment) -> Context {
        let tab = self.tab();
        let effects = &mut self.effects;
        let remember = &mut |memory| effects.push(Effect::Remember(memory));
        let presence = self.visitor.present(at, moment.session.as_deref(), &mut self.chance, remember);
        let (visitor, session) = presence.unzip();
        Context { tab, visitor, session }
    }

    fn settle_later(&mut self) {
        // Once asked for it is waited for, or a page that never stops replacing its address would never be viewed.
        if self.page_views.is_due() && !self.settling {
            self.settling = true;
            self.effects.push(Effect::Settle(SETTLE));
        }
    }

    fn settle(&mut self, title: String, moment: &Moment) {
        self.settling = false;
        if let Some(at) = self.page_views.settled(title) {
            self.view(at, moment);
        }
    }

    fn begin(&mut self) {
        if let Some(visitor) = self.visitor.id() {
            // Written again on each visit, so that its life counts from the last one.
            self.effects.push(Effect::Remember(Memory::Visitor(visitor)));
        }
        self.effects.push(Effect::Begin);
    }

    /// Carries out what a change of wishes comes to.
    fn wish(&mut self, wishes: Wishes, moment: &Moment) {
        let before = self.consent();
        self.wishes = wishes;
        let now = self.consent();
        if now == before {
            return;
        }
        match now {
            Consent::Granted => {
                self.begin();
                self.state_identity(moment.now, moment);
                for held in std::mem::take(&mut self.held) {
                    match held {
                        Held::Completion(number, completion) => self.record(number, *completion, moment),
                        Held::Loss(reason, numbers) => self.state_loss(reason, numbers, moment.now, moment),
                    }
                }
            }
            Consent::Awaited => {}
            Consent::Refused | Consent::DoNotTrack => {
                self.visitor.forget();
                self.held.clear();
                self.unmatched.clear();
                // Numbers start anew under another name: those of before will never be heard of again.
                self.outbox.restart(TabId::new(self.chance.bits()));
                self.number = 0;
                self.effects.push(Effect::Erase);
            }
        }
        self.tell(Notice::Consent(now));
    }

    /// Follows what another tab did: an answer given there, or a visitor who left.
    fn memories_changed(&mut self, memories: &Memories, moment: &Moment) {
        let before = std::mem::replace(&mut self.remembered, remembered(memories));
        let wishes = self.wishes.follow(before, self.remembered, wishes(&self.options, memories));
        if !wishes.consent().is_refused() {
            self.visitor.follow(memories.visitor.as_deref());
        }
        self.wish(wishes, moment);
    }

    fn reset(&mut self) {
        self.tell(Notice::Identity { known: "{}".to_owned() });
        if self.consent() == Consent::Granted {
            let effects = &mut self.effects;
            self.visitor.replace(&mut self.chance, &mut |memory| effects.push(Effect::Remember(memory)));
        } else {
            self.visitor.forget();
        }
    }

    fn flush(&mut self) {
        self.flushing = true;
        self.outbox.hurry();
    }

    /// Has done what the outbox asks for.
    fn take_effects(&mut self) {
        self.effects.append(&mut self.outbox.effects());
    }

    /// Sends what is due, or, when the page may not run again, all that may outlive it.
    fn send(&mut self, now: UnixMillis, leaving: bool) {
        let allowed = self.consent() == Consent::Granted;
        self.take_effects();
        while allowed && let Some(Departure { number, way }) = self.outbox.depart(now, leaving) {
            let body = batch::encode(&self.envelope, self.outbox.cargo(number), now);
            self.effects.push(Effect::Send { flight: number, body, way });
        }
        if self.flushing && (!allowed || self.outbox.is_settled() || self.outbox.is_pausing()) {
            self.flushing = false;
            self.effects.push(Effect::Flushed(self.report()));
        }
    }

    fn report(&self) -> Report {
        let report = self.outbox.report();
        let held = self.held.iter().filter(|held| matches!(held, Held::Completion(..))).count();
        Report { pending: report.pending + held as u64, ..report }
    }

    fn wake(&mut self, now: UnixMillis) {
        let Some(delay) = self.outbox.delay(now) else { return };
        let at = now + delay;
        if self.wakes != Some(at) {
            self.wakes = Some(at);
            self.effects.push(Effect::Wake(delay));
        }
    }

    /// Tells, once all is in the journal: whoever listens may do anything, also close the page.
    fn tell(&mut self, notice: Notice) {
        self.take_effects();
        self.effects.push(Effect::Tell(notice));
    }
}

fn remembered(memories: &Memories) -> Remembered {
    let answer = memories.answer.as_deref().and_then(Consent::parse);
    Remembered { answer, do_not_track: memories.do_not_track }
}

fn wishes(options: &Options, memories: &Memories) -> Wishes {
    let Remembered { answer, do_not_track } = remembered(memories);
    let signalled = memories.gpc && options.honours_gpc;
    Wishes::at_start(options.consent_required, signalled, answer, do_not_track)
}
