//! How far an id or a class may be trusted to be there after the next release.
//!
//! What a person wrote stays; what a tool made up goes with the next build; what says how something looks or in what state
//! it is says little about which element it is. No rule here is hard: a wrong refusal only makes a fingerprint weaker, and a
//! weight of a tenth still tells two elements of one page apart.

use pugmark_protocol::fingerprint::Kind;

/// How far a name is trusted: the share of its weight that it keeps, in hundredths.
pub(crate) type Trust = u32;

/// Somebody wrote it.
const WRITTEN: Trust = 100;
/// It may have been counted, or has a number of its own.
const DOUBTFUL: Trust = 40;
/// A tool made it up, or it speaks of looks or of a state.
const MADE_UP: Trust = 10;

/// How ids begin that libraries make up while the page runs.
const MADE_UP_IDS: [&str; 31] = [
    ":r",
    "«r",
    "_r_",
    "radix-",
    "headlessui-",
    "mui-",
    "react-aria",
    "react-select-",
    "ember",
    "ext-gen",
    "yui_",
    "gwt-",
    "aui_",
    "cdk-",
    "mat-",
    "ng-",
    "p-id",
    "el-id",
    "rc-",
    "rc_",
    "downshift-",
    "reach-",
    "chakra-",
    "mantine-",
    "kt_",
    "__next",
    "uid",
    "uniq",
    "tippy-",
    "select2-",
    "jquery",
];

/// How classes begin that a build or a library makes.
const MADE_UP_CLASSES: [&str; 18] = [
    "css-",
    "sc-",
    "jsx-",
    "jss",
    "svelte-",
    "emotion-",
    "data-v-",
    "_ngcontent-",
    "_nghost-",
    "ng-",
    "makestyles-",
    "c-",
    "swiper-slide-",
    "slick-",
    "aos-",
    "animate__",
    "wp-image-",
    "tns-",
];

/// Classes that speak of a state, by word.
const STATES: [&str; 31] = [
    "active",
    "inactive",
    "open",
    "opened",
    "close",
    "closed",
    "selected",
    "current",
    "hover",
    "focus",
    "focused",
    "disabled",
    "enabled",
    "visited",
    "checked",
    "expanded",
    "collapsed",
    "collapse",
    "show",
    "shown",
    "hidden",
    "hide",
    "visible",
    "loaded",
    "lazyloaded",
    "lazyload",
    "loading",
    "wow",
    "animated",
    "fade",
    "in",
];

/// The first word of classes that speak of looks, where a size, a colour or a side follows: `mt-3`, `col-md-6`, `text-white`.
const UTILITIES: [&str; 60] = [
    "m",
    "mt",
    "mb",
    "ml",
    "mr",
    "ms",
    "me",
    "mx",
    "my",
    "p",
    "pt",
    "pb",
    "pl",
    "pr",
    "ps",
    "pe",
    "px",
    "py",
    "w",
    "h",
    "d",
    "col",
    "row",
    "offset",
    "order",
    "flex",
    "grid",
    "gap",
    "text",
    "font",
    "fw",
    "fs",
    "lh",
    "bg",
    "border",
    "rounded",
    "shadow",
    "align",
    "justify",
    "items",
    "self",
    "float",
    "position",
    "top",
    "bottom",
    "left",
    "right",
    "z",
    "overflow",
    "opacity",
    "min",
    "max",
    "space",
    "leading",
    "tracking",
    "inline",
    "block",
    "duration",
    "transition",
    "ring",
];

/// How far it is trusted that something stays as it is said.
pub(crate) fn of(kind: Kind, value: &str) -> Trust {
    match kind {
        Kind::Id | Kind::Anchor => of_id(value),
        Kind::Class | Kind::Surrounding => of_class(value),
        Kind::Name => of_value(value),
        Kind::Hook | Kind::Attribute => of_value(value.split_once('=').map_or(value, |(_, value)| value)),
        // The name of a file, or else a class or a name of an icon.
        Kind::Picture if value.contains('.') => of_value(value),
        Kind::Picture => of_class(value),
        Kind::Label | Kind::Text | Kind::Wording | Kind::Word => WRITTEN,
        Kind::Link | Kind::Target | Kind::Query => WRITTEN,
        Kind::Tag | Kind::Landmark | Kind::Heading | Kind::Before | Kind::After => WRITTEN,
        Kind::Path | Kind::Place => WRITTEN,
    }
}

/// How far an id is trusted.
pub(crate) fn of_id(id: &str) -> Trust {
    let lower = id.to_ascii_lowercase();
    if MADE_UP_IDS.iter().any(|start| lower.starts_with(start)) || has_digits(id, 4) || is_made_up(id) {
        MADE_UP
    } else if id.ends_with(|c: char| c.is_ascii_digit()) {
        DOUBTFUL
    } else {
        WRITTEN
    }
}

/// How far a class is trusted.
pub(crate) fn of_class(class: &str) -> Trust {
    let lower = class.to_ascii_lowercase();
    // Hooks for behaviour are what scripts hold on to.
    if lower.starts_with("js-") && !is_made_up(class) {
        return WRITTEN;
    }
    let is_made = MADE_UP_CLASSES.iter().any(|start| lower.starts_with(start));
    if is_made
        || is_utility(&lower)
        || is_state(&lower)
        || is_hashed(class)
        || has_digits(class, 4)
        || is_made_up(class)
    {
        MADE_UP
    } else if class.ends_with(|c: char| c.is_ascii_digit()) {
        DOUBTFUL
    } else {
        WRITTEN
    }
}

/// How far the value of any other attribute is trusted.
pub(crate) fn of_value(value: &str) -> Trust {
    if has_digits(value, 6) || is_made_up(value) { MADE_UP } else { WRITTEN }
}

fn is_utility(class: &str) -> bool {
    if class.contains([':', '[', '/', '!']) {
        return true;
    }
    let mut words = class.trim_start_matches('-').split('-');
    let first = words.next().unwrap_or_default();
    UTILITIES.contains(&first)
        && (words.next().is_some() || first == "row" || first == "col" || first == "flex")
}

fn is_state(class: &str) -> bool {
    let word = class.rsplit("--").next().unwrap_or(class);
    class.starts_with("is-") || class.starts_with("has-") || STATES.contains(&word)
}

/// What CSS modules make: `Card_title__x7Yq2`, `title_x7Yq2`.
fn is_hashed(class: &str) -> bool {
    let end = class.rsplit('_').next().unwrap_or_default();
    class.contains('_') && (5..=10).contains(&end.len()) && looks_random(end)
}

/// Letters of both cases or letters and digits in no order that a word has.
fn looks_random(word: &str) -> bool {
    let has = |is: fn(&char) -> bool| word.chars().any(|c| is(&c));
    let has_digit = has(char::is_ascii_digit);
    let mixes = has(char::is_ascii_lowercase) && word.chars().skip(1).any(|c| c.is_ascii_uppercase());
    has_digit && (has(char::is_ascii_lowercase) || has(char::is_ascii_uppercase)) && !ends_in_number(word)
        || mixes && turns(word) >= 3
}

/// A word, and a number after it: `item12`.
fn ends_in_number(word: &str) -> bool {
    !word.trim_end_matches(|c: char| c.is_ascii_digit()).contains(|c: char| c.is_ascii_digit())
}

/// Whether it looks as if nobody had written it. Whatever is not ASCII was written by somebody.
fn is_made_up(name: &str) -> bool {
    if !name.is_ascii() {
        return false;
    }
    let pieces = || name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|piece| !piece.is_empty());
    let hexadecimal: usize = pieces().filter(|piece| is_hexadecimal(piece)).map(str::len).sum();
    let is_crumbs = pieces().count() >= 3 && pieces().all(|piece| piece.len() <= 2);
    hexadecimal >= 16 || is_crumbs || pieces().any(is_unspeakable)
}

fn is_hexadecimal(piece: &str) -> bool {
    piece.len() >= 4
        && piece.chars().all(|c| c.is_ascii_hexdigit())
        && piece.contains(|c: char| c.is_ascii_digit())
}

fn is_unspeakable(piece: &str) -> bool {
    let digit_inside =
        !ends_in_number(piece) && piece.contains(|c: char| c.is_ascii_alphabetic()) && piece.len() > 4;
    let is_vowel = |c: char| matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let letters = piece.trim_end_matches(|c: char| c.is_ascii_digit());
    let longest = letters.split(|c| is_vowel(c) || !c.is_ascii_alphabetic()).map(str::len).max().unwrap_or(0);
    digit_inside && turns(piece) * 4 >= piece.len()
        || longest >= 6
        || turns(piece) >= 5 && turns(piece) * 3 >= piece.len()
}

/// How often lower case, upper case and digits follow each other; a capital that begins a word is none.
fn turns(word: &str) -> usize {
    let kind = |c: char| if c.is_ascii_digit() { 2 } else { u8::from(c.is_ascii_uppercase()) };
    let kinds: Vec<u8> = word.chars().map(kind).collect();
    kinds.windows(2).filter(|pair| pair[0] != pair[1] && *pair != [1, 0]).count()
}

fn has_digits(name: &str, number: usize) -> bool {
    name.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() >= number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_people_write_are_trusted() {
        for id in [
            "buy",
            "main-nav",
            "signupForm",
            "search_input",
            "h1-cta",
            "btn",
            "nav-top",
            "größe",
            "カート",
            "mp3player",
        ] {
            assert_eq!(of_id(id), WRITTEN, "{id}");
        }
        for id in ["item-3", "tab2", "post-123", "menu-item-12"] {
            assert_eq!(of_id(id), DOUBTFUL, "{id}");
        }
    }

    #[test]
    fn ids_that_tools_make_up_hardly_count() {
        for id in [
            ":r5:",
            "«r1»",
            "_r_1a_",
            "radix-3",
            "headlessui-menu-button-2",
            "mui-18",
            "react-aria-12",
            "ember1234",
            "yui_3_18",
            "550e8400-e29b-41d4-a716-446655440000",
            "a94a8fe5ccb19ba61c4c",
            "u_0_1x_9Q",
            "post-12345",
            "x7Yq2Kd9",
        ] {
            assert_eq!(of_id(id), MADE_UP, "{id}");
        }
    }

    #[test]
    fn classes_that_people_write_are_trusted() {
        for class in [
            "btn",
            "btn-primary",
            "card",
            "nav-link",
            "siteHeader",
            "js-cart",
            "product__title",
            "menu_item",
            "textarea",
            "title",
        ] {
            assert_eq!(of_class(class), WRITTEN, "{class}");
        }
    }

    #[test]
    fn classes_of_builds_looks_and_states_hardly_count() {
        for class in [
            "css-1q2w3e",
            "sc-bdVaJa",
            "svelte-1a2b3c",
            "Card_title__x7Yq2",
            "button_3kLm9",
            "jsx-2871293847",
            "ng-pristine",
            "md:flex",
            "w-1/2",
            "mt-3",
            "col-md-6",
            "text-white",
            "d-flex",
            "row",
            "bg-[#fff]",
            "-ml-2",
            "is-open",
            "has-children",
            "active",
            "tab--selected",
            "lazyloaded",
            "slick-slide",
            "x1abc2de",
            "x78zum5",
        ] {
            assert_eq!(of_class(class), MADE_UP, "{class}");
        }
    }
}
