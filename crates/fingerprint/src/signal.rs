//! What may be said of an element, and how much each is worth.

use serde::{Deserialize, Serialize};

/// What a signal speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An attribute that somebody put there so that programs find the element: `data-testid=buy`.
    Hook,
    /// The id.
    Id,
    /// The name of a control.
    Name,
    /// A label that is no text: `aria-label`, `title`, `alt`, `placeholder`.
    Label,
    /// The text as it is read.
    Text,
    /// The text, numbers as `#`.
    Wording,
    /// One word of the text.
    Word,
    /// Where it leads, without query.
    Link,
    /// The last step of where it leads.
    Target,
    /// What a link asks for: the query without what campaigns add.
    Query,
    /// A picture or icon inside it.
    Picture,
    /// A class.
    Class,
    /// Any other attribute that says what it does: `data-toggle=modal`, `type=submit`.
    Attribute,
    /// Its tag.
    Tag,
    /// A landmark around it: `nav`, `main`, `form`.
    Landmark,
    /// The id of an element around it.
    Anchor,
    /// A class of an element near around it.
    Surrounding,
    /// The heading of the part of the page in which it stands.
    Heading,
    /// What stands before it.
    Before,
    /// What stands after it.
    After,
    /// The tags around it.
    Path,
    /// Its place among its like.
    Place,
}

impl Kind {
    /// How often this stays the same from one version of a page to another, in hundredths: the most that all signals of
    /// this kind are worth together.
    ///
    /// Source: the attribute statistics published with "Similo-like approaches" (arXiv 2505.16424), rounded, and lowered
    /// where several kinds speak of one thing; neighbours, landmarks and places are judged (November 2026).
    pub(crate) fn worth(self) -> u32 {
        match self {
            Self::Hook => 120,
            Self::Id => 70,
            Self::Name => 90,
            Self::Label => 80,
            Self::Text => 35,
            Self::Wording => 35,
            Self::Word => 30,
            Self::Link => 60,
            Self::Target => 25,
            Self::Query => 25,
            Self::Picture => 50,
            Self::Class => 45,
            Self::Attribute => 40,
            Self::Tag => 20,
            Self::Landmark => 20,
            Self::Anchor => 30,
            Self::Surrounding => 25,
            Self::Heading => 30,
            Self::Before => 25,
            Self::After => 25,
            Self::Path => 15,
            Self::Place => 15,
        }
    }

    /// Whether it tells only where the element stands among others that may be just like it.
    pub fn is_positional(self) -> bool {
        matches!(self, Self::Before | Self::After | Self::Place)
    }

    /// Whether it is about what the element says.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Wording | Self::Word)
    }

    /// Whether it is about where the element leads.
    pub(crate) fn is_link(self) -> bool {
        matches!(self, Self::Link | Self::Target | Self::Query)
    }

    /// Whether it tells which element this is, not of what sort: a new one beside it has another.
    pub(crate) fn is_identity(self) -> bool {
        match self {
            Self::Hook | Self::Id | Self::Name | Self::Label | Self::Text | Self::Wording | Self::Word => {
                true
            }
            Self::Link | Self::Target | Self::Query | Self::Picture => true,
            Self::Class | Self::Attribute | Self::Tag | Self::Landmark | Self::Anchor | Self::Surrounding => {
                false
            }
            Self::Heading | Self::Before | Self::After | Self::Path | Self::Place => false,
        }
    }

    /// Whether it is said of the element itself, not of what is around it. Without one of these no element is found.
    pub fn is_own(self) -> bool {
        match self {
            Self::Hook | Self::Id | Self::Name | Self::Label | Self::Text | Self::Wording | Self::Word => {
                true
            }
            Self::Link | Self::Target | Self::Query | Self::Picture | Self::Class | Self::Attribute => true,
            Self::Tag | Self::Landmark | Self::Anchor | Self::Surrounding | Self::Heading => false,
            Self::Before | Self::After | Self::Path | Self::Place => false,
        }
    }
}

/// Something that is so of an element.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) value: String,
}
