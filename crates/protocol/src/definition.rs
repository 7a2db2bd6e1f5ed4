//! Event definitions: what an event is called and carries, and, for codeless events, when it fires.

use crate::fingerprint::Fingerprint;
#[cfg(feature = "serde")]
use crate::limits::{MAX_DEFINITION_BYTES, MAX_URL, MAX_VALUE};
use crate::name::EventName;
#[cfg(feature = "serde")]
use crate::name::check_property;
use crate::pattern::{Match, PagePattern};

/// When a codeless event fires.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum Trigger {
    /// A page is viewed.
    VisitedUrl {
        /// Which pages; one of them is enough.
        pages: Vec<PagePattern>,
    },
    /// An element, or something inside it, is clicked.
    ClickedElement {
        /// On which pages; one of them is enough, none means everywhere.
        #[cfg_attr(feature = "serde", serde(default))]
        pages: Vec<PagePattern>,
        /// Which element.
        #[cfg_attr(feature = "serde", serde(flatten))]
        target: Target,
        /// Or one of these: what the element was before the page was changed, or in another language.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
        alternatives: Vec<Target>,
    },
}

/// Which element is meant: the one that a fingerprint knows, or those that a selector selects.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Target {
    /// As CSS: see [`crate::selector`]. Where there is a fingerprint, it only tells people what is meant.
    pub selector: String,
    /// What its text must be, if that matters.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub text: Option<TextRule>,
    /// How it is known again.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub fingerprint: Option<Fingerprint>,
}

impl Target {
    /// What a selector selects.
    pub fn of_selector(selector: impl Into<String>) -> Self {
        Self { selector: selector.into(), text: None, fingerprint: None }
    }
}

/// A condition on an element's visible text, white space folded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TextRule {
    /// How to compare.
    #[cfg_attr(feature = "serde", serde(rename = "match"))]
    pub kind: Match,
    /// What to compare with.
    pub value: String,
}

/// Which kind of record an event belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "SCREAMING_SNAKE_CASE")
)]
pub enum Object {
    /// A person.
    #[default]
    Contact,
    /// A company.
    Company,
    /// A deal.
    Deal,
    /// A ticket.
    Ticket,
}

/// Whether a definition is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Status {
    /// It fires.
    #[default]
    Active,
    /// It does not fire for now.
    Paused,
    /// It is put away.
    Archived,
}

/// The type of a property's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum PropertyType {
    /// Text.
    String,
    /// A number.
    Number,
    /// A point in time: milliseconds since 1970, or ISO 8601.
    Datetime,
    /// A day: `2026-11-25`, or the milliseconds since 1970 of its midnight in UTC.
    Date,
    /// One or several of a list, joined with `;`.
    Enumeration,
    /// `true` or `false`.
    Bool,
}

/// A property that an event may carry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PropertyDefinition {
    /// Its name.
    pub name: String,
    /// Its name for people.
    #[cfg_attr(feature = "serde", serde(default))]
    pub label: String,
    /// The type of its values.
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub kind: PropertyType,
    /// What it is for.
    #[cfg_attr(feature = "serde", serde(default))]
    pub description: String,
    /// The values an enumeration knows.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub options: Vec<PropertyOption>,
    /// Whether people are not shown it any more.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
    pub hidden: bool,
}

/// One value of an enumeration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PropertyOption {
    /// The value as it is recorded.
    pub value: String,
    /// The value for people.
    #[cfg_attr(feature = "serde", serde(default))]
    pub label: String,
    /// What it means.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "String::is_empty"))]
    pub description: String,
    /// Its place among the others, from the smallest; those without one come last.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub display_order: Option<i32>,
    /// Whether people are not to choose it any more.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
    pub hidden: bool,
}

/// Which record an event belongs to, told by a value it carries: HubSpot's custom matching id.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MatchingId {
    /// The property of the record.
    pub record_property: String,
    /// The property of the event that has the same value.
    pub event_property: String,
}

/// Where an event without a trigger comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Source {
    /// A server sends it.
    #[default]
    Api,
    /// A script on the site's pages sends it.
    Script,
    /// It is brought in from a file.
    Import,
}

/// How an event comes about, in HubSpot's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "SCREAMING_SNAKE_CASE")
)]
pub enum TrackingType {
    /// Code sends it.
    Manual,
    /// A script on the site's pages sends it.
    CustomScript,
    /// It is brought in from a file.
    Import,
    /// A page is viewed.
    VisitedUrl,
    /// An element is clicked.
    ClickedElement,
}

/// How an event is to be shown on a timeline, in HubSpot's template language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct Templates {
    /// The line that is always there.
    pub header: String,
    /// What is shown when it is opened.
    pub detail: String,
}

#[cfg(feature = "serde")]
impl Templates {
    fn is_empty(&self) -> bool {
        self.header.is_empty() && self.detail.is_empty()
    }
}

#[cfg(feature = "serde")]
fn is_api(source: &Source) -> bool {
    *source == Source::Api
}

#[cfg(feature = "serde")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(feature = "serde")]
fn yes() -> bool {
    true
}

#[cfg(feature = "serde")]
fn is_true(value: &bool) -> bool {
    *value
}

/// An event as the collector knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Definition {
    /// Its name; never changes.
    pub name: EventName,
    /// Its name for people.
    #[cfg_attr(feature = "serde", serde(default))]
    pub label: String,
    /// What it is for.
    #[cfg_attr(feature = "serde", serde(default))]
    pub description: String,
    /// Which kind of record it belongs to.
    #[cfg_attr(feature = "serde", serde(default))]
    pub object: Object,
    /// Whether it carries the `hs_` properties as well; they do not count among its own.
    #[cfg_attr(feature = "serde", serde(default = "yes", skip_serializing_if = "is_true"))]
    pub include_default_properties: bool,
    /// The properties it may carry.
    #[cfg_attr(feature = "serde", serde(default))]
    pub properties: Vec<PropertyDefinition>,
    /// When it fires by itself; none for events that code sends.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub trigger: Option<Trigger>,
    /// Where it comes from if it has no trigger. Only told: whoever sends it, it is taken.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_api"))]
    pub source: Source,
    /// How its record is found by a value it carries, if that is the way.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub matching_id: Option<MatchingId>,
    /// HubSpot's templates for a timeline, kept for who set them.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Templates::is_empty"))]
    pub templates: Templates,
    /// Whether it is in use.
    #[cfg_attr(feature = "serde", serde(default))]
    pub status: Status,
}

impl Definition {
    /// Names that nobody may define, because deleting a definition removes its events: of page views, and under which a
    /// collector files the events of a site with too many names.
    pub const RESERVED: [&str; 2] = ["page_view", "other"];

    /// Longest label, in characters. Source: HubSpot, "Define custom events".
    pub const MAX_LABEL: usize = 100;

    /// Longest label of a property, in characters. Source: HubSpot, "Define custom events".
    pub const MAX_PROPERTY_LABEL: usize = 50;

    /// Longest description, of an event, a property or an option, in characters. Judgement (November 2026): a few
    /// sentences.
    pub const MAX_DESCRIPTION: usize = 1_000;

    /// Longest template, in characters. Judgement (November 2026): a screenful.
    pub const MAX_TEMPLATE: usize = 4_000;

    /// Most options of one enumeration. Judgement (November 2026): as many as a list for people can bear, tenfold.
    pub const MAX_OPTIONS: usize = 1_000;

    /// Most elements that may be meant instead of the first. Judgement (November 2026): years of redesigns.
    pub const MAX_ALTERNATIVES: usize = 20;

    /// Longest selector, in characters. Judgement (November 2026): several of the longest that developer tools copy.
    pub const MAX_SELECTOR: usize = 4_000;

    /// Most page patterns of one trigger. Judgement (November 2026): who needs more means a part of the address that they
    /// have in common.
    pub const MAX_PAGES: usize = 50;

    /// A definition of this name and nothing else.
    pub fn new(name: EventName) -> Self {
        Self {
            name,
            label: String::new(),
            description: String::new(),
            object: Object::default(),
            include_default_properties: true,
            properties: Vec::new(),
            trigger: None,
            source: Source::default(),
            matching_id: None,
            templates: Templates::default(),
            status: Status::default(),
        }
    }

    /// How it comes about.
    pub fn tracking_type(&self) -> TrackingType {
        match (&self.trigger, self.source) {
            (Some(Trigger::VisitedUrl { .. }), _) => TrackingType::VisitedUrl,
            (Some(Trigger::ClickedElement { .. }), _) => TrackingType::ClickedElement,
            (None, Source::Api) => TrackingType::Manual,
            (None, Source::Script) => TrackingType::CustomScript,
            (None, Source::Import) => TrackingType::Import,
        }
    }

    /// The name of a property that has another type in `other`, which a property never gets.
    pub fn retyped_in(&self, other: &Self) -> Option<&str> {
        let is_retyped = |mine: &&PropertyDefinition| {
            other.property(&mine.name).is_some_and(|theirs| theirs.kind != mine.kind)
        };
        self.properties.iter().find(is_retyped).map(|property| property.name.as_str())
    }

    /// The property of this name, if it is among its own.
    pub fn property(&self, name: &str) -> Option<&PropertyDefinition> {
        self.properties.iter().find(|property| property.name == name)
    }
}

#[cfg(feature = "serde")]
impl Definition {
    /// Whether there is something in `other` that this definition never becomes, whoever changes it: a sentence that says
    /// what to do instead.
    pub fn cannot_become(&self, other: &Self) -> Option<String> {
        if self.name != other.name {
            return Some("the name of an event never changes; its label may".to_owned());
        }
        if self.object != other.object {
            return Some("the object of an event never changes; define another event".to_owned());
        }
        let property = self.retyped_in(other)?;
        Some(format!("the type of the property \"{property}\" never changes; delete it and make it anew"))
    }

    /// Checks a definition that somebody wrote: one sentence for each breach, each with what to change.
    pub fn breaches(&self) -> Vec<String> {
        let mut breaches = Vec::new();
        if Self::RESERVED.contains(&self.name.as_str()) {
            breaches.push(format!(
                "the name \"{}\" is taken by what is recorded without a definition",
                self.name.as_str()
            ));
        }
        check_length(&mut breaches, "the label", &self.label, Self::MAX_LABEL);
        check_length(&mut breaches, "the description", &self.description, Self::MAX_DESCRIPTION);
        check_length(&mut breaches, "the header template", &self.templates.header, Self::MAX_TEMPLATE);
        check_length(&mut breaches, "the detail template", &self.templates.detail, Self::MAX_TEMPLATE);
        if self.bytes() > MAX_DEFINITION_BYTES {
            breaches.push(format!(
                "the definition has more than {MAX_DEFINITION_BYTES} bytes; give it fewer or shorter properties, options and \
                 elements"
            ));
        }
        if self.properties.len() > crate::limits::MAX_PROPERTIES {
            breaches.push(format!("there are more than {} properties", crate::limits::MAX_PROPERTIES));
        }
        for (i, property) in self.properties.iter().enumerate() {
            let earlier = self.properties.iter().take(i);
            breaches.extend(
                property.breaches().into_iter().map(|breach| format!("property {}: {breach}", i + 1)),
            );
            if earlier.into_iter().any(|earlier| earlier.name == property.name) {
                breaches.push(format!("there are two properties named \"{}\"", property.name));
            }
        }
        if let Some(matching) = &self.matching_id {
            if let Err(breach) = check_property(&matching.record_property) {
                breaches.push(format!("the matching id's property of the record: {breach}"));
            }
            if self.property(&matching.event_property).is_none() {
                breaches.push(format!(
                    "the matching id names the property \"{}\", which the event does not have",
                    crate::text::cut(&matching.event_property, crate::limits::MAX_PROPERTY_NAME)
                ));
            }
        }
        match &self.trigger {
            None => {}
            Some(Trigger::VisitedUrl { pages }) => {
                if pages.is_empty() {
                    breaches.push("a VISITED_URL trigger needs at least one page pattern".to_owned());
                }
                check_pages(&mut breaches, pages);
            }
            Some(trigger @ Trigger::ClickedElement { pages, target, alternatives }) => {
                check_pages(&mut breaches, pages);
                if alternatives.len() > Self::MAX_ALTERNATIVES {
                    breaches.push(format!("there are more than {} alternatives", Self::MAX_ALTERNATIVES));
                }
                for target in [target].into_iter().chain(alternatives) {
                    check_length(&mut breaches, "the selector", &target.selector, Self::MAX_SELECTOR);
                    if let Some(text) = &target.text {
                        check_length(&mut breaches, "the text to compare with", &text.value, MAX_VALUE);
                    }
                    breaches.extend(target.fingerprint.iter().flat_map(Fingerprint::breaches));
                }
                if let Err(error) = crate::compiled::compile(&self.name, trigger) {
                    breaches.push(error.to_string());
                }
            }
        }
        breaches
    }

    /// How much text there is in it, in bytes.
    fn bytes(&self) -> usize {
        let properties = self.properties.iter().map(|property| {
            let options =
                property.options.iter().map(|one| one.value.len() + one.label.len() + one.description.len());
            property.name.len() + property.label.len() + property.description.len() + options.sum::<usize>()
        });
        let templates = self.templates.header.len() + self.templates.detail.len();
        let trigger = self.trigger.as_ref().map_or(0, Trigger::bytes);
        self.label.len() + self.description.len() + templates + properties.sum::<usize>() + trigger
    }
}

#[cfg(feature = "serde")]
impl Trigger {
    /// How much text there is in it, in bytes.
    fn bytes(&self) -> usize {
        let of_pages = |pages: &[PagePattern]| pages.iter().map(|page| page.value.len()).sum::<usize>();
        match self {
            Self::VisitedUrl { pages } => of_pages(pages),
            Self::ClickedElement { pages, target, alternatives } => {
                let targets = [target].into_iter().chain(alternatives);
                of_pages(pages) + targets.map(Target::bytes).sum::<usize>()
            }
        }
    }
}

#[cfg(feature = "serde")]
impl Target {
    fn bytes(&self) -> usize {
        let text = self.text.as_ref().map_or(0, |text| text.value.len());
        let of_fingerprint = |one: &Fingerprint| {
            one.family.len() + one.signals.iter().map(|signal| signal.value.len()).sum::<usize>()
        };
        self.selector.len() + text + self.fingerprint.as_ref().map_or(0, of_fingerprint)
    }
}

#[cfg(feature = "serde")]
impl PropertyDefinition {
    /// Checks a property that somebody wrote, as [`Definition::breaches`] does.
    pub fn breaches(&self) -> Vec<String> {
        let mut breaches: Vec<String> = check_property(&self.name).err().into_iter().collect();
        check_length(&mut breaches, "the label", &self.label, Definition::MAX_PROPERTY_LABEL);
        check_length(&mut breaches, "the description", &self.description, Definition::MAX_DESCRIPTION);
        if self.kind != PropertyType::Enumeration {
            if !self.options.is_empty() {
                breaches.push("only an enumeration has options".to_owned());
            }
            return breaches;
        }
        if self.options.is_empty() {
            breaches.push("an enumeration needs at least one option".to_owned());
        }
        if self.options.len() > Definition::MAX_OPTIONS {
            breaches.push(format!("there are more than {} options", Definition::MAX_OPTIONS));
        }
        let mut values: Vec<&str> = self.options.iter().map(|option| option.value.as_str()).collect();
        values.sort_unstable();
        values.dedup();
        if values.len() < self.options.len() {
            breaches.push("two options have the same value".to_owned());
        }
        for option in &self.options {
            check_length(&mut breaches, "an option's label", &option.label, Definition::MAX_LABEL);
            check_length(
                &mut breaches,
                "an option's description",
                &option.description,
                Definition::MAX_DESCRIPTION,
            );
            check_length(
                &mut breaches,
                "an option's value",
                &option.value,
                crate::property::value_limit(&self.name),
            );
            if option.value.is_empty() || option.value.contains(';') {
                breaches.push(
                    "an option's value must have a character and no \";\", which stands between values"
                        .to_owned(),
                );
            }
        }
        breaches
    }
}

#[cfg(feature = "serde")]
fn check_pages(breaches: &mut Vec<String>, pages: &[PagePattern]) {
    if pages.len() > Definition::MAX_PAGES {
        breaches.push(format!("there are more than {} page patterns", Definition::MAX_PAGES));
    }
    for page in pages {
        check_length(breaches, "a page pattern", &page.value, MAX_URL);
        breaches.extend(page.check().err());
    }
}

#[cfg(feature = "serde")]
fn check_length(breaches: &mut Vec<String>, what: &str, text: &str, max: usize) {
    if crate::text::length(text) > max {
        breaches.push(format!("{what} is longer than {max} characters"));
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    const BUY: &str = r##"{"name":"bought","label":"Bought","trigger":{"type":"CLICKED_ELEMENT",
        "pages":[{"match":"wildcard","value":"/shop/*"}],"selector":"#buy","text":{"match":"contains","value":"Buy"}}}"##;

    #[test]
    fn the_documented_form_reads_and_what_is_left_out_has_its_default() {
        let definition: Definition = serde_json::from_str(BUY).expect("is well-formed");

        assert_eq!(definition.status, Status::Active);
        assert_eq!(definition.object, Object::Contact);
        assert!(definition.breaches().is_empty());
        assert!(matches!(
            definition.trigger,
            Some(Trigger::ClickedElement { target: Target { text: Some(_), .. }, .. })
        ));
    }

    #[test]
    fn name_object_and_types_never_change_and_all_else_may() {
        let read = |json: &str| serde_json::from_str::<Definition>(json).expect("is well-formed");
        let bought = read(r#"{"name":"bought","properties":[{"name":"plan","type":"string"}]}"#);
        for (json, forbidden) in [
            (r#"{"name":"bought","label":"Bought","properties":[{"name":"n","type":"number"}]}"#, None),
            (r#"{"name":"paid"}"#, Some("name")),
            (r#"{"name":"bought","object":"DEAL"}"#, Some("object")),
            (r#"{"name":"bought","properties":[{"name":"plan","type":"bool"}]}"#, Some("\"plan\"")),
        ] {
            let breach = bought.cannot_become(&read(json));
            assert_eq!(breach.is_some(), forbidden.is_some(), "{json}: {breach:?}");
            assert!(breach.unwrap_or_default().contains(forbidden.unwrap_or_default()), "{json}");
        }
    }

    #[test]
    fn every_breach_is_named() {
        let mut definition: Definition = serde_json::from_str(BUY).expect("is well-formed");
        definition.trigger = Some(Trigger::ClickedElement {
            pages: vec![PagePattern { kind: Match::Exact, value: "shop".to_owned() }],
            target: Target::of_selector("a:hover"),
            alternatives: Vec::new(),
        });
        definition.properties = vec![
            PropertyDefinition {
                name: "Plan".to_owned(),
                label: String::new(),
                kind: PropertyType::Enumeration,
                description: String::new(),
                options: Vec::new(),
                hidden: false,
            };
            2
        ];

        assert_eq!(definition.breaches().len(), 7);
    }

    /// An enumeration with so many options, whose descriptions have this length.
    fn chosen(n: usize, described: usize) -> Definition {
        let option = |n: usize| PropertyOption {
            value: n.to_string(),
            label: String::new(),
            description: "d".repeat(described),
            display_order: None,
            hidden: false,
        };
        let plan = PropertyDefinition {
            name: "plan".to_owned(),
            label: String::new(),
            kind: PropertyType::Enumeration,
            description: String::new(),
            options: (0..n).map(option).collect(),
            hidden: false,
        };
        Definition { properties: vec![plan], ..Definition::new(EventName::known("bought")) }
    }

    #[test]
    fn every_text_has_an_end_and_so_has_the_whole() {
        let longest = Definition::MAX_DESCRIPTION;
        assert_eq!(chosen(200, longest).breaches(), [""; 0]);
        assert!(chosen(1, longest + 1).breaches()[0].contains("option's description is longer than 1000"));
        assert!(chosen(300, longest).breaches()[0].contains("more than 262144 bytes"));

        let mut matched = chosen(1, 0);
        let matching = |name: &str| {
            Some(MatchingId { record_property: name.to_owned(), event_property: "plan".to_owned() })
        };
        matched.matching_id = matching(&"a".repeat(50));
        assert_eq!(matched.breaches(), [""; 0]);
        matched.matching_id = matching(&"a".repeat(51));
        assert!(matched.breaches()[0].contains("longer than 50"));
        matched.matching_id = matching("");
        assert!(matched.breaches()[0].contains("is empty"));
        matched.matching_id = None;
        matched.templates.header = "x".repeat(Definition::MAX_TEMPLATE + 1);
        assert_eq!(matched.breaches().len(), 1);
    }

    #[test]
    fn a_trigger_has_an_end_as_well() {
        let clicked = |pages: usize, page: usize, text: usize| {
            let page = PagePattern { kind: Match::Prefix, value: format!("/{}", "p".repeat(page - 1)) };
            let text = Some(TextRule { kind: Match::Contains, value: "t".repeat(text) });
            let target = Target { text, ..Target::of_selector("#buy") };
            let trigger =
                Trigger::ClickedElement { pages: vec![page; pages], target, alternatives: Vec::new() };
            Definition { trigger: Some(trigger), ..Definition::new(EventName::known("bought")) }
        };
        assert_eq!(clicked(50, 1_024, 256).breaches(), [""; 0]);
        assert!(clicked(51, 9, 9).breaches()[0].contains("more than 50 page patterns"));
        assert!(clicked(1, 1_025, 9).breaches()[0].contains("a page pattern is longer than 1024"));
        assert!(clicked(1, 9, 257).breaches()[0].contains("the text to compare with is longer than 256"));
        let mut viewed = clicked(51, 1_025, 9);
        let Some(Trigger::ClickedElement { pages, .. }) = viewed.trigger.take() else { panic!() };
        viewed.trigger = Some(Trigger::VisitedUrl { pages });
        assert_eq!(viewed.breaches().len(), 52);
    }

    #[test]
    fn what_knows_an_element_counts_in_the_size() {
        use crate::fingerprint::{Kind, MAX_SIGNALS, Signal};
        // Three bytes a character: twenty alternatives of these are more than a definition may have.
        let value = "\u{20ac}".repeat(crate::fingerprint::MAX_SIGNAL_VALUE);
        let signals = vec![Signal { kind: Kind::Text, value, weight: 1 }; MAX_SIGNALS];
        let fingerprint = Fingerprint { family: "control".to_owned(), threshold: 1, alike: 1, signals };
        let target = Target { fingerprint: Some(fingerprint), ..Target::of_selector("#buy") };
        let with = |n: usize| {
            let (target, alternatives) = (target.clone(), vec![target.clone(); n]);
            let trigger = Trigger::ClickedElement { pages: Vec::new(), target, alternatives };
            Definition { trigger: Some(trigger), ..Definition::new(EventName::known("bought")) }
        };

        assert_eq!(with(10).breaches(), [""; 0]);
        assert!(with(20).breaches()[0].contains("more than 262144 bytes"));
    }

    #[test]
    fn what_is_not_said_is_not_written_and_reads_as_it_is_made() {
        let made = Definition::new(EventName::known("bought"));

        let text = serde_json::to_string(&made).expect("can be written");

        assert!(!text.contains("source") && !text.contains("templates"), "{text}");
        assert_eq!(serde_json::from_str::<Definition>(&text).expect("reads"), made);
        assert_eq!(serde_json::from_str::<Definition>(r#"{"name":"bought"}"#).expect("reads"), made);
    }
}
