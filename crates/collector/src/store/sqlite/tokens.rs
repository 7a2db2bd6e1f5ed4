//! Tokens: in the database, and in memory for every request.

use std::collections::HashMap;
use std::sync::Arc;

use pugmark_protocol::time::UnixMillis;
use rusqlite::{Connection, OptionalExtension, params};

use super::append::millis;
use super::catalog::{from_json, to_json};
use crate::store::{StoreError, Token};

/// Every token by the part that names it.
pub(super) type Tokens = HashMap<String, Arc<Token>>;

/// Every token of every site, made first first.
pub(super) fn all(connection: &Connection) -> Result<Vec<Token>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT t.id, s.key, t.key, t.hash, t.label, t.scopes, t.created_at, t.revoked_at
         FROM token t JOIN site s ON s.id = t.site ORDER BY t.id",
    )?;
    let mut rows = statement.query([])?;
    let mut tokens = Vec::new();
    while let Some(row) = rows.next()? {
        let moment = |at: i64| UnixMillis(at.unsigned_abs());
        tokens.push(Token {
            id: row.get(0)?,
            site: row.get(1)?,
            key: row.get(2)?,
            hash: row.get(3)?,
            label: row.get(4)?,
            scopes: from_json(&row.get::<_, String>(5)?)?,
            created_at: moment(row.get(6)?),
            revoked_at: row.get::<_, Option<i64>>(7)?.map(moment),
        });
    }
    Ok(tokens)
}

/// Keeps a token; what is answered has its number.
pub(super) fn create(connection: &Connection, token: Token) -> Result<Token, StoreError> {
    let id = connection.query_row(
        "INSERT INTO token (site, key, hash, label, scopes, created_at)
         SELECT id, ?2, ?3, ?4, ?5, ?6 FROM site WHERE key = ?1 RETURNING id",
        params![
            token.site,
            token.key,
            token.hash,
            token.label,
            to_json(&token.scopes)?,
            millis(token.created_at)
        ],
        |row| row.get(0),
    )?;
    Ok(Token { id, ..token })
}

/// Revokes a site's token; what is answered is the part that names it.
pub(super) fn revoke(
    connection: &Connection,
    site: &str,
    id: i64,
    now: UnixMillis,
) -> Result<Option<String>, StoreError> {
    let key = connection.query_row(
        "UPDATE token SET revoked_at = coalesce(revoked_at, ?3)
         WHERE id = ?2 AND site = (SELECT id FROM site WHERE key = ?1) RETURNING key",
        params![site, id, millis(now)],
        |row| row.get(0),
    );
    Ok(key.optional()?)
}
