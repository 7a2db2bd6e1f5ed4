//! Options: what the tag or `init` said, read into what it means.

/// What the page chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The site's key.
    pub site: String,
    /// Where batches go: the collector's address without a slash at the end.
    pub endpoint: String,
    /// Whether page views are counted without being asked.
    pub automatic_page_views: bool,
    /// Whether a change of the fragment is a new page.
    pub hash_routing: bool,
    /// Whether nothing may happen before consent is given.
    pub consent_required: bool,
    /// Whether visitors stay unknown: no identifier is stored or sent.
    pub anonymous: bool,
    /// Whether Global Privacy Control counts as a refusal.
    pub honours_gpc: bool,
    /// The cookie's domain; found by trial when not given.
    pub cookie_domain: Option<String>,
    /// A further global array to take commands from.
    pub queue: Option<String>,
    /// Whether to explain on the console what is done.
    pub debug: bool,
}

/// Every option's name, as written after `data-`.
const NAMES: [&str; 10] = [
    "site",
    "endpoint",
    "pageviews",
    "hash",
    "consent",
    "anonymous",
    "gpc",
    "cookie-domain",
    "queue",
    "debug",
];

/// An unknown name that is one of ours but for hyphens and so many letters at its end is a slip of the pen; other
/// scripts have `data-` attributes of their own on the tag.
const SLIP: usize = 2;

impl Options {
    /// Reads options given as (name, value), names as after `data-`.
    ///
    /// `home` is where the script came from. Returns one sentence for each option that is not understood; its default
    /// is used.
    pub fn read(given: &[(String, String)], home: &str) -> (Self, Vec<String>) {
        let mut reader = Reader { given, complaints: Vec::new() };
        let options = Self {
            site: reader.text("site").unwrap_or_default(),
            endpoint: reader
                .text("endpoint")
                .unwrap_or_else(|| home.to_owned())
                .trim_end_matches('/')
                .to_owned(),
            automatic_page_views: reader.choice("pageviews", "auto", "manual"),
            hash_routing: !reader.choice("hash", "false", "true"),
            consent_required: !reader.choice("consent", "granted", "required"),
            anonymous: !reader.choice("anonymous", "false", "true"),
            honours_gpc: reader.choice("gpc", "honour", "ignore"),
            cookie_domain: reader.text("cookie-domain"),
            queue: reader.text("queue"),
            debug: !reader.choice("debug", "false", "true"),
        };
        let mut complaints = reader.complaints;
        if options.site.is_empty() {
            complaints
                .push("option \"site\" is missing: give the site's key, as in data-site=\"demo\"".to_owned());
        }
        if options.endpoint.is_empty() {
            complaints.push("option \"endpoint\" is missing: give the collector's address".to_owned());
        }
        complaints.extend(given.iter().filter_map(|(name, _)| slip(name)));
        (options, complaints)
    }
}

struct Reader<'a> {
    given: &'a [(String, String)],
    complaints: Vec<String>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let (_, value) = self.given.iter().find(|(known, _)| known == name)?;
        (!value.is_empty()).then(|| value.clone())
    }

    /// Whether the default applies rather than the alternative. A bare `data-hash` means `true`.
    fn choice(&mut self, name: &str, default: &str, alternative: &str) -> bool {
        let Some((_, value)) = self.given.iter().find(|(known, _)| known == name) else { return true };
        let bare = value.is_empty() && alternative == "true";
        if bare || value == alternative {
            return false;
        }
        if value != default {
            self.complaints.push(
                [
                    "option \"",
                    name,
                    "\" is \"",
                    value,
                    "\", but must be ",
                    default,
                    " or ",
                    alternative,
                    "; using ",
                    default,
                ]
                .concat(),
            );
        }
        true
    }
}

/// A sentence about an unknown option whose name begins like one of ours.
fn slip(name: &str) -> Option<String> {
    if NAMES.contains(&name) {
        return None;
    }
    let plain = |name: &str| name.chars().filter(|c| *c != '-').collect::<String>();
    let given = plain(name);
    let is_slip = |known: &&&str| {
        let known = plain(known);
        let (short, long) = if given.len() < known.len() { (&given, &known) } else { (&known, &given) };
        long.starts_with(short.as_str()) && long.len() - short.len() <= SLIP
    };
    let meant = NAMES.iter().find(is_slip)?;
    Some(["option \"", name, "\" is unknown; did you mean \"", meant, "\"?"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[(&str, &str)]) -> (Options, Vec<String>) {
        let given: Vec<_> = given.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Options::read(&given, "https://events.example")
    }

    #[test]
    fn the_site_alone_is_enough() {
        let (options, complaints) = read(&[("site", "demo")]);

        assert!(complaints.is_empty());
        assert_eq!(options.endpoint, "https://events.example");
        assert!(options.automatic_page_views && options.honours_gpc);
        assert!(!options.hash_routing && !options.consent_required && !options.anonymous && !options.debug);
    }

    #[test]
    fn every_option_can_be_set() {
        let (options, complaints) = read(&[
            ("site", "demo"),
            ("endpoint", "https://x.example/"),
            ("pageviews", "manual"),
            ("hash", ""),
            ("consent", "required"),
            ("anonymous", "true"),
            ("gpc", "ignore"),
            ("cookie-domain", "example.com"),
            ("queue", "_hsq"),
            ("debug", "true"),
        ]);

        assert!(complaints.is_empty(), "{complaints:?}");
        assert_eq!(options.endpoint, "https://x.example");
        assert!(!options.automatic_page_views && !options.honours_gpc);
        assert!(options.hash_routing && options.consent_required && options.anonymous && options.debug);
        assert_eq!(options.queue.as_deref(), Some("_hsq"));
    }

    #[test]
    fn a_wrong_value_is_named_with_what_was_meant_and_the_default_is_used() {
        let (options, complaints) = read(&[("site", "demo"), ("pageviews", "sometimes")]);

        assert!(options.automatic_page_views);
        assert_eq!(
            complaints,
            ["option \"pageviews\" is \"sometimes\", but must be auto or manual; using auto"]
        );
    }

    #[test]
    fn a_misspelt_name_is_named_and_a_stranger_is_left_alone() {
        let strangers = [("cfasync", "false"), ("cookieconsent", "statistics"), ("q", "")];
        let given = [&[("site", "demo"), ("pageview", "manual")], &strangers[..]].concat();
        let (_, complaints) = read(&given);

        assert_eq!(complaints, ["option \"pageview\" is unknown; did you mean \"pageviews\"?"]);
    }

    #[test]
    fn a_missing_site_is_named() {
        assert!(read(&[]).1[0].contains("\"site\" is missing"));
    }
}
