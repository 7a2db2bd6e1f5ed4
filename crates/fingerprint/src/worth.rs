//! How much what is said of an element is worth, by what it speaks of.

use pugmark_protocol::fingerprint::Kind;

/// How often what a kind speaks of stays the same from one version of a page to another, in hundredths: the most that all
/// signals of this kind are worth together.
///
/// Source: the attribute statistics published with "Similo-like approaches" (arXiv 2505.16424), rounded, and lowered
/// where several kinds speak of one thing; neighbours, landmarks and places are judged (November 2026).
pub(crate) fn of(kind: Kind) -> u32 {
    match kind {
        Kind::Hook => 120,
        Kind::Id => 70,
        Kind::Name => 90,
        Kind::Label => 80,
        Kind::Text => 35,
        Kind::Wording => 35,
        Kind::Word => 30,
        Kind::Link => 60,
        Kind::Target => 25,
        Kind::Query => 25,
        Kind::Picture => 50,
        Kind::Class => 45,
        Kind::Attribute => 40,
        Kind::Tag => 20,
        Kind::Landmark => 20,
        Kind::Anchor => 30,
        Kind::Surrounding => 25,
        Kind::Heading => 30,
        Kind::Before => 25,
        Kind::After => 25,
        Kind::Path => 15,
        Kind::Place => 15,
    }
}

/// Whether it is about what the element says.
pub(crate) fn is_text(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Wording | Kind::Word)
}

/// Whether it is about where the element leads.
pub(crate) fn is_link(kind: Kind) -> bool {
    matches!(kind, Kind::Link | Kind::Target | Kind::Query)
}

/// Whether two kinds speak of one thing, so that both change with it.
pub(crate) fn is_one_thing(kind: Kind, other: Kind) -> bool {
    kind == other || is_text(kind) && is_text(other) || is_link(kind) && is_link(other)
}

/// Whether it tells which element this is, not of what sort: a new one beside it has another. Icons are often the same.
pub(crate) fn is_identity(kind: Kind) -> bool {
    kind.is_own() && !matches!(kind, Kind::Class | Kind::Attribute | Kind::Picture)
}
