//! Page views: one reducer for loads, route changes and explicit calls, so that a view counts once however it shows.

use std::rc::Rc;

use pugmark_protocol::limits::{MAX_TITLE, MAX_URL};
use pugmark_protocol::pattern::path_of;
use pugmark_protocol::text;
use pugmark_protocol::time::{Millis, UnixMillis};

use crate::json;
use crate::options::Options;

/// How long a route change may settle before it counts: routers redirect, and set the title after the address.
///
/// Judgement (November 2026): two frames; a view reports the time of the change itself.
pub const SETTLE: Millis = Millis(50);

/// The page's own call for the address of an automatic view within this time is that view: many pages have both a
/// router that changes the address and glue that calls `trackPageView`. Judgement (November 2026).
const SAME_VIEW: Millis = Millis::seconds(1);

/// A page as it is reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its address.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Where the visitor came from.
    pub referrer: String,
}

/// How the address changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Navigation {
    /// `history.pushState`, or back and forward: a new place.
    Moved,
    /// `history.replaceState`: the same place under another address, unless the path changed.
    Replaced,
}

/// Decides what is a page view.
#[derive(Clone, Debug)]
pub struct PageViews {
    automatic: bool,
    hash_routing: bool,
    page: Page,
    /// The address as the browser has it, by which changes are seen; `setPath` leaves it alone.
    browser_url: String,
    /// A view that waits to settle, or for the page to be shown: since when.
    due: Option<UnixMillis>,
    last: Option<View>,
    /// The page says itself what its path is; route changes no longer do.
    path_is_set: bool,
    visible: bool,
}

/// The last view that counted.
#[derive(Clone, Debug)]
struct View {
    url: String,
    at: UnixMillis,
    /// Whether the page asked for it.
    asked: bool,
}

impl Page {
    /// The page in the wire's form, cut to the limits.
    pub fn to_json(&self) -> Rc<str> {
        let mut out = "{".to_owned();
        json::push_text_member(&mut out, "url", text::cut(&self.url, MAX_URL));
        json::push_text_member(&mut out, "title", text::cut(&self.title, MAX_TITLE));
        if !self.referrer.is_empty() {
            json::push_text_member(&mut out, "referrer", text::cut(&self.referrer, MAX_URL));
        }
        out.push('}');
        out.into()
    }
}

impl PageViews {
    /// Starts on `page`, whose view is due at once if views are automatic.
    pub fn start(page: Page, visible: bool, options: &Options, now: UnixMillis) -> Self {
        Self {
            automatic: options.automatic_page_views,
            hash_routing: options.hash_routing,
            browser_url: page.url.clone(),
            page,
            due: options.automatic_page_views.then_some(now),
            last: None,
            path_is_set: false,
            visible,
        }
    }

    /// The current page.
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// Whether a view waits to settle.
    pub fn is_due(&self) -> bool {
        self.due.is_some() && self.visible
    }

    /// The address changed. A view may come of it when it has settled.
    pub fn navigated(&mut self, url: String, how: Navigation, at: UnixMillis) {
        let same = match how {
            Navigation::Moved => self.address(&url) == self.address(&self.browser_url),
            Navigation::Replaced => self.path(&url) == self.path(&self.browser_url),
        };
        let left = std::mem::replace(&mut self.browser_url, url);
        if self.path_is_set {
            return;
        }
        self.page.url.clone_from(&self.browser_url);
        // A redirect within the settling time is one navigation: the visitor came from where it began.
        if !same && self.due.is_none() {
            self.page.referrer = left;
            self.due = self.automatic.then_some(at);
        }
    }

    /// The time a view may settle has passed; `title` is the page's now. Returns when the view happened, if one did.
    pub fn settled(&mut self, title: String) -> Option<UnixMillis> {
        if !self.visible {
            return None;
        }
        let at = self.due.take()?;
        self.page.title = title;
        // Viewed already: the page has asked for it, or a redirect has led back.
        if self.last.as_ref().is_some_and(|last| last.url == self.page.url) {
            return None;
        }
        self.last = Some(View { url: self.page.url.clone(), at, asked: false });
        Some(at)
    }

    /// The page asks for a view. Returns whether one happened.
    pub fn asked(&mut self, title: String, at: UnixMillis) -> bool {
        let announced = self.due.take().is_some();
        let is_same = |last: &View| last.url == self.page.url && at.since(last.at) < SAME_VIEW;
        let counted = !announced && self.last.as_ref().is_some_and(|last| !last.asked && is_same(last));
        self.page.title = title;
        self.last = Some(View { url: self.page.url.clone(), at, asked: true });
        !counted
    }

    /// The page says what its path is from now on, and by that takes its views into its own hands: route changes no
    /// longer count. Said before the first view, it is that view's path.
    pub fn set_path(&mut self, path: &str) {
        let origin_length = self.browser_url.len() - path_of(&self.browser_url).len();
        let origin = self.browser_url.get(..origin_length).unwrap_or_default();
        let slash = if path.starts_with('/') { "" } else { "/" };
        let url = [origin, slash, path].concat();
        let left = std::mem::replace(&mut self.page.url, url);
        if self.last.is_some() {
            self.due = None;
            if left != self.page.url {
                self.page.referrer = left;
            }
        }
        self.path_is_set = true;
    }

    /// The page was shown. A view that waited for that happens now.
    pub fn shown(&mut self, now: UnixMillis) {
        if !self.visible {
            self.due = self.due.map(|_| now);
        }
        self.visible = true;
    }

    /// The page was hidden.
    pub fn hidden(&mut self) {
        self.visible = false;
    }

    /// The page came back from the back/forward cache: it is viewed again.
    pub fn restored(&mut self, at: UnixMillis) {
        self.visible = true;
        self.last = None;
        if self.automatic {
            self.due = Some(at);
        }
    }

    /// The part of an address in which pages differ.
    fn address<'a>(&self, url: &'a str) -> &'a str {
        if self.hash_routing { url } else { url.split('#').next().unwrap_or(url) }
    }

    fn path<'a>(&self, url: &'a str) -> &'a str {
        let address = self.address(url);
        let path = path_of(address);
        let end = if self.hash_routing { path.len() } else { path.find('?').unwrap_or(path.len()) };
        path.get(..end).unwrap_or(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "https://shop.example/";

    fn at(ms: u64) -> UnixMillis {
        UnixMillis(1_000_000 + ms)
    }

    fn started_with(options: &[(&str, &str)]) -> PageViews {
        let page = Page { url: HOME.to_owned(), title: "Home".to_owned(), referrer: String::new() };
        let options: Vec<_> = options.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        PageViews::start(page, true, &Options::read(&options, "").0, at(0))
    }

    fn started() -> PageViews {
        started_with(&[])
    }

    fn viewed() -> PageViews {
        let mut views = started();
        assert_eq!(views.settled("Home".to_owned()), Some(at(0)));
        views
    }

    fn go(views: &mut PageViews, path: &str, how: Navigation, ms: u64) -> bool {
        views.navigated(["https://shop.example", path].concat(), how, at(ms));
        views.settled("Title".to_owned()).is_some()
    }

    #[test]
    fn a_load_is_one_view() {
        let mut views = viewed();
        assert_eq!(views.settled("Home".to_owned()), None);
    }

    #[test]
    fn route_changes_count_by_what_changed() {
        use Navigation::{Moved, Replaced};
        let mut views = viewed();
        for (path, how, counts) in [
            ("/", Moved, false),
            ("/a", Moved, true),
            ("/a#part", Moved, false),
            ("/a?q=1", Moved, true),
            ("/a?q=2", Replaced, false),
            ("/b", Replaced, true),
            ("/a", Moved, true),
        ] {
            assert_eq!(go(&mut views, path, how, 5000), counts, "{path}");
        }
    }

    #[test]
    fn with_hash_routing_the_fragment_is_part_of_the_address() {
        let mut views = started_with(&[("hash", "true")]);
        views.settled(String::new());
        assert!(go(&mut views, "/#/a", Navigation::Moved, 5000));
        assert!(!go(&mut views, "/#/a", Navigation::Moved, 5000));
    }

    #[test]
    fn a_redirect_while_settling_is_one_view_from_where_it_began() {
        let mut views = viewed();
        views.navigated("https://shop.example/old".to_owned(), Navigation::Moved, at(2000));
        views.navigated("https://shop.example/new".to_owned(), Navigation::Replaced, at(2010));

        assert_eq!(views.settled("New".to_owned()), Some(at(2000)));
        assert_eq!(views.page().url, "https://shop.example/new");
        assert_eq!(views.page().referrer, HOME);
        assert_eq!(views.page().title, "New");
    }

    #[test]
    fn a_redirect_that_leads_back_is_no_view() {
        let mut views = viewed();
        views.navigated("https://shop.example/a".to_owned(), Navigation::Moved, at(2000));
        views.navigated(HOME.to_owned(), Navigation::Moved, at(2010));
        assert_eq!(views.settled("Home".to_owned()), None);
    }

    #[test]
    fn a_page_in_the_background_counts_when_it_is_shown() {
        let mut views = started();
        views.hidden();
        assert_eq!(views.settled("Home".to_owned()), None);
        views.shown(at(40_000));
        assert!(views.is_due());
        assert_eq!(views.settled("Home".to_owned()), Some(at(40_000)), "then, not when it was loaded");
    }

    #[test]
    fn a_page_from_the_back_forward_cache_is_viewed_again() {
        let mut views = viewed();
        views.restored(at(500));
        assert_eq!(views.settled("Home".to_owned()), Some(at(500)));
    }

    #[test]
    fn the_pages_own_call_and_the_automatic_view_are_one() {
        let mut views = started();
        assert!(views.asked("Home".to_owned(), at(1)), "asked before the automatic view");
        assert_eq!(views.settled("Home".to_owned()), None);

        let mut views = viewed();
        assert!(!views.asked("Home".to_owned(), at(999)), "asked soon after it");
        assert!(views.asked("Home".to_owned(), at(999)), "asked again: the page means it");

        let mut views = viewed();
        assert!(views.asked("Home".to_owned(), at(1000)), "asked later");
    }

    #[test]
    fn a_path_set_before_the_first_view_is_that_views_address() {
        let mut views = started();
        views.set_path("/virtual?x=1");
        assert!(views.settled("Home".to_owned()).is_some());
        assert_eq!(views.page().url, "https://shop.example/virtual?x=1");
    }

    #[test]
    fn after_set_path_the_page_counts_its_own_views() {
        let mut views = viewed();
        views.navigated("https://shop.example/a".to_owned(), Navigation::Moved, at(2000));
        views.set_path("/a");
        assert!(views.asked("A".to_owned(), at(2001)));
        assert_eq!(views.page().url, "https://shop.example/a");

        assert!(
            !go(&mut views, "/b", Navigation::Moved, 9000),
            "route changes no longer count by themselves"
        );
        views.set_path("/b");
        assert_eq!(views.page().referrer, "https://shop.example/a");
        assert!(views.asked("B".to_owned(), at(9001)));
    }

    #[test]
    fn manual_page_views_leave_everything_to_the_page() {
        let mut views = started_with(&[("pageviews", "manual")]);
        assert_eq!(views.settled("Home".to_owned()), None);
        assert!(!go(&mut views, "/a", Navigation::Moved, 5000));
        assert!(views.asked("A".to_owned(), at(5001)));
        assert!(views.asked("A".to_owned(), at(5002)));
        assert_eq!(views.page().url, "https://shop.example/a");
        assert_eq!(views.page().referrer, HOME);
    }
}
