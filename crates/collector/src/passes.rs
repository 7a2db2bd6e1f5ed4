//! Who may edit on a site's own pages: an invitation, which the studio puts into a page's address, is exchanged for a pass,
//! which opens the visualizer's doors and nothing else.
//!
//! Both live in memory only, by their SHA-256: after a restart the page is opened again from the studio. Scripts of the
//! page can read a pass, so it is short-lived, good for one origin, and publishes nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use pugmark_protocol::time::{Millis, UnixMillis};

use crate::auth::{hash, hex};

/// How long an invitation lasts. Judgement (November 2026): a slow page has loaded by then, and an address that somebody
/// copies is worth nothing.
pub const INVITATION_LASTS: Millis = Millis::minutes(1);

/// How long a pass lasts. Judgement (November 2026): an hour's editing; drafts are kept as they are made.
pub const PASS_LASTS: Millis = Millis::hours(1);

/// Most invitations and most passes kept; past it the oldest go. Judgement (November 2026): more than people edit at once.
const MOST: usize = 1_000;

/// Who is invited: a page of this origin, to edit this site's events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The site's key.
    pub site: String,
    /// The origin of the page that is opened.
    pub origin: String,
    /// The event to be edited, if it is one that is there already.
    pub event: Option<String>,
}

/// What a token opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The site's key.
    pub site: String,
    /// The origin whose pages may use it.
    pub origin: String,
    /// When it has run out.
    pub until: UnixMillis,
}

/// What an invitation was exchanged for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// What opens the doors from now on.
    pub token: String,
    /// Which doors, and for how long.
    pub pass: Pass,
    /// The event to be edited, if it is one that is there already.
    pub event: Option<String>,
}

/// Invitations and passes.
#[derive(Default)]
pub struct Passes {
    invitations: Mutex<Kept<Invitation>>,
    passes: Mutex<Kept<Pass>>,
}

/// Things by the hash of what opens them, each with the time at which it is over.
struct Kept<T>(HashMap<[u8; 32], (UnixMillis, T)>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Kept<T> {
    fn put(&mut self, secret: &str, until: UnixMillis, thing: T, now: UnixMillis) {
        self.0.retain(|_, (until, _)| now < *until);
        if self.0.len() >= MOST
            && let Some(oldest) = self.0.iter().min_by_key(|(_, (until, _))| *until).map(|(key, _)| *key)
        {
            self.0.remove(&oldest);
        }
        self.0.insert(hash(secret), (until, thing));
    }

    fn look(&self, secret: &str, now: UnixMillis) -> Option<&T> {
        let (until, thing) = self.0.get(&hash(secret))?;
        (now < *until).then_some(thing)
    }

    fn take(&mut self, secret: &str, now: UnixMillis) -> Option<T> {
        let (until, thing) = self.0.remove(&hash(secret))?;
        (now < until).then_some(thing)
    }
}

impl Passes {
    /// Makes an invitation: the code for the page's address, 32 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// When the system gives no random numbers.
    pub fn invite(&self, invitation: Invitation, now: UnixMillis) -> Result<String, getrandom::Error> {
        let code = random::<16>()?;
        let mut invitations = self.invitations.lock().unwrap_or_else(PoisonError::into_inner);
        invitations.put(&code, now + INVITATION_LASTS, invitation, now);
        Ok(code)
    }

    /// Takes an invitation for a pass. `None` if there is no such invitation any more, or it was made for another origin;
    /// whoever tries takes it from everybody.
    ///
    /// # Errors
    ///
    /// When the system gives no random numbers.
    pub fn take(
        &self,
        code: &str,
        origin: &str,
        now: UnixMillis,
    ) -> Result<Option<Admitted>, getrandom::Error> {
        let taken = self.invitations.lock().unwrap_or_else(PoisonError::into_inner).take(code, now);
        let Some(invitation) = taken.filter(|invitation| invitation.origin == origin) else {
            return Ok(None);
        };
        let token = random::<32>()?;
        let pass = Pass { site: invitation.site, origin: invitation.origin, until: now + PASS_LASTS };
        let mut passes = self.passes.lock().unwrap_or_else(PoisonError::into_inner);
        passes.put(&token, pass.until, pass.clone(), now);
        Ok(Some(Admitted { token, pass, event: invitation.event }))
    }

    /// What a token opens, for a page of this origin; one that says none asks its own.
    pub fn of(&self, token: &str, origin: Option<&str>, now: UnixMillis) -> Option<Pass> {
        let passes = self.passes.lock().unwrap_or_else(PoisonError::into_inner);
        let pass = passes.look(token, now)?;
        origin.is_none_or(|origin| pass.origin == origin).then(|| pass.clone())
    }
}

/// The origin of an absolute address, as browsers write it in a request: `https://shop.example`. `None` for what no page of
/// a site has: another scheme, a name and password, characters that browsers write otherwise.
pub fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let default = match scheme.as_str() {
        "http" => "80",
        "https" => "443",
        _ => return None,
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    if host.is_empty() || host.starts_with(':') || !host.chars().all(is_plain) {
        return None;
    }
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port == default || port.is_empty() => name,
        _ => &host,
    };
    Some(format!("{scheme}://{host}"))
}

fn random<const N: usize>() -> Result<String, getrandom::Error> {
    let mut random = [0; N];
    getrandom::fill(&mut random)?;
    Ok(hex(&random))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_430_400_000);
    const SHOP: &str = "https://shop.example";

    fn invited(passes: &Passes) -> String {
        let invitation =
            Invitation { site: "demo".to_owned(), origin: SHOP.to_owned(), event: Some("bought".to_owned()) };
        passes.invite(invitation, NOW).expect("there is chance")
    }

    fn take(passes: &Passes, code: &str, origin: &str, now: UnixMillis) -> Option<String> {
        passes.take(code, origin, now).expect("there is chance").map(|admitted| admitted.token)
    }

    fn later(time: Millis, ms: u64) -> UnixMillis {
        UnixMillis(NOW.0 + time.0 - ms)
    }

    #[test]
    fn an_invitation_is_good_once_and_for_a_minute() {
        let passes = Passes::default();
        let code = invited(&passes);
        assert!(code.len() == 32 && code.bytes().all(|b| b.is_ascii_hexdigit()), "{code}");

        let admitted =
            passes.take(&code, SHOP, later(INVITATION_LASTS, 1)).expect("there is chance").expect("is good");
        assert_eq!((admitted.token.len(), admitted.pass.site.as_str()), (64, "demo"));
        assert_eq!(admitted.event.as_deref(), Some("bought"));
        assert_eq!(take(&passes, &code, SHOP, NOW), None, "it was used");

        let code = invited(&passes);
        assert_eq!(take(&passes, &code, SHOP, later(INVITATION_LASTS, 0)), None, "it is too old");
        assert_eq!(take(&passes, "0123456789abcdef0123456789abcdef", SHOP, NOW), None);
    }

    #[test]
    fn an_invitation_that_another_website_tries_is_good_for_nobody() {
        let passes = Passes::default();
        let code = invited(&passes);

        assert_eq!(take(&passes, &code, "https://elsewhere.example", NOW), None);
        assert_eq!(take(&passes, &code, SHOP, NOW), None);
    }

    #[test]
    fn a_pass_lasts_an_hour_and_for_its_origin() {
        let passes = Passes::default();
        let token = take(&passes, &invited(&passes), SHOP, NOW).expect("is good");

        assert_eq!(
            passes.of(&token, Some(SHOP), later(PASS_LASTS, 1)).map(|pass| pass.site),
            Some("demo".to_owned())
        );
        assert!(passes.of(&token, None, NOW).is_some(), "a page that reads from its own origin says none");
        assert_eq!(passes.of(&token, Some(SHOP), later(PASS_LASTS, 0)), None);
        assert_eq!(passes.of(&token, Some("http://shop.example"), NOW), None);
        assert_eq!(passes.of("", Some(SHOP), NOW), None);
    }

    #[test]
    fn of_too_many_the_oldest_go() {
        let passes = Passes::default();
        let first = invited(&passes);
        let more: Vec<String> = (1..=MOST as u64)
            .map(|n| {
                let invitation = Invitation { site: "demo".to_owned(), origin: SHOP.to_owned(), event: None };
                passes.invite(invitation, UnixMillis(NOW.0 + n)).expect("there is chance")
            })
            .collect();

        assert_eq!(take(&passes, &first, SHOP, NOW), None);
        assert!(take(&passes, &more[0], SHOP, NOW).is_some());
    }

    #[test]
    fn origins_are_written_as_browsers_do() {
        for (url, origin) in [
            ("https://shop.example/cart?a#b", Some("https://shop.example")),
            ("HTTPS://Shop.Example:443", Some("https://shop.example")),
            ("http://localhost:3000/", Some("http://localhost:3000")),
            ("http://shop.example:80?x", Some("http://shop.example")),
            ("http://[::1]:8787/", Some("http://[::1]:8787")),
            ("https://xn--mnchen-3ya.example/", Some("https://xn--mnchen-3ya.example")),
            ("https://münchen.example/", None),
            ("https://ann:secret@shop.example/", None),
            ("ftp://shop.example/", None),
            ("javascript:alert(1)//x://y", None),
            ("shop.example", None),
            ("https:///cart", None),
            ("", None),
        ] {
            assert_eq!(origin_of(url).as_deref(), origin, "{url}");
        }
    }
}
