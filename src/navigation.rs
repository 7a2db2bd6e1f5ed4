//! Changes of the address without a load.

use pugmark_engine::Input;
use pugmark_engine::page_view::Navigation;
use wasm_bindgen::prelude::*;

use crate::page;
use crate::runtime::feed;

#[wasm_bindgen(module = "/src/navigation.js")]
extern "C" {
    /// Calls back after each change of the address with whether an entry of the history was replaced.
    #[wasm_bindgen(js_name = onNavigated)]
    fn on_navigated(callback: &Closure<dyn FnMut(bool)>);
}

/// Listens, for as long as the page lives.
pub(crate) fn listen() {
    let callback = Closure::<dyn FnMut(bool)>::new(|replaced| {
        let how = if replaced { Navigation::Replaced } else { Navigation::Moved };
        feed(Input::Navigated { url: page::url(), how });
    });
    on_navigated(&callback);
    callback.forget();
}
