//! What can be set: by flag, by environment, or in a TOML file, under the same names; the flag wins.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// The collector's settings, complete and checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The folder that holds everything the collector keeps.
    pub data: PathBuf,
    /// The admin token; made at the first start if none is given.
    pub admin_token: Option<String>,
    /// The library's file name, since blockers block names.
    pub library_name: String,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Batches a minute from one address; 0 means no limit.
    pub rate_per_address: u32,
    /// Batches a minute for one site; 0 means no limit.
    pub rate_per_site: u32,
    /// Whether logs are JSON.
    pub log_json: bool,
}
