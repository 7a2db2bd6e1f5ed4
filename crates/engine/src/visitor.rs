//! Who is visiting: the browser's own id, the visit, and what the page has said of the person.

use pugmark_protocol::id::{SessionId, VisitorId};
use pugmark_protocol::property::Properties;
use pugmark_protocol::time::UnixMillis;

use crate::chance::Chance;
use crate::effect::Memory;
use crate::json;
use crate::session::{Continuity, Session};

/// The visitor, as far as known. On an anonymous site nothing ever is.
#[derive(Debug)]
pub(crate) struct Visitor {
    is_anonymous: bool,
    id: Option<VisitorId>,
    session: Option<Session>,
    identity: Properties,
}

/// Who did something, and in which visit: its id and its start.
pub(crate) type Presence = (VisitorId, (SessionId, UnixMillis));

impl Visitor {
    /// A visitor of whom `remembered` is the id, if that may be known.
    pub(crate) fn new(is_anonymous: bool, remembered: Option<&str>) -> Self {
        let id = remembered.filter(|_| !is_anonymous).and_then(VisitorId::parse);
        Self { is_anonymous, id, session: None, identity: Properties::new() }
    }

    /// The id.
    pub(crate) fn id(&self) -> Option<VisitorId> {
        self.id
    }

    /// The visit's id.
    pub(crate) fn session_id(&self) -> Option<SessionId> {
        self.session.map(|session| session.id)
    }

    /// Follows another tab of the browser: another id means that the visitor has left there.
    pub(crate) fn follow(&mut self, remembered: Option<&str>) {
        let Some(id) = remembered.and_then(VisitorId::parse) else { return };
        if !self.is_anonymous && self.id != Some(id) {
            if self.id.is_some() {
                self.forget();
            }
            self.id = Some(id);
        }
    }

    /// Learns who it is, beside what was known.
    pub(crate) fn learn(&mut self, properties: Properties) {
        for (name, value) in properties {
            match self.identity.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = value,
                None => self.identity.push((name, value)),
            }
        }
    }

    /// All that is known, as a JSON object; none where nothing is, or may be.
    pub(crate) fn identity(&self) -> Option<String> {
        if self.identity.is_empty() || self.is_anonymous {
            return None;
        }
        let mut known = String::new();
        json::push_properties(&mut known, &self.identity);
        Some(known)
    }

    /// Who does something at `at`, and in which visit: the one that another tab continued last, which `stored` tells, if
    /// that is the later one. What is new is to be remembered.
    pub(crate) fn present(
        &mut self,
        at: UnixMillis,
        stored: Option<&str>,
        chance: &mut Chance,
        remember: &mut dyn FnMut(Memory),
    ) -> Option<Presence> {
        if self.is_anonymous {
            return None;
        }
        let id = self.id.unwrap_or_else(|| {
            let new = VisitorId::new(chance.wide_bits());
            remember(Memory::Visitor(new));
            new
        });
        self.id = Some(id);

        let elsewhere = stored.and_then(Session::parse);
        let mut latest = self.session;
        if let Some(elsewhere) = elsewhere
            && latest.is_none_or(|own| own.active <= elsewhere.active)
        {
            latest = Some(elsewhere);
        }
        let mut session = latest.unwrap_or_else(|| Session::start(at, chance));
        if latest.is_none() || session.touch(at, chance) != Continuity::Same {
            remember(Memory::Session(session.to_text()));
        }
        self.session = Some(session);
        Some((id, (session.id, session.started)))
    }

    /// Makes somebody new of the visitor. Remembered at once, so that another page does not bring the old one back.
    pub(crate) fn replace(&mut self, chance: &mut Chance, remember: &mut dyn FnMut(Memory)) {
        self.forget();
        if !self.is_anonymous {
            let new = VisitorId::new(chance.wide_bits());
            remember(Memory::Session(String::new()));
            remember(Memory::Visitor(new));
            self.id = Some(new);
        }
    }

    /// Forgets everything.
    pub(crate) fn forget(&mut self) {
        self.id = None;
        self.session = None;
        self.identity.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_430_400_000);

    fn id(n: u64) -> String {
        VisitorId::new([0, n]).to_text()
    }

    fn present(visitor: &mut Visitor) -> Option<Presence> {
        visitor.present(NOW, None, &mut Chance::seeded([1, 2]), &mut |_| ())
    }

    #[test]
    fn a_visitor_who_left_in_another_tab_has_left_here() {
        let mut visitor = Visitor::new(false, Some(&id(1)));
        present(&mut visitor);
        visitor.follow(Some(&id(2)));

        assert_eq!(visitor.id(), Some(VisitorId::new([0, 2])));
        assert_eq!(visitor.session_id(), None);
    }

    #[test]
    fn where_cookies_are_refused_a_tab_keeps_the_visitor_it_knows() {
        let mut visitor = Visitor::new(false, None);
        present(&mut visitor);
        let known = visitor.id();
        visitor.follow(None);

        assert!(known.is_some());
        assert_eq!(visitor.id(), known);
    }

    #[test]
    fn of_an_anonymous_visitor_nothing_is_known() {
        let mut visitor = Visitor::new(true, Some(&id(1)));
        visitor.follow(Some(&id(2)));
        visitor.learn(vec![("email".to_owned(), pugmark_protocol::property::Value::Bool(true))]);

        let nothing = &mut |memory| panic!("{memory:?} is remembered");
        assert_eq!(visitor.present(NOW, None, &mut Chance::seeded([1, 2]), nothing), None);
        assert_eq!((visitor.id(), visitor.identity()), (None, None));
        visitor.replace(&mut Chance::seeded([1, 2]), nothing);
    }
}
