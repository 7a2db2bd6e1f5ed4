//! What people edit: sites, definitions, tokens and settings.

use std::sync::{Arc, PoisonError};

use pugmark_protocol::definition::Definition;
use pugmark_protocol::time::UnixMillis;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{SqliteStore, changes, definitions, tokens};
use crate::state::now;
use crate::store::{Answer, Author, Catalog, Change, Entry, Site, StoreError, Token};

impl Catalog for SqliteStore {
    fn edition(&self) -> u64 {
        self.writer.edition()
    }

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
        let entries = self.entries(site);
        Box::pin(async move { Ok(entries.await?.into_iter().map(|entry| entry.definition).collect()) })
    }

    fn entries<'a>(&'a self, site: &'a str) -> Answer<'a, Vec<Entry>> {
        let site = site.to_owned();
        self.readers.read(move |connection| definitions::entries(connection, &site))
    }

    fn entry<'a>(&'a self, site: &'a str, name: &'a str) -> Answer<'a, Option<Entry>> {
        let (site, name) = (site.to_owned(), name.to_owned());
        self.readers.read(move |connection| definitions::entry(connection, &site, &name))
    }

    fn create_definition<'a>(&'a self, site: &'a str, definition: Definition, by: Author) -> Answer<'a, ()> {
        let site = site.to_owned();
        self.writer.run(move |connection| definitions::create(connection, &site, &definition, by, now()))
    }

    fn change_definition<'a>(
        &'a self,
        site: &'a str,
        definition: Definition,
        by: Author,
    ) -> Answer<'a, bool> {
        let site = site.to_owned();
        self.writer.run(move |connection| definitions::change(connection, &site, &definition, by, now()))
    }

    fn delete_definition<'a>(&'a self, site: &'a str, name: &'a str, by: Author) -> Answer<'a, bool> {
        let (site, name) = (site.to_owned(), name.to_owned());
        self.writer.run_anew(move |connection| definitions::delete(connection, &site, &name, by, now()))
    }

    fn restore_definition<'a>(
        &'a self,
        site: &'a str,
        name: &'a str,
        since: UnixMillis,
        by: Author,
    ) -> Answer<'a, bool> {
        let (site, name) = (site.to_owned(), name.to_owned());
        self.writer
            .run_anew(move |connection| definitions::restore(connection, &site, &name, since, by, now()))
    }

    fn changes<'a>(&'a self, site: &'a str, name: &'a str) -> Answer<'a, Vec<Change>> {
        let (site, name) = (site.to_owned(), name.to_owned());
        self.readers.read(move |connection| changes::of(connection, &site, &name))
    }

    fn purge(&self, before: UnixMillis) -> Answer<'_, bool> {
        self.writer.upkeep(move |connection| definitions::purge(connection, before))
    }

    fn tokens<'a>(&'a self, site: &'a str) -> Answer<'a, Vec<Token>> {
        let site = site.to_owned();
        self.readers.read(move |connection| {
            let mut tokens = tokens::all(connection)?;
            tokens.retain(|token| token.site == site);
            Ok(tokens)
        })
    }

    fn token(&self, key: &str) -> Option<Arc<Token>> {
        self.tokens.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn create_token(&self, token: Token) -> Answer<'_, Token> {
        let known = Arc::clone(&self.tokens);
        self.writer.run_then(
            move |connection| tokens::create(connection, token),
            move |token| {
                let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
                known.insert(token.key.clone(), Arc::new(token.clone()));
            },
        )
    }

    fn revoke_token<'a>(&'a self, site: &'a str, id: i64) -> Answer<'a, bool> {
        let (site, known, at) = (site.to_owned(), Arc::clone(&self.tokens), now());
        let revoked = self.writer.run_then(
            move |connection| tokens::revoke(connection, &site, id, at),
            move |key| {
                let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
                if let Some(token) = key.as_ref().and_then(|key| known.get_mut(key)) {
                    let revoked_at = token.revoked_at.or(Some(at));
                    *token = Arc::new(Token { revoked_at, ..Token::clone(token) });
                }
            },
        );
        Box::pin(async move { Ok(revoked.await?.is_some()) })
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

pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Failed(error.to_string()))
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Failed(error.to_string()))
}
