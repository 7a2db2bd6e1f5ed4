//! Every order of everything that can happen to one or two tabs, one storage and one network, with the real outbox as
//! the transition function; only the storage, the network and the collector's books are models.
//!
//! A breadth-first search of our own: the states are plain values that compare and hash, the property is one function,
//! and a counterexample is the list of steps that led to it. `stateright` would do the same, and bring a web server.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::hash::{Hash, Hasher};

use pugmark_engine::Effect;
use pugmark_engine::chance::Chance;
use pugmark_engine::input::Answer;
use pugmark_engine::journal::{Content, Context, JournalKey, Record};
use pugmark_engine::outbox::{Departure, FlightNumber, MAX_AGE, Outbox, RETRY_LAST, Way};
use pugmark_protocol::id::{EventId, TabId};
use pugmark_protocol::time::{Millis, UnixMillis};

/// Long after anything has waited for company or through a pause.
const PATIENCE: Millis = RETRY_LAST;

/// What may still happen. Without bounds there would always be one more failure.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Bounds {
    opens: u8,
    events: u8,
    faults: u8,
    deaths: u8,
    freezes: u8,
    weeks: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Life {
    Lives,
    /// In the back/forward cache: its lock is free, but it may come back.
    Frozen,
    Dead,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Tab {
    outbox: Outbox,
    life: Life,
    made: u64,
    was_frozen: bool,
    /// Who holds the tab's lock, once it has been adopted.
    adopter: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Request {
    tab: usize,
    flight: FlightNumber,
    cargo: Vec<Record>,
    way: Way,
    has_arrived: bool,
}

type Number = (TabId, u64);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    tabs: Vec<Tab>,
    storage: BTreeMap<JournalKey, String>,
    requests: Vec<Request>,
    stored: BTreeSet<Number>,
    lost: BTreeSet<Number>,
    now: UnixMillis,
    bounds: Bounds,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Open,
    Make(usize),
    Depart { tab: usize, leaving: bool },
    Arrive(usize),
    Answer(usize, Reply),
    Adopt { tab: usize, from: usize },
    Freeze(usize),
    Restore(usize),
    Kill(usize),
    Week,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Reply {
    Receipt,
    None,
    Status(u16),
}

/// A step, and after how many of its effects the tab dies, if it does.
type Move = (Step, Option<usize>);

impl State {
    fn start(bounds: Bounds) -> Self {
        Self {
            tabs: Vec::new(),
            storage: BTreeMap::new(),
            requests: Vec::new(),
            stored: BTreeSet::new(),
            lost: BTreeSet::new(),
            now: UnixMillis(1_000_000_000_000),
            bounds,
        }
    }

    fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.bounds.opens > 0 {
            steps.push(Step::Open);
        }
        if self.bounds.weeks > 0 {
            steps.push(Step::Week);
        }
        for (tab, it) in self.tabs.iter().enumerate() {
            match it.life {
                Life::Lives => {
                    if self.bounds.events > 0 {
                        steps.push(Step::Make(tab));
                    }
                    steps.push(Step::Depart { tab, leaving: false });
                    if self.bounds.freezes > 0 {
                        steps.push(Step::Freeze(tab));
                    }
                    if self.bounds.deaths > 0 {
                        steps.push(Step::Depart { tab, leaving: true });
                        steps.push(Step::Kill(tab));
                    }
                    for (from, other) in self.tabs.iter().enumerate() {
                        if from != tab && other.life != Life::Lives && !self.is_locked(from) {
                            steps.push(Step::Adopt { tab, from });
                        }
                    }
                }
                Life::Frozen => steps.push(Step::Restore(tab)),
                Life::Dead => {}
            }
        }
        for (place, request) in self.requests.iter().enumerate() {
            if request.has_arrived {
                steps.push(Step::Answer(place, Reply::Receipt));
            } else {
                steps.push(Step::Arrive(place));
            }
            if self.bounds.faults > 0 {
                steps.push(Step::Answer(place, Reply::None));
                if !request.has_arrived {
                    steps.push(Step::Answer(place, Reply::Status(503)));
                    // Who refuses a mere statement keeps no books: that loss cannot be told.
                    if request.cargo.iter().any(Record::is_event) {
                        steps.push(Step::Answer(place, Reply::Status(413)));
                        steps.push(Step::Answer(place, Reply::Status(400)));
                    }
                }
            }
        }
        steps
    }

    fn is_locked(&self, tab: usize) -> bool {
        self.tabs[tab].adopter.is_some_and(|adopter| self.tabs[adopter].life == Life::Lives)
    }

    /// The state after a step, and how many effects it had on storage.
    fn after(&self, (step, dies_after): Move) -> (Self, usize) {
        let mut next = self.clone();
        let mut effects = 0;
        match step {
            Step::Open => next.open(),
            Step::Week => {
                next.bounds.weeks -= 1;
                next.now = next.now + MAX_AGE + Millis(1);
            }
            Step::Make(tab) => effects = next.make(tab, dies_after),
            Step::Depart { tab, leaving } => next.depart(tab, leaving),
            Step::Arrive(place) => next.arrive(place),
            Step::Answer(place, reply) => effects = next.answer(place, reply, dies_after),
            Step::Adopt { tab, from } => effects = next.adopt(tab, from, dies_after),
            Step::Freeze(tab) => {
                next.bounds.freezes -= 1;
                next.depart(tab, true);
                next.tabs[tab].life = Life::Frozen;
                next.tabs[tab].was_frozen = true;
            }
            Step::Restore(tab) => {
                let now = next.now;
                next.tabs[tab].life = Life::Lives;
                next.tabs[tab].adopter = None;
                next.tabs[tab].outbox.take_back(now);
            }
            Step::Kill(tab) => next.kill(tab),
        }
        if let (Some(_), Some(tab)) = (dies_after, next.actor(self, step)) {
            next.kill(tab);
        }
        (next, effects)
    }

    fn actor(&self, before: &Self, step: Step) -> Option<usize> {
        match step {
            Step::Make(tab) | Step::Adopt { tab, .. } => Some(tab),
            Step::Answer(place, _) => before.requests.get(place).map(|request| request.tab),
            _ => None,
        }
    }

    fn open(&mut self) {
        self.bounds.opens -= 1;
        let outbox = Outbox::new(TabId::new(self.tabs.len() as u64 + 1), Some(self.now));
        let life = Life::Lives;
        self.tabs.push(Tab { outbox, life, made: 0, was_frozen: false, adopter: None });
    }

    fn kill(&mut self, tab: usize) {
        self.bounds.deaths -= 1;
        self.tabs[tab].life = Life::Dead;
        self.requests.retain(|request| request.tab != tab || request.way != Way::Page || request.has_arrived);
    }

    fn make(&mut self, tab: usize, dies_after: Option<usize>) -> usize {
        self.bounds.events -= 1;
        let it = &mut self.tabs[tab];
        it.made += 1;
        let id = EventId::new(self.now, [0, it.made + 1000 * tab as u64]);
        let content = Content::Event { id, number: it.made, page: "{}".into(), members: "".into() };
        let context = Context { tab: it.outbox.tab(), visitor: None, session: None };
        it.outbox.push(context, self.now, content, self.now);
        let effects = self.perform(tab, dies_after);
        if dies_after == Some(0) {
            // It died in the call: there was no event yet.
            self.tabs[tab].made -= 1;
        }
        effects
    }

    fn depart(&mut self, tab: usize, leaving: bool) {
        let now = self.now + PATIENCE;
        while let Some(Departure { number, way }) = self.tabs[tab].outbox.depart(now, leaving) {
            let cargo = self.tabs[tab].outbox.cargo(number).to_vec();
            self.requests.push(Request { tab, flight: number, cargo, way, has_arrived: false });
            if !leaving {
                return;
            }
        }
    }

    fn arrive(&mut self, place: usize) {
        let request = &mut self.requests[place];
        request.has_arrived = true;
        for record in &request.cargo {
            let numbers = numbers(record);
            if record.is_event() { self.stored.extend(numbers) } else { self.lost.extend(numbers) }
        }
    }

    fn answer(&mut self, place: usize, reply: Reply, dies_after: Option<usize>) -> usize {
        let request = self.requests.remove(place);
        let status = |status| Answer::Status { status, retry_after: None, refused: 0 };
        let answer = match reply {
            Reply::Receipt => status(200),
            Reply::None => Answer::None,
            Reply::Status(code) => status(code),
        };
        if reply != Reply::Receipt {
            self.bounds.faults -= 1;
        }
        if self.tabs[request.tab].life != Life::Lives {
            return 0;
        }
        let chance = &mut Chance::seeded([1, 2]);
        self.tabs[request.tab].outbox.answered(request.flight, &answer, self.now, chance);
        self.perform(request.tab, dies_after)
    }

    fn adopt(&mut self, tab: usize, from: usize, dies_after: Option<usize>) -> usize {
        let dead = self.tabs[from].outbox.tab();
        let found = self.storage.iter().filter(|(key, _)| key.tab == dead);
        let records = found.filter_map(|(key, text)| Record::parse(*key, text)).collect();
        self.tabs[from].adopter = Some(tab);
        self.tabs[tab].outbox.adopt(records, self.now);
        self.perform(tab, dies_after)
    }

    fn perform(&mut self, tab: usize, dies_after: Option<usize>) -> usize {
        let effects = self.tabs[tab].outbox.effects();
        let mut performed = 0;
        for effect in effects {
            let is_kept = matches!(effect, Effect::Write { .. } | Effect::Forget { .. });
            if dies_after == Some(performed) {
                return performed;
            }
            performed += usize::from(is_kept);
            match effect {
                Effect::Write { key, record } => drop(self.storage.insert(key, record)),
                Effect::Forget { key, record } if self.storage.get(&key) == Some(&record) => {
                    self.storage.remove(&key);
                }
                _ => {}
            }
        }
        performed
    }

    /// What must hold in every state: no event is forgotten before the collector has it or knows that it is lost, and no
    /// two tabs that have lived all along send the same.
    fn check(&self) -> Result<(), String> {
        let mut safe: BTreeSet<Number> = self.stored.union(&self.lost).copied().collect();
        for (key, text) in &self.storage {
            safe.extend(Record::parse(*key, text).iter().flat_map(numbers));
        }
        for tab in &self.tabs {
            for n in 1..=tab.made {
                if !safe.contains(&(tab.outbox.tab(), n)) {
                    return Err(format!("event {n} of {:?} is nowhere", tab.outbox.tab()));
                }
            }
        }
        for one in &self.requests {
            for other in &self.requests {
                let steady = |tab: usize| self.tabs[tab].life == Life::Lives && !self.tabs[tab].was_frozen;
                let same = one.cargo.iter().any(|record| other.cargo.contains(record));
                if one.tab != other.tab && same && steady(one.tab) && steady(other.tab) {
                    return Err("two living tabs send the same".to_owned());
                }
            }
        }
        Ok(())
    }

    /// Whether a last visit, with a network that works, leaves nothing behind.
    fn ends_well(&self) -> Result<(), String> {
        let mut end = self.clone();
        for tab in &mut end.tabs {
            tab.life = Life::Dead;
        }
        end.requests.clear();
        end.bounds.opens += 1;
        end.open();
        let last = end.tabs.len() - 1;
        for from in 0..last {
            end.adopt(last, from, None);
        }
        while !end.tabs[last].outbox.is_settled() {
            end.depart(last, false);
            if end.requests.is_empty() {
                return Err("the last visit does not send".to_owned());
            }
            while !end.requests.is_empty() {
                end.arrive(0);
                end.answer(0, Reply::Receipt, None);
            }
        }
        end.check()?;
        if !end.storage.is_empty() {
            return Err("something is left behind".to_owned());
        }
        Ok(())
    }
}

fn numbers(record: &Record) -> Vec<Number> {
    let (first, last) = match record.content {
        Content::Event { number, .. } => (number, number),
        Content::Lost { first, last, .. } => (first, last),
        Content::Identity(_) => return Vec::new(),
    };
    (first..=last).map(|n| (record.context.tab, n)).collect()
}

fn fingerprint(state: &State) -> u64 {
    let mut hasher = DefaultHasher::new();
    state.hash(&mut hasher);
    hasher.finish()
}

/// Visits every state that can be reached; how many there are.
fn explore(bounds: Bounds) -> usize {
    let start = State::start(bounds);
    let mut seen = HashSet::from([fingerprint(&start)]);
    // How each state that was queued came about: its predecessor's place, and the step.
    let mut history: Vec<Option<(usize, Move)>> = vec![None];
    let mut queue = VecDeque::from([(0, start)]);
    while let Some((place, state)) = queue.pop_front() {
        if let Err(failure) = state.check().and_then(|()| state.ends_well()) {
            panic!("{failure}\nafter {:#?}\n{state:#?}", path(&history, place));
        }
        let mut visit = |step: Move| {
            let (next, effects) = state.after(step);
            if seen.insert(fingerprint(&next)) {
                history.push(Some((place, step)));
                queue.push_back((history.len() - 1, next));
            }
            effects
        };
        for step in state.steps() {
            let effects = visit((step, None));
            if state.bounds.deaths > 0 {
                for n in 0..effects {
                    visit((step, Some(n)));
                }
            }
        }
    }
    seen.len()
}

fn path(history: &[Option<(usize, Move)>], mut place: usize) -> Vec<Move> {
    let mut steps = Vec::new();
    while let Some((before, step)) = history[place] {
        steps.insert(0, step);
        place = before;
    }
    steps
}

#[test]
fn nothing_is_lost_in_any_state_of_two_tabs_that_die_at_any_moment() {
    let states = explore(Bounds { opens: 2, events: 2, faults: 1, deaths: 2, freezes: 0, weeks: 0 });
    println!("{states} states");
}

#[test]
fn nothing_is_lost_in_any_state_of_two_tabs_of_which_one_is_put_away_and_comes_back() {
    let states = explore(Bounds { opens: 2, events: 2, faults: 0, deaths: 1, freezes: 1, weeks: 0 });
    println!("{states} states");
}

#[test]
fn nothing_is_lost_in_any_state_of_one_tab_whose_requests_fail_in_every_way() {
    let states = explore(Bounds { opens: 1, events: 2, faults: 2, deaths: 1, freezes: 0, weeks: 1 });
    println!("{states} states");
}
