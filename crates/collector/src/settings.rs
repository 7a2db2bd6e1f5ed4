//! What can be set: by flag, by environment, or in a TOML file, under the same names; the flag wins over the
//! environment, the environment over the file.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Parser, ValueEnum};
use pugmark_protocol::time::Millis;
use serde::Deserialize;

/// Most batches a minute from one address.
///
/// A busy tab sends one every few seconds; this leaves room for an office of a hundred people behind one address.
/// Judgement (November 2026).
const RATE_PER_ADDRESS: u32 = 1_200;

/// Most batches a minute for one site: a thousand a second. Judgement (November 2026).
const RATE_PER_SITE: u32 = 60_000;

/// Most connections of one address.
///
/// A browser has six; this leaves room for what carriers and companies put behind one address, and sixteen such
/// addresses before there is no place left. Judgement (November 2026).
const CONNECTIONS_PER_ADDRESS: u32 = 1_000;

/// How long a collector that was asked to end goes on taking batches, in seconds, while it says that it is not ready.
///
/// Enough for a balancer that asks every second; with the rest of the end it stays below the ten seconds after which
/// orchestrators kill. Judgement (November 2026).
const CLOSING_SECONDS: u32 = 1;

/// Most API requests a minute with one token: 1,250 a second. Source: HubSpot, "Send event data".
const RATE_PER_TOKEN: u32 = 75_000;

/// Most days for which a deleted definition can be restored: who deletes visitors' data may not keep it for ever.
/// Judgement (November 2026).
const MAX_RESTORE_DAYS: u32 = 30;

/// The settings as somebody gave them. [`Settings`] is what they mean.
#[derive(Clone, Debug, Default, Parser, Deserialize)]
#[command(
    name = "pugmark-collector",
    version,
    about = "Takes in events from Pugmark's tracker, keeps and shows them"
)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// A TOML file with any of the settings below (`library_name = "stats.js"`)
    #[arg(long, env = "PUGMARK_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8787]
    #[arg(long, env = "PUGMARK_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Where browsers reach the collector, if that is another address, as behind a proxy
    /// (https://events.example.com); used in the links and the script tag it shows
    #[arg(long, env = "PUGMARK_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// The folder that holds everything the collector keeps [default: ./data]
    #[arg(long, env = "PUGMARK_DATA", value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// The admin token; made and shown once at the first start if none is given
    #[arg(long, env = "PUGMARK_ADMIN_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub admin_token: Option<String>,
    /// The store; only sqlite for now [default: sqlite]
    #[arg(long, env = "PUGMARK_STORE", value_name = "STORE")]
    pub store: Option<String>,
    /// The library's file name, since blockers block names [default: pugmark.js]
    #[arg(long, env = "PUGMARK_LIBRARY_NAME", value_name = "NAME")]
    pub library_name: Option<String>,
    /// Addresses of proxies whose X-Forwarded-For is believed, separated by commas
    #[arg(long, env = "PUGMARK_TRUSTED_PROXIES", value_name = "ADDRESSES", value_delimiter = ',')]
    pub trusted_proxies: Option<Vec<IpAddr>>,
    /// Batches a minute from one address; 0 means no limit [default: 1200]
    #[arg(long, env = "PUGMARK_RATE_PER_ADDRESS", value_name = "N")]
    pub rate_per_address: Option<u32>,
    /// Batches a minute for one site; 0 means no limit [default: 60000]
    #[arg(long, env = "PUGMARK_RATE_PER_SITE", value_name = "N")]
    pub rate_per_site: Option<u32>,
    /// Connections of one address at once; 0 means no limit, as for trusted proxies [default: 1000]
    #[arg(long, env = "PUGMARK_CONNECTIONS_PER_ADDRESS", value_name = "N")]
    pub connections_per_address: Option<u32>,
    /// Seconds for which events are still taken after SIGTERM, while /readyz says no [default: 1]
    #[arg(long, env = "PUGMARK_CLOSING_SECONDS", value_name = "SECONDS")]
    pub closing_seconds: Option<u32>,
    /// API requests a minute with one token; 0 means no limit [default: 75000]
    #[arg(long, env = "PUGMARK_RATE_PER_TOKEN", value_name = "N")]
    pub rate_per_token: Option<u32>,
    /// Days for which a deleted definition can be restored with its events, at most 30; 0 means that it is gone at
    /// once, as with HubSpot [default: 0]
    #[arg(long, env = "PUGMARK_RESTORE_DAYS", value_name = "DAYS")]
    pub restore_days: Option<u32>,
    /// How logs are written [default: text]
    #[arg(long, env = "PUGMARK_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The collector's settings, complete and checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where browsers reach the collector, without a slash at the end, if not at `listen`.
    pub public_url: Option<String>,
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
    /// Connections of one address at once; 0 means no limit.
    pub connections_per_address: u32,
    /// API requests a minute with one token; 0 means no limit.
    pub rate_per_token: u32,
    /// For how long a deleted definition can be restored; `None` when it is gone at once.
    pub restorable: Option<Millis>,
    /// For how long events are still taken after SIGTERM.
    pub closing: Duration,
    /// How logs are written.
    pub log_format: LogFormat,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Occurs when the file cannot be read.
    #[error("the settings file {0} cannot be read: {1}")]
    File(PathBuf, std::io::Error),
    /// Occurs when the file is not of the documented form.
    #[error("the settings file {0} cannot be understood: {1}")]
    Form(PathBuf, toml::de::Error),
    /// Occurs when a store is asked for that does not exist yet.
    #[error("there is no store \"{0}\" yet; leave PUGMARK_STORE out, or set it to sqlite")]
    Store(String),
    /// Occurs when the library's name would be no script's name.
    #[error("the library's name \"{0}\" must be a file name of letters, digits, - and _ that ends in .js")]
    LibraryName(String),
    /// Occurs when the public address is none.
    #[error("the public URL must start with http:// or https://")]
    PublicUrl,
    /// Occurs when the admin token could be guessed.
    #[error("the admin token is too short: give at least {MIN_TOKEN} characters, or none, and one is made")]
    Token,
    /// Occurs when deleted definitions would be kept for too long.
    #[error("deleted definitions are kept for at most {MAX_RESTORE_DAYS} days, not {0}")]
    RestoreDays(u32),
}

/// Shortest admin token taken. Judgement (November 2026): enough to refuse a slip; one that is made has 48 digits.
const MIN_TOKEN: usize = 8;

impl Settings {
    /// Makes sense of what was given, reading the file if there is one.
    ///
    /// # Errors
    ///
    /// A sentence that says what to change.
    pub fn from_given(given: Given) -> Result<Self, SettingsError> {
        let file = given.config.as_deref().map(read_file).transpose()?.unwrap_or_default();

        let store = given.store.or(file.store).unwrap_or_else(|| "sqlite".to_owned());
        if store != "sqlite" {
            return Err(SettingsError::Store(store));
        }
        let library_name =
            given.library_name.or(file.library_name).unwrap_or_else(|| "pugmark.js".to_owned());
        if !is_script_name(&library_name) {
            return Err(SettingsError::LibraryName(library_name));
        }
        // An empty variable is the usual way to say "not set" in a shell or a compose file.
        let admin_token = given.admin_token.or(file.admin_token).filter(|token| !token.is_empty());
        if admin_token.as_ref().is_some_and(|token| token.len() < MIN_TOKEN) {
            return Err(SettingsError::Token);
        }
        let public_url = given.public_url.or(file.public_url).filter(|url| !url.is_empty());
        if public_url.as_ref().is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://"))
        {
            return Err(SettingsError::PublicUrl);
        }
        let restore_days = given.restore_days.or(file.restore_days).unwrap_or(0);
        if restore_days > MAX_RESTORE_DAYS {
            return Err(SettingsError::RestoreDays(restore_days));
        }
        Ok(Self {
            rate_per_token: given.rate_per_token.or(file.rate_per_token).unwrap_or(RATE_PER_TOKEN),
            restorable: (restore_days > 0).then(|| Millis::days(restore_days.into())),
            public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
            listen: given.listen.or(file.listen).unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8787))),
            data: given.data.or(file.data).unwrap_or_else(|| PathBuf::from("data")),
            admin_token,
            library_name,
            trusted_proxies: given.trusted_proxies.or(file.trusted_proxies).unwrap_or_default(),
            rate_per_address: given.rate_per_address.or(file.rate_per_address).unwrap_or(RATE_PER_ADDRESS),
            rate_per_site: given.rate_per_site.or(file.rate_per_site).unwrap_or(RATE_PER_SITE),
            connections_per_address: given
                .connections_per_address
                .or(file.connections_per_address)
                .unwrap_or(CONNECTIONS_PER_ADDRESS),
            closing: Duration::from_secs(
                given.closing_seconds.or(file.closing_seconds).unwrap_or(CLOSING_SECONDS).into(),
            ),
            log_format: given.log_format.or(file.log_format).unwrap_or_default(),
        })
    }
}

fn read_file(path: &Path) -> Result<Given, SettingsError> {
    let text = std::fs::read_to_string(path).map_err(|e| SettingsError::File(path.to_owned(), e))?;
    toml::from_str(&text).map_err(|e| SettingsError::Form(path.to_owned(), e))
}

fn is_script_name(name: &str) -> bool {
    name.strip_suffix(".js").is_some_and(|stem| {
        !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_has_its_default() {
        let settings = Settings::from_given(Given::default()).expect("defaults are valid");

        assert_eq!(settings.listen.to_string(), "127.0.0.1:8787");
        assert_eq!(settings.data, PathBuf::from("data"));
        assert_eq!(settings.library_name, "pugmark.js");
    }

    #[test]
    fn the_flag_wins_over_the_file() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let config = folder.path().join("pugmark.toml");
        std::fs::write(
            &config,
            "listen = \"127.0.0.1:1\"\nrate_per_site = 5\ntrusted_proxies = [\"10.0.0.1\"]\n",
        )
        .expect("there is room for a file");
        let listen = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 2)));
        let given = Given { config: Some(config), listen, ..Given::default() };

        let settings = Settings::from_given(given).expect("is valid");

        assert_eq!(settings.listen.port(), 2);
        assert_eq!(settings.rate_per_site, 5);
        assert_eq!(settings.trusted_proxies.len(), 1);
    }

    #[test]
    fn a_wrong_setting_says_what_to_change() {
        let wrong = |given| Settings::from_given(given).map(|_| ()).expect_err("is wrong").to_string();
        let store = Given { store: Some("postgres".to_owned()), ..Given::default() };
        let name = Given { library_name: Some("../x.js".to_owned()), ..Given::default() };
        let token = Given { admin_token: Some("abc".to_owned()), ..Given::default() };

        assert!(wrong(store).contains("set it to sqlite"));
        assert!(wrong(name).contains("ends in .js"));
        assert!(wrong(token).contains("too short"));
        let days = |days| Given { restore_days: Some(days), ..Given::default() };
        assert!(wrong(days(31)).contains("at most 30 days"));
        let restorable = |given| Settings::from_given(given).expect("is valid").restorable;
        assert_eq!((restorable(days(30)), restorable(days(0))), (Some(Millis::days(30)), None));
    }

    #[test]
    fn a_misspelt_name_in_the_file_is_an_error() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let config = folder.path().join("pugmark.toml");
        std::fs::write(&config, "lisen = \"127.0.0.1:1\"\n").expect("there is room for a file");

        let error = Settings::from_given(Given { config: Some(config), ..Given::default() });

        assert!(error.map(|_| ()).expect_err("is wrong").to_string().contains("lisen"));
    }
}
