//! Sites, definitions and settings.

use std::sync::{Arc, PoisonError};

use pugmark_protocol::definition::Definition;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::SqliteStore;
use crate::store::{Answer, Catalog, Site, StoreError};

impl Catalog for SqliteStore {
    fn sites(&self) -> Answer<'_, Vec<Site>> {
        self.readers.read(read_sites)
    }

    fn site(&self, key: &str) -> Option<Arc<Site>> {
        self.sites.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn create_site(&self, site: Site) -> Answer<'_, ()> {
        let row = site.clone();
        let written = self.writer.run(move |connection| {
            let done = connection
                .execute("INSERT INTO site (key, body) VALUES (?1, ?2)", params![row.key, to_json(&row)?]);
            unless_taken(done, "site")
        });
        Box::pin(async move {
            written.await?;
            self.remember(site);
            Ok(())
        })
    }

    fn change_site(&self, site: Site) -> Answer<'_, bool> {
        let row = site.clone();
        let written = self.writer.run(move |connection| {
            let changed = connection
                .execute("UPDATE site SET body = ?2 WHERE key = ?1", params![row.key, to_json(&row)?])?;
            Ok(changed > 0)
        });
        Box::pin(async move {
            let changed = written.await?;
            if changed {
                self.remember(site);
            }
            Ok(changed)
        })
    }

    fn definitions<'a>(&'a self, site: &'a str) -> Answer<'a, Vec<Definition>> {
        let site = site.to_owned();
        self.readers.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT d.body FROM definition d JOIN site s ON s.id = d.site WHERE s.key = ?1 ORDER BY d.name",
            )?;
            let bodies = statement.query_map([site], |row| row.get::<_, String>(0))?;
            bodies.map(|body| from_json(&body?)).collect()
        })
    }

    fn definition<'a>(&'a self, site: &'a str, name: &'a str) -> Answer<'a, Option<Definition>> {
        let (site, name) = (site.to_owned(), name.to_owned());
        self.readers.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT d.body FROM definition d JOIN site s ON s.id = d.site WHERE s.key = ?1 AND d.name = ?2",
            )?;
            let body = statement.query_row([site, name], |row| row.get::<_, String>(0)).optional()?;
            body.map(|body| from_json(&body)).transpose()
        })
    }

    fn create_definition<'a>(&'a self, site: &'a str, definition: Definition) -> Answer<'a, ()> {
        let site = site.to_owned();
        self.writer.run(move |connection| {
            let done = connection.execute(
                "INSERT INTO definition (site, name, body) SELECT id, ?2, ?3 FROM site WHERE key = ?1",
                params![site, definition.name.as_str(), to_json(&definition)?],
            );
            unless_taken(done, "definition")
        })
    }

    fn change_definition<'a>(&'a self, site: &'a str, definition: Definition) -> Answer<'a, bool> {
        let site = site.to_owned();
        self.writer.run(move |connection| {
            let changed = connection.execute(
                "UPDATE definition SET body = ?3
                 WHERE site = (SELECT id FROM site WHERE key = ?1) AND name = ?2",
                params![site, definition.name.as_str(), to_json(&definition)?],
            )?;
            Ok(changed > 0)
        })
    }

    fn delete_definition<'a>(&'a self, site: &'a str, name: &'a str) -> Answer<'a, bool> {
        let (site, name) = (site.to_owned(), name.to_owned());
        self.writer.run(move |connection| {
            let deleted = connection.execute(
                "DELETE FROM definition WHERE site = (SELECT id FROM site WHERE key = ?1) AND name = ?2",
                [site, name],
            )?;
            Ok(deleted > 0)
        })
    }

    fn setting<'a>(&'a self, key: &'a str) -> Answer<'a, Option<String>> {
        let key = key.to_owned();
        self.readers.read(move |connection| {
            let mut statement = connection.prepare_cached("SELECT value FROM setting WHERE key = ?1")?;
            Ok(statement.query_row([key], |row| row.get(0)).optional()?)
        })
    }

    fn put_setting<'a>(&'a self, key: &'a str, value: String) -> Answer<'a, ()> {
        let key = key.to_owned();
        self.writer.run(move |connection| {
            connection.execute(
                "INSERT INTO setting (key, value) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                [key, value],
            )?;
            Ok(())
        })
    }
}

/// Every site, by key.
pub(super) fn read_sites(connection: &Connection) -> Result<Vec<Site>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT body FROM site ORDER BY key")?;
    let bodies = statement.query_map([], |row| row.get::<_, String>(0))?;
    bodies.map(|body| from_json(&body?)).collect()
}

fn unless_taken(done: rusqlite::Result<usize>, what: &'static str) -> Result<(), StoreError> {
    match done {
        Ok(_) => Ok(()),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            Err(StoreError::Exists(what))
        }
        Err(error) => Err(error.into()),
    }
}

fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Failed(error.to_string()))
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Failed(error.to_string()))
}
