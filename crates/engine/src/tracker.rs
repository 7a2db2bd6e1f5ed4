//! The tracker: takes inputs one by one, keeps the state, says what to do.

use pugmark_protocol::definition::Rule;
use pugmark_protocol::id::{EventId, TabId, VisitorId};
use pugmark_protocol::name::EventName;
use pugmark_protocol::property::Properties;
use pugmark_protocol::reason::{Adjustment, Loss};
use pugmark_protocol::time::{Millis, UnixMillis};

use crate::batch::{self, Envelope};
use crate::chance::Chance;
use crate::completion::{Completion, Element, Given};
use crate::consent::Consent;
use crate::effect::{Effect, Memory, Notice};
use crate::input::{Answer, Call, Click, Input, Moment};
use crate::journal::{Content, Context, JournalKey, Record};
use crate::json;
use crate::options::Options;
use crate::outbox::{FlightNumber, Outbox, Report};
use crate::page_view::{Page, PageViews, SETTLE};
use crate::rules::{ElementFacts, Rules};
use crate::session::{Continuity, Session};

/// Most completions that wait in memory for consent, and most page views and clicks that wait for the site's rules.
///
/// Judgement (November 2026): more than a person does before answering a banner.
const MAX_HELD: usize = 200;

/// While the rules are not known, details are taken of this many elements from the innermost outwards: a click's
/// meaning lies in the button, not in the page around it.
const DETAILS_WITHOUT_RULES: usize = 6;

/// A click on a label is dispatched again on its control, in the same task. The same rule does not count twice within
/// this time; no finger is as fast.
const SAME_GESTURE: Millis = Millis(10);

/// What was remembered from earlier pages, and what the browser signals.
#[derive(Clone, Debug, Default)]
pub struct Memories {
    /// The visitor's id, from the cookie.
    pub visitor: Option<String>,
    /// What was said about consent.
    pub consent: Option<String>,
    /// Whether the browser sends Global Privacy Control.
    pub gpc: bool,
}

/// What the tracker is doing, for `status()`.
#[derive(Clone, Debug)]
pub struct Status {
    /// What may be done.
    pub consent: Consent,
    /// The visitor's id, if there is one.
    pub visitor: Option<String>,
    /// The session's id, if there is one.
    pub session: Option<String>,
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
    consent: Consent,
    visitor: Option<VisitorId>,
    session: Option<Session>,
    tab: TabId,
    sequence: u64,
    identity: Properties,
    page_views: PageViews,
    rules: Option<Rules>,
    /// What happened before the rules arrived.
    unmatched: Vec<(Unmatched, Page, UnixMillis)>,
    /// What waits for consent.
    held: Vec<Completion>,
    fired: Vec<(EventName, UnixMillis)>,
    outbox: Outbox,
    flushing: bool,
    /// When the edge will wake us.
    wakes: Option<UnixMillis>,
    effects: Vec<Effect>,
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
        let remembered = memories.consent.as_deref().and_then(Consent::parse);
        Self {
            consent: Consent::at_start(
                options.consent_required,
                memories.gpc && options.honours_gpc,
                remembered,
            ),
            visitor: memories.visitor.as_deref().and_then(VisitorId::parse),
            session: None,
            tab: TabId::new(chance.wide_bits()),
            sequence: 0,
            identity: Properties::new(),
            page_views: PageViews::start(page, visible, &options, now),
            rules: None,
            unmatched: Vec::new(),
            held: Vec::new(),
            fired: Vec::new(),
            outbox: Outbox::default(),
            flushing: false,
            wakes: None,
            effects: Vec::new(),
            options,
            envelope,
            chance,
        }
    }

    /// Says what to do first. Calls that waited for the tracker come next, then [`Input::Settled`] for the page's view.
    pub fn start(&mut self) -> Vec<Effect> {
        match self.consent {
            Consent::Granted => self.begin(),
            Consent::Awaited => {}
            Consent::Refused | Consent::DoNotTrack => self.effects.push(Effect::Erase),
        }
        std::mem::take(&mut self.effects)
    }

    /// Takes an input.
    pub fn handle(&mut self, input: Input, moment: &Moment) -> Vec<Effect> {
        let now = moment.now;
        match input {
            Input::Call { call, at } => self.call(call, at, moment),
            Input::Clicked(click) => self.click(click, moment),
            Input::Navigated { url, how } => {
                self.page_views.navigated(url, how, now);
                self.settle_later();
            }
            Input::Settled { title } => self.settle(title, moment),
            Input::Shown => {
                self.page_views.shown(true);
                self.settle_later();
            }
            Input::Hidden { title } => {
                self.settle(title, moment);
                self.page_views.shown(false);
                self.send(now, true);
            }
            Input::Restored => {
                self.page_views.restored(now);
                self.settle_later();
            }
            Input::RulesArrived(rules) => self.rules_arrived(rules, moment),
            Input::Adopted(texts) => self.adopt(&texts, now),
            Input::Answered { flight, answer } => self.answered(flight, &answer, now),
            Input::TimeUp => self.wakes = None,
            Input::Online => self.outbox.hurry(),
        }
        self.send(now, false);
        self.wake(now);
        std::mem::take(&mut self.effects)
    }

    /// The tab's id, under whose lock the edge proves that it is alive.
    pub fn tab(&self) -> &TabId {
        &self.tab
    }

    /// Whether a click needs to be reported at all.
    pub fn ignores_clicks(&self) -> bool {
        self.consent.is_refused() || self.rules.as_ref().is_some_and(Rules::ignores_clicks)
    }

    /// What the edge is to report of each element of a click's path: attributes, and whether to count siblings.
    ///
    /// Until the rules are known nothing is asked for; selectors that need it then miss clicks made before.
    pub fn interests(&self) -> (&[String], bool) {
        self.rules.as_ref().map_or((&[], true), |rules| (rules.attributes(), rules.needs_places()))
    }

    /// Of which elements of a click's path details are wanted, by place.
    pub fn elements_of_interest(&self, path: &[ElementFacts]) -> Vec<usize> {
        match &self.rules {
            Some(rules) => rules.selected(path, &self.page_views.page().url),
            None => (0..path.len().min(DETAILS_WITHOUT_RULES)).collect(),
        }
    }

    /// What the tracker is doing.
    pub fn status(&self) -> Status {
        Status {
            consent: self.consent,
            visitor: self.visitor.as_ref().map(|id| id.as_str().to_owned()),
            session: self.session.as_ref().map(|session| session.id.as_str().to_owned()),
            report: self.report(),
            lost: self.outbox.lost().to_vec(),
            pausing: self.outbox.is_pausing(),
            has_rules: self.rules.is_some(),
            fired: self.fired.clone(),
        }
    }

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
            Call::SetConsent(true) => self.consent_given(moment),
            Call::SetConsent(false) | Call::RevokeConsent => self.refuse(Consent::Refused),
            Call::DoNotTrack(true) => self.refuse(Consent::DoNotTrack),
            Call::DoNotTrack(false) => {
                if self.consent == Consent::DoNotTrack {
                    self.consent_given(moment);
                }
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
            return self.lose(Loss::NoName, 1);
        };
        if changed {
            given.adjusted.insert(0, Adjustment::EventName);
        }
        let page = self.page_views.page().clone();
        self.complete(Completion { name, given, element, page, at }, moment);
    }

    fn click(&mut self, click: Click, moment: &Moment) {
        let page = self.page_views.page().clone();
        match &self.rules {
            Some(_) => self.match_click(&click, &page, moment.now, moment),
            None => self.match_later(Unmatched::Click(click), page, moment.now),
        }
    }

    fn match_click(&mut self, click: &Click, page: &Page, at: UnixMillis, moment: &Moment) {
        let Some(rules) = &self.rules else { return };
        for (name, element) in rules.of_click(&click.path, &click.details, &page.url) {
            let again =
                self.fired.iter().any(|(known, then)| *known == name && at.since(*then) < SAME_GESTURE);
            if !again {
                let element = Some(element.clone());
                self.fire(
                    Completion { name, given: Given::default(), element, page: page.clone(), at },
                    moment,
                );
            }
        }
    }

    fn view(&mut self, at: UnixMillis, moment: &Moment) {
        let page = self.page_views.page().clone();
        let name = EventName::known("page_view");
        self.complete(
            Completion { name, given: Given::default(), element: None, page: page.clone(), at },
            moment,
        );
        match &self.rules {
            Some(_) => self.match_view(&page, at, moment),
            None => self.match_later(Unmatched::View, page, at),
        }
    }

    fn match_view(&mut self, page: &Page, at: UnixMillis, moment: &Moment) {
        let Some(rules) = &self.rules else { return };
        for name in rules.of_visit(&page.url) {
            self.fire(
                Completion { name, given: Given::default(), element: None, page: page.clone(), at },
                moment,
            );
        }
    }

    fn match_later(&mut self, what: Unmatched, page: Page, at: UnixMillis) {
        // What is not matched is not known to be an event, so nothing is counted as lost.
        if !self.consent.is_refused() && self.unmatched.len() < MAX_HELD {
            self.unmatched.push((what, page, at));
        }
    }

    fn rules_arrived(&mut self, rules: Vec<Rule>, moment: &Moment) {
        self.rules = Some(Rules::compile(rules));
        for (what, page, at) in std::mem::take(&mut self.unmatched) {
            match what {
                Unmatched::View => self.match_view(&page, at, moment),
                Unmatched::Click(click) => self.match_click(&click, &page, at, moment),
            }
        }
    }

    fn fire(&mut self, completion: Completion, moment: &Moment) {
        self.fired.retain(|(name, _)| *name != completion.name);
        self.fired.push((completion.name.clone(), completion.at));
        self.complete(completion, moment);
    }

    fn complete(&mut self, completion: Completion, moment: &Moment) {
        match self.consent {
            Consent::Refused | Consent::DoNotTrack => {}
            Consent::Awaited if self.held.len() < MAX_HELD => self.held.push(completion),
            Consent::Awaited => self.lose(Loss::WaitingFull, 1),
            Consent::Granted => self.record(&completion, moment),
        }
    }

    fn record(&mut self, completion: &Completion, moment: &Moment) {
        let id = EventId::new(completion.at, self.chance.wide_bits());
        let name = completion.name.as_str().to_owned();
        let mut properties = String::new();
        json::push_properties(&mut properties, &completion.given.properties);
        if !completion.given.adjusted.is_empty() {
            let changes = completion.given.adjusted.iter().map(Adjustment::code).collect();
            self.tell(Notice::Adjusted { name: name.clone(), changes });
        }
        self.tell(Notice::Completion { id: id.as_str().to_owned(), name, properties });
        let content = Content::Event { id, page: completion.page.to_json(), members: completion.members() };
        self.enter(content, completion.at, moment);
    }

    fn identify(&mut self, given: Given, at: UnixMillis, moment: &Moment) {
        for (name, value) in given.properties {
            match self.identity.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = value,
                None => self.identity.push((name, value)),
            }
        }
        if self.consent == Consent::Granted {
            self.state_identity(at, moment);
        }
    }

    fn state_identity(&mut self, at: UnixMillis, moment: &Moment) {
        if self.identity.is_empty() || self.options.anonymous {
            return;
        }
        let mut known = String::new();
        json::push_properties(&mut known, &self.identity);
        self.tell(Notice::Identity { known: known.clone() });
        self.enter(Content::Identity(known), at, moment);
    }

    /// Puts something into the journal and the outbox.
    fn enter(&mut self, content: Content, at: UnixMillis, moment: &Moment) {
        self.sequence += 1;
        let context = self.context(at, moment);
        let record = Record { seq: self.sequence, context, at, content };
        self.effects.push(Effect::Write { key: record.key(), record: record.to_text() });
        let gone = self.outbox.push(record, moment.now);
        self.made_room(gone);
    }

    fn context(&mut self, at: UnixMillis, moment: &Moment) -> Context {
        let tab = self.tab.clone();
        if self.options.anonymous {
            return Context { tab, visitor: None, session: None };
        }
        let visitor = match &self.visitor {
            Some(known) => known.clone(),
            None => {
                let new = VisitorId::new(self.chance.wide_bits());
                self.effects.push(Effect::Remember(Memory::Visitor(new.as_str().to_owned())));
                self.visitor.insert(new).clone()
            }
        };
        let session = self.continue_session(at, moment);
        Context { tab, visitor: Some(visitor), session: Some((session.id, session.started)) }
    }

    /// The session at `at`: the one another tab continued last, if that is the later one.
    fn continue_session(&mut self, at: UnixMillis, moment: &Moment) -> Session {
        let stored = moment.session.as_deref().and_then(Session::parse);
        let latest = [self.session.take(), stored].into_iter().flatten().max_by_key(|session| session.active);
        let (session, changed) = match latest {
            Some(mut session) => {
                let changed = session.touch(at, &mut self.chance) != Continuity::Same;
                (session, changed)
            }
            None => (Session::start(at, &mut self.chance), true),
        };
        if changed {
            self.effects.push(Effect::Remember(Memory::Session(session.to_text())));
        }
        self.session.insert(session).clone()
    }

    fn settle_later(&mut self) {
        if self.page_views.is_due() {
            self.effects.push(Effect::Settle(SETTLE));
        }
    }

    fn settle(&mut self, title: String, moment: &Moment) {
        if let Some(at) = self.page_views.settled(title) {
            self.view(at, moment);
        }
    }

    fn begin(&mut self) {
        if let (Some(visitor), false) = (&self.visitor, self.options.anonymous) {
            // Written again on each visit, so that its life counts from the last one.
            self.effects.push(Effect::Remember(Memory::Visitor(visitor.as_str().to_owned())));
        }
        self.effects.push(Effect::Begin);
    }

    fn consent_given(&mut self, moment: &Moment) {
        if self.consent == Consent::Granted {
            return;
        }
        self.consent = Consent::Granted;
        self.effects.push(Effect::Remember(Memory::Consent(Consent::Granted)));
        self.tell(Notice::Consent(Consent::Granted));
        self.begin();
        self.state_identity(moment.now, moment);
        for completion in std::mem::take(&mut self.held) {
            self.record(&completion, moment);
        }
    }

    fn refuse(&mut self, refusal: Consent) {
        self.consent = refusal;
        self.forget_visitor();
        self.held.clear();
        self.unmatched.clear();
        self.outbox.clear();
        self.effects.push(Effect::Erase);
        self.effects.push(Effect::Remember(Memory::Consent(refusal)));
        self.tell(Notice::Consent(refusal));
    }

    fn reset(&mut self) {
        self.forget_visitor();
        self.tell(Notice::Identity { known: "{}".to_owned() });
        if self.consent == Consent::Granted && !self.options.anonymous {
            // Remembered at once, so that another page does not bring the old one back.
            let visitor = self.visitor.insert(VisitorId::new(self.chance.wide_bits()));
            self.effects.push(Effect::Remember(Memory::Visitor(visitor.as_str().to_owned())));
            self.effects.push(Effect::Remember(Memory::Session(String::new())));
        }
    }

    fn forget_visitor(&mut self) {
        self.visitor = None;
        self.session = None;
        self.identity.clear();
    }

    fn flush(&mut self) {
        self.flushing = true;
        self.outbox.hurry();
    }

    fn adopt(&mut self, texts: &[String], now: UnixMillis) {
        let records = texts.iter().filter_map(|text| Record::parse(text)).collect();
        let gone = self.outbox.adopt(records, now);
        self.made_room(gone);
    }

    fn answered(&mut self, flight: FlightNumber, answer: &Answer, now: UnixMillis) {
        let settled = self.outbox.answered(flight, answer, now, &mut self.chance);
        self.forget(settled.forget);
        if settled.delivered > 0 {
            self.tell(Notice::Delivered { events: settled.delivered });
        }
        if let Some((reason, events)) = settled.lost {
            self.tell(Notice::Lost { events, reason });
        }
    }

    /// Sends what is due, or, when the page may not run again, all that may outlive it.
    fn send(&mut self, now: UnixMillis, leaving: bool) {
        let allowed = self.consent == Consent::Granted;
        while allowed && let Some(departure) = self.outbox.depart(now, leaving) {
            let records = self.outbox.cargo(departure.number);
            let own = records.first().is_some_and(|record| record.context.tab == self.tab);
            // Totals are per tab, and an adopted record's tab is not this one.
            let lost = if own { self.outbox.lost() } else { &[] };
            let body = batch::encode(&self.envelope, records, lost, now);
            self.effects.push(Effect::Send {
                flight: departure.number,
                body,
                keepalive: departure.keepalive,
            });
        }
        if self.flushing && (!allowed || self.outbox.is_empty() || self.outbox.is_pausing()) {
            self.flushing = false;
            self.effects.push(Effect::Flushed(self.report()));
        }
    }

    fn report(&self) -> Report {
        let report = self.outbox.report();
        Report { pending: report.pending + self.held.len() as u64, ..report }
    }

    fn wake(&mut self, now: UnixMillis) {
        let Some(delay) = self.outbox.delay(now) else { return };
        let at = now + delay;
        if self.wakes != Some(at) {
            self.wakes = Some(at);
            self.effects.push(Effect::Wake(delay));
        }
    }

    fn made_room(&mut self, gone: Vec<JournalKey>) {
        if gone.is_empty() {
            return;
        }
        self.tell(Notice::Lost { events: gone.len() as u64, reason: Loss::OutboxFull });
        self.forget(gone);
    }

    fn forget(&mut self, keys: Vec<JournalKey>) {
        self.effects.extend(keys.into_iter().map(Effect::Forget));
    }

    fn lose(&mut self, reason: Loss, events: u64) {
        self.outbox.count_lost(reason, events);
        self.tell(Notice::Lost { events, reason });
    }

    fn tell(&mut self, notice: Notice) {
        self.effects.push(Effect::Tell(notice));
    }
}
