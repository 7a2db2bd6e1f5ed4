//! The CSS selectors a definition may use. The collector parses them, and hands them to the tracker compiled: see
//! [`crate::compiled`].
//!
//! Supported: `*`, tags, `#id`, `.class`, `[attribute]` with `=`, `~=`, `|=`, `^=`, `$=` and `*=`, `:nth-child(n)` and
//! `:nth-of-type(n)` with a number, `:first-child`, `:first-of-type`, `:not(…)` of one element, the descendant and
//! child (`>`) combinators, and lists with `,`. That is what pickers and developer tools copy; everything else is
//! refused by name when the definition is saved.

use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

/// A selector: an element is meant when one of the alternatives fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The alternatives, which `,` separates.
    pub alternatives: Vec<Complex>,
}

/// Compounds from the clicked element outwards, each with how it is related to the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complex {
    /// What the element itself must be.
    pub subject: Compound,
    /// What must stand around it, nearest first.
    pub around: Vec<(Relation, Compound)>,
}

/// How an outer element is related to an inner one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It is the parent.
    Parent,
    /// It is any ancestor.
    Ancestor,
}

/// Conditions on one element, all of which must hold.
pub type Compound = Vec<Condition>;

/// A condition on one element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The tag, in lower case.
    Tag(String),
    /// The id.
    Id(String),
    /// One of the classes.
    Class(String),
    /// An attribute.
    Attribute(String, AttributeTest),
    /// Its place among all siblings, from 1.
    NthChild(u32),
    /// Its place among siblings of the same tag, from 1.
    NthOfType(u32),
    /// None of all this together.
    Not(Compound),
}

/// What an attribute's value must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeTest {
    /// Anything: the attribute is there.
    Present,
    /// `=`
    Equals(String),
    /// `~=`: one of the words.
    Word(String),
    /// `|=`: this, or this and a hyphen.
    Dash(String),
    /// `^=`
    Prefix(String),
    /// `$=`
    Suffix(String),
    /// `*=`
    Contains(String),
}

/// Why a selector cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectorError {
    /// Occurs when a selector, or one between two commas, is empty or ends too early.
    Incomplete,
    /// Occurs at a character that fits nowhere.
    Unexpected(char),
    /// Occurs at `+` and `~`.
    Sibling,
    /// Occurs at a pseudo-class or pseudo-element that is not supported.
    Pseudo,
    /// Occurs beyond [`crate::compiled::MAX_DEPTH`] and [`crate::compiled::MAX_ALTERNATIVES`].
    TooMuch,
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete => write!(f, "the selector is empty or ends too early"),
            Self::Unexpected(c) => write!(f, "the selector has a \"{c}\" where it cannot be understood"),
            Self::Sibling => write!(f, "the sibling combinators + and ~ are not supported; use > or a space"),
            Self::Pseudo => write!(
                f,
                "of the pseudo-classes only :nth-child(n), :nth-of-type(n), :first-child, :first-of-type and \
                 :not(…) are supported"
            ),
            Self::TooMuch => write!(f, "the selector is too long, or has too much in lists and :not(…)"),
        }
    }
}

impl std::error::Error for SelectorError {}

impl Selector {
    /// Parses a selector.
    ///
    /// # Errors
    ///
    /// What cannot be used, and why.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let mut parser = Parser { rest: text.chars().peekable() };
        let mut alternatives = vec![parser.complex()?];
        while parser.eat(',') {
            alternatives.push(parser.complex()?);
        }
        match parser.rest.next() {
            Some(c) => Err(SelectorError::Unexpected(c)),
            None => Ok(Self { alternatives }),
        }
    }
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Parser<'_> {
    fn complex(&mut self) -> Result<Complex, SelectorError> {
        self.space();
        let mut subject = self.compound()?;
        let mut around = Vec::new();
        loop {
            let spaced = self.space();
            let relation = match self.rest.peek() {
                Some('>') => {
                    self.rest.next();
                    self.space();
                    Relation::Parent
                }
                Some('+' | '~') => return Err(SelectorError::Sibling),
                None | Some(',') => break,
                Some(_) if spaced => Relation::Ancestor,
                Some(&c) => return Err(SelectorError::Unexpected(c)),
            };
            // Read outermost first, kept innermost first: what was the subject now stands around the new one.
            let outer = std::mem::replace(&mut subject, self.compound()?);
            around.insert(0, (relation, outer));
        }
        Ok(Complex { subject, around })
    }

    fn compound(&mut self) -> Result<Compound, SelectorError> {
        let mut conditions = Compound::new();
        let mut universal = false;
        loop {
            match self.rest.peek() {
                Some('*') if conditions.is_empty() && !universal => {
                    self.rest.next();
                    universal = true;
                }
                Some('#') => {
                    self.rest.next();
                    conditions.push(Condition::Id(self.identifier()?));
                }
                Some('.') => {
                    self.rest.next();
                    conditions.push(Condition::Class(self.identifier()?));
                }
                Some('[') => {
                    self.rest.next();
                    conditions.push(self.attribute()?);
                }
                Some(':') => {
                    self.rest.next();
                    conditions.push(self.pseudo()?);
                }
                Some(&c) if starts_identifier(c) && conditions.is_empty() && !universal => {
                    conditions.push(Condition::Tag(self.identifier()?.to_ascii_lowercase()));
                }
                _ if conditions.is_empty() && !universal => return Err(self.unexpected()),
                _ => return Ok(conditions),
            }
        }
    }

    fn attribute(&mut self) -> Result<Condition, SelectorError> {
        self.space();
        let name = self.identifier()?.to_ascii_lowercase();
        if name.contains('=') {
            // Nothing but a slip in the markup names an attribute so.
            return Err(SelectorError::Unexpected('='));
        }
        self.space();
        let test: fn(String) -> AttributeTest = match self.rest.next() {
            Some(']') => return Ok(Condition::Attribute(name, AttributeTest::Present)),
            Some('=') => AttributeTest::Equals,
            Some(sign) => {
                let test = match sign {
                    '~' => AttributeTest::Word,
                    '|' => AttributeTest::Dash,
                    '^' => AttributeTest::Prefix,
                    '$' => AttributeTest::Suffix,
                    '*' => AttributeTest::Contains,
                    c => return Err(SelectorError::Unexpected(c)),
                };
                self.expect('=')?;
                test
            }
            None => return Err(SelectorError::Incomplete),
        };
        self.space();
        let value = match self.rest.peek() {
            Some(&quote @ ('"' | '\'')) => self.quoted(quote)?,
            _ => self.identifier()?,
        };
        self.space();
        self.expect(']')?;
        Ok(Condition::Attribute(name, test(value)))
    }

    fn pseudo(&mut self) -> Result<Condition, SelectorError> {
        if self.rest.peek() == Some(&':') {
            return Err(SelectorError::Pseudo);
        }
        let name = self.identifier()?;
        match name.as_str() {
            "first-child" => return Ok(Condition::NthChild(1)),
            "first-of-type" => return Ok(Condition::NthOfType(1)),
            "nth-child" | "nth-of-type" | "not" => {}
            _ => return Err(SelectorError::Pseudo),
        }
        self.expect('(')?;
        self.space();
        let condition = match name.as_str() {
            "nth-child" => Condition::NthChild(self.number()?),
            "nth-of-type" => Condition::NthOfType(self.number()?),
            _ => Condition::Not(self.compound()?),
        };
        self.space();
        self.expect(')')?;
        Ok(condition)
    }

    fn number(&mut self) -> Result<u32, SelectorError> {
        let mut number: Option<u32> = None;
        while let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(10)) {
            self.rest.next();
            number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(digit));
        }
        // What is no number here is `odd`, `2n+1` and the like.
        number.ok_or(SelectorError::Pseudo)
    }

    fn identifier(&mut self) -> Result<String, SelectorError> {
        let mut name = String::new();
        while let Some(&c) = self.rest.peek() {
            if c == '\\' {
                self.rest.next();
                name.push(self.escaped()?);
            } else if continues_identifier(c) {
                self.rest.next();
                name.push(c);
            } else {
                break;
            }
        }
        if name.is_empty() { Err(self.unexpected()) } else { Ok(name) }
    }

    fn quoted(&mut self, quote: char) -> Result<String, SelectorError> {
        self.rest.next();
        let mut text = String::new();
        loop {
            match self.rest.next().ok_or(SelectorError::Incomplete)? {
                '\\' => text.push(self.escaped()?),
                c if c == quote => return Ok(text),
                c => text.push(no_control(c)?),
            }
        }
    }

    /// What follows a backslash: up to six hexadecimal digits and one space, or any other character itself. Control
    /// characters, which separate the parts of a compiled selector, are not supported.
    fn escaped(&mut self) -> Result<char, SelectorError> {
        let first = self.rest.next().ok_or(SelectorError::Incomplete)?;
        let Some(mut code) = first.to_digit(16) else { return no_control(first) };
        for _ in 0..5 {
            let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(16)) else { break };
            self.rest.next();
            code = code * 16 + digit;
        }
        if self.rest.peek() == Some(&' ') {
            self.rest.next();
        }
        no_control(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn space(&mut self) -> bool {
        let mut any = false;
        while self.rest.peek().is_some_and(char::is_ascii_whitespace) {
            self.rest.next();
            any = true;
        }
        any
    }

    fn eat(&mut self, wanted: char) -> bool {
        let there = self.rest.peek() == Some(&wanted);
        if there {
            self.rest.next();
        }
        there
    }

    fn expect(&mut self, wanted: char) -> Result<(), SelectorError> {
        if self.eat(wanted) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&mut self) -> SelectorError {
        self.rest.peek().map_or(SelectorError::Incomplete, |&c| SelectorError::Unexpected(c))
    }
}

fn no_control(c: char) -> Result<char, SelectorError> {
    if c.is_control() { Err(SelectorError::Unexpected(c)) } else { Ok(c) }
}

fn starts_identifier(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == '-' || c == '\\' || !c.is_ascii()
}

fn continues_identifier(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-' || !c.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Complex {
        let mut selector = Selector::parse(text).expect(text);
        assert_eq!(selector.alternatives.len(), 1, "{text}");
        selector.alternatives.remove(0)
    }

    fn tag(name: &str) -> Condition {
        Condition::Tag(name.to_owned())
    }

    #[test]
    fn a_compound_holds_all_its_conditions() {
        assert_eq!(
            one("a#buy.btn[data-x='1 2']").subject,
            [
                tag("a"),
                Condition::Id("buy".to_owned()),
                Condition::Class("btn".to_owned()),
                Condition::Attribute("data-x".to_owned(), AttributeTest::Equals("1 2".to_owned())),
            ]
        );
        assert!(one("*").subject.is_empty());
    }

    #[test]
    fn a_path_is_kept_from_the_inside_out() {
        let path = one("main > ul li");

        assert_eq!(path.subject, [tag("li")]);
        assert_eq!(
            path.around,
            [(Relation::Ancestor, vec![tag("ul")]), (Relation::Parent, vec![tag("main")])]
        );
    }

    #[test]
    fn what_developer_tools_copy_is_understood() {
        for text in [
            "#main > div:nth-child(2) > a",
            "body > div.w-1\\/2.md\\:flex > button:nth-of-type(3)",
            "#\\31 23",
            "[data-testid=\"buy\"], .buy:not(.is-disabled)",
            "a[href^='/shop'][target=_blank]",
            "UL > LI:first-child",
        ] {
            assert!(Selector::parse(text).is_ok(), "{text}");
        }
        assert_eq!(one("#\\31 23").subject, [Condition::Id("123".to_owned())]);
        assert_eq!(one(".md\\:flex").subject, [Condition::Class("md:flex".to_owned())]);
    }

    #[test]
    fn what_is_not_supported_is_refused_by_name() {
        for (text, error) in [
            ("", SelectorError::Incomplete),
            ("a,", SelectorError::Incomplete),
            ("a >", SelectorError::Incomplete),
            ("[a=\"b", SelectorError::Incomplete),
            ("a + b", SelectorError::Sibling),
            ("a ~ b", SelectorError::Sibling),
            ("a:hover", SelectorError::Pseudo),
            ("a::before", SelectorError::Pseudo),
            ("li:nth-child(2n+1)", SelectorError::Unexpected('n')),
            ("li:nth-child(odd)", SelectorError::Pseudo),
            ("a:has(b)", SelectorError::Pseudo),
            ("a{", SelectorError::Unexpected('{')),
            ("..a", SelectorError::Unexpected('.')),
            ("[title='a\tb']", SelectorError::Unexpected('\t')),
            ("#a\\9 b", SelectorError::Unexpected('\t')),
            ("[\\=a]", SelectorError::Unexpected('=')),
        ] {
            assert_eq!(Selector::parse(text), Err(error), "{text}");
        }
    }
}
