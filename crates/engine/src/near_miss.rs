//! Near misses: a click on what comes near a fingerprint without reaching its threshold. When an event goes silent after a
//! redesign, they tell what its element has become.

use pugmark_protocol::name::EventName;
use pugmark_protocol::text::push_decimal;

use crate::json;

/// A click that came near an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// The event.
    pub name: EventName,
    /// The element's score.
    pub score: u32,
    /// What was observed of the element, as [`pugmark_protocol::fingerprint`] writes it.
    pub observed: String,
}

impl NearMiss {
    /// The body that the collector takes.
    pub(crate) fn to_json(&self, url: &str) -> String {
        let mut out = "{".to_owned();
        json::push_text_member(&mut out, "url", url);
        json::push_name(&mut out, "misses");
        out.push_str("[{");
        json::push_text_member(&mut out, "name", self.name.as_str());
        json::push_name(&mut out, "score");
        push_decimal(&mut out, u64::from(self.score));
        json::push_text_member(&mut out, "observation", &self.observed);
        out.push_str("}]}");
        out
    }
}
