//! Which origins are a site's own: those in its settings, or, where there are none, those that somebody signed in has opened.
//!
//! Anybody may send page views of any address, so an address is neither proposed nor opened with a code because it was viewed;
//! not even the overlay is told of it.

use crate::passes::origin_of;
use crate::state::AppState;
use crate::store::{Site, StoreError, ViewedPage};

/// Most origins remembered of one site: those confirmed last. Judgement (November 2026): a few languages, each with its stage.
const MOST: usize = 50;

/// Most pages told. Judgement (November 2026): a pattern that fits none of these fits nothing that visitors view.
const PAGES: usize = 500;

/// The site's own origins. The collector's own is one, for the demo shop stands there.
pub(crate) async fn origins(state: &AppState, site: &Site) -> Result<Vec<String>, StoreError> {
    if !site.origins.is_empty() {
        return Ok(site.origins.clone());
    }
    let mut origins = confirmed(state, site).await?;
    origins.extend(origin_of(&state.address));
    Ok(origins)
}

/// The pages of these origins that were viewed lately, the one viewed last first.
pub(crate) async fn viewed_pages(
    state: &AppState,
    site: &Site,
    own: &[String],
) -> Result<Vec<ViewedPage>, StoreError> {
    let mut pages = state.store.viewed_pages(&site.key, own).await?;
    pages.truncate(PAGES);
    Ok(pages)
}

/// Whether an address is of one of these origins.
pub(crate) fn is_own(own: &[String], url: &str) -> bool {
    origin_of(url).is_some_and(|origin| own.contains(&origin))
}

/// Remembers that somebody signed in said that this origin is the site's.
pub(crate) async fn remember(state: &AppState, site: &Site, origin: &str) -> Result<(), StoreError> {
    let _editing = state.editing.lock().await;
    let mut origins = confirmed(state, site).await?;
    origins.retain(|known| known != origin);
    origins.insert(0, origin.to_owned());
    origins.truncate(MOST);
    state.store.put_setting(&setting(site), origins.join(" ")).await
}

/// Those that were confirmed, the last one first. No origin has a space in it.
async fn confirmed(state: &AppState, site: &Site) -> Result<Vec<String>, StoreError> {
    let known = state.store.setting(&setting(site)).await?.unwrap_or_default();
    Ok(known.split_whitespace().map(str::to_owned).collect())
}

fn setting(site: &Site) -> String {
    format!("opened_origins:{}", site.key)
}
