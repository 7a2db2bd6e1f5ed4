//! HubSpot's default event properties: those that every event has besides its own, unless its definition says otherwise.
//!
//! Source: HubSpot, "Define custom events".

use pugmark_protocol::definition::PropertyType::{self, Enumeration, Number, String};

/// Name, label and type of each.
pub(crate) const DEFAULT_PROPERTIES: [(&str, &str, PropertyType); 32] = [
    ("hs_asset_description", "Asset description", String),
    ("hs_asset_type", "Asset type", String),
    ("hs_browser", "Browser", String),
    ("hs_campaign_id", "Campaign ID", String),
    ("hs_city", "City", String),
    ("hs_country", "Country", String),
    ("hs_device_name", "Device name", String),
    ("hs_device_type", "Device type", Enumeration),
    ("hs_element_class", "Element class", String),
    ("hs_element_id", "Element ID", String),
    ("hs_element_text", "Element text", String),
    ("hs_language", "Language", Enumeration),
    ("hs_link_href", "Link href", String),
    ("hs_operating_system", "Operating system", String),
    ("hs_operating_version", "Operating version", String),
    ("hs_page_content_type", "Page content type", Enumeration),
    ("hs_page_id", "Page ID", String),
    ("hs_page_title", "Page title", String),
    ("hs_page_url", "Page URL", String),
    ("hs_parent_module_id", "Parent Module ID", String),
    ("hs_referrer", "Referrer", String),
    ("hs_region", "Region", String),
    ("hs_screen_height", "Screen height", Number),
    ("hs_screen_width", "Screen width", Number),
    ("hs_touchpoint_source", "Touchpoint source", String),
    ("hs_tracking_name", "Tracking name", String),
    ("hs_user_agent", "User agent", String),
    ("hs_utm_campaign", "UTM Campaign", String),
    ("hs_utm_content", "UTM Content", String),
    ("hs_utm_medium", "UTM Medium", String),
    ("hs_utm_source", "UTM Source", String),
    ("hs_utm_term", "UTM Term", String),
];

const DEVICE_TYPES: &[&str] = &[
    "Desktop",
    "Game Console",
    "PDA",
    "Personal Computer",
    "Smart TV",
    "Smartphone",
    "Tablet",
    "Unknown",
    "Wearable Computer",
];

const PAGE_CONTENT_TYPES: &[&str] =
    &["BLOG_POST", "KNOWLEDGE_ARTICLE", "LANDING_PAGE", "LISTING_PAGE", "STANDARD_PAGE", "WEB_INTERACTIVE"];

/// The values of a default enumeration; of languages there are too many to list, and none is wrong.
pub(crate) fn options(name: &str) -> &'static [&'static str] {
    match name {
        "hs_device_type" => DEVICE_TYPES,
        "hs_page_content_type" => PAGE_CONTENT_TYPES,
        _ => &[],
    }
}

/// The type of a default property.
pub(crate) fn kind_of(name: &str) -> Option<PropertyType> {
    DEFAULT_PROPERTIES.iter().find(|(known, _, _)| *known == name).map(|(_, _, kind)| *kind)
}
