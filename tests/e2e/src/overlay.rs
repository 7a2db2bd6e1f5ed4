//! The visualizer's overlay, as somebody uses it: with the mouse, or with nothing but the keyboard.
//!
//! Its shadow root is closed, but a driver may look into it: that is how a story reads what it says. What it does goes
//! through the browser's own input.

use std::cell::RefCell;
use std::time::Duration;

use fantoccini::Locator;
use fantoccini::actions::{
    InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction,
};
use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::wait::until;
use crate::{Browser, Engine};

/// More stops than a screen of the overlay has for the Tab key, with the page's own.
const MANY_STOPS: usize = 80;

/// The overlay on the page that the browser shows.
pub struct Overlay<'a> {
    browser: &'a Browser,
}

/// What finds an element: in the overlay's root, or on the page itself.
#[derive(Clone, Copy, Debug)]
pub enum On {
    /// In the overlay.
    Overlay,
    /// On the page.
    Page,
    /// In the open component that a selector finds.
    Component(&'static str),
    /// In the frame of this site that a selector finds.
    Frame(&'static str),
}

impl On {
    /// Where to look, as code of the harness.
    fn root(self) -> String {
        match self {
            Self::Overlay => "layer".to_owned(),
            Self::Page => "document".to_owned(),
            Self::Component(host) => format!("document.querySelector({})?.shadowRoot", json!(host)),
            Self::Frame(frame) => format!("document.querySelector({})?.contentDocument", json!(frame)),
        }
    }
}

impl<'a> Overlay<'a> {
    /// The overlay that this browser shows.
    pub fn of(browser: &'a Browser) -> Self {
        Self { browser }
    }

    /// Clicks with the mouse on the first visible element that a selector finds and whose name or text holds this.
    pub async fn click(&self, on: On, selector: &str, text: &str) {
        let [x, y] = self.place(on, selector, text).await;
        let over = PointerAction::MoveTo { duration: Some(Duration::from_millis(50)), x, y };
        let near = PointerAction::MoveBy { duration: None, x: 1.0, y: 1.0 };
        let mouse = MouseActions::new("mouse".to_owned())
            .then(over)
            .then(near)
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.browser.client().perform_actions(mouse).await.expect("the mouse works");
    }

    /// Points with the mouse at an element of the page.
    pub async fn point_at(&self, selector: &str, text: &str) {
        let [x, y] = self.place(On::Page, selector, text).await;
        let over = PointerAction::MoveTo { duration: Some(Duration::from_millis(50)), x, y };
        let near = PointerAction::MoveBy { duration: None, x: 1.0, y: 1.0 };
        let mouse = MouseActions::new("mouse".to_owned()).then(over).then(near);
        self.browser.client().perform_actions(mouse).await.expect("the mouse works");
    }

    /// Waits until the overlay shows an element whose name or text holds this.
    pub async fn shows(&self, selector: &str, text: &str) {
        self.place(On::Overlay, selector, text).await;
    }

    /// Where in the window the middle of an element is, once it is there.
    async fn place(&self, on: On, selector: &str, text: &str) -> [f64; 2] {
        let before = RefCell::new(Value::Null);
        until(&format!("{selector} “{text}” ({on:?})"), async || {
            let found = self
                .ask(
                    on,
                    selector,
                    text,
                    "const { x, y, width, height } = found.getBoundingClientRect();
                const frame = found.ownerDocument.defaultView.frameElement?.getBoundingClientRect();
                return [x + width / 2 + (frame?.x ?? 0), y + height / 2 + (frame?.y ?? 0)];",
                )
                .await;
            // Whoever aims waits until it stands still.
            let moves = before.replace(found.clone()) != found;
            match serde_json::from_value(found) {
                Ok(place) if !moves => Ok(place),
                _ => Err(format!("the overlay says {}", self.text().await)),
            }
        })
        .await
    }

    /// Presses Tab until the element with the focus has a name or text that holds this.
    pub async fn tab_to(&self, text: &str) {
        let mut seen = Vec::new();
        for _ in 0..MANY_STOPS {
            let focused = self.focused().await;
            if focused.contains(text) {
                return;
            }
            seen.push(focused);
            self.press(&Key::Tab.to_string()).await;
        }
        panic!("Tab does not come to “{text}”, but to {seen:#?}");
    }

    /// Presses Tab until the element with this name or text has the focus, then Enter.
    pub async fn enter_on(&self, text: &str) {
        self.tab_to(text).await;
        self.press(&Key::Enter.to_string()).await;
    }

    /// Presses keys one after the other.
    pub async fn press(&self, keys: &str) {
        let presses = keys.chars().fold(KeyActions::new("keyboard".to_owned()), |all, value| {
            all.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        self.browser.client().perform_actions(presses).await.expect("the keyboard works");
    }

    /// Replaces what stands in the field with the focus.
    pub async fn type_over(&self, text: &str) {
        let all = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: Key::Control.into() })
            .then(KeyAction::Down { value: 'a' })
            .then(KeyAction::Up { value: 'a' })
            .then(KeyAction::Up { value: Key::Control.into() });
        self.browser.client().perform_actions(all).await.expect("the keyboard works");
        self.press(text).await;
    }

    /// What is said of the element with the focus: its name, or its text.
    pub async fn focused(&self) -> String {
        let code = format!(
            "{NAME}
            const at = layer?.getRootNode().activeElement ?? document.activeElement;
            // Firefox stops at what scrolls, too: that has no name of its own.
            return at?.matches('a, button, input, select, textarea, summary, [role], [tabindex]') ? nameOf(at) : '';"
        );
        let focused = self.look(&code).await;
        focused.as_str().unwrap_or_default().to_owned()
    }

    /// Everything that the overlay says.
    pub async fn text(&self) -> String {
        let text = "if (!layer) return '';
            const typed = [...layer.querySelectorAll('input, textarea, select')].map((e) => e.value);
            return [layer.innerText, ...typed].join('\\n');";
        self.look(text).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the overlay says this.
    pub async fn says(&self, what: &str) {
        until(&format!("the overlay to say “{what}”"), async || {
            let text = self.text().await;
            if text.contains(what) { Ok(()) } else { Err(text) }
        })
        .await;
    }

    async fn ask(&self, on: On, selector: &str, text: &str, then: &str) -> Value {
        let root = on.root();
        let code = format!(
            "{NAME}
            const [selector, text] = {};
            const all = [...({root}?.querySelectorAll(selector) ?? [])];
            const found = all.find((e) => e.getClientRects().length && nameOf(e).includes(text));
            if (!found) return null;
            found.scrollIntoView({{ block: 'nearest', behavior: 'instant' }});
            {then}",
            json!([selector, text])
        );
        self.look(&code).await
    }

    /// Runs code of the harness's own with what the overlay shows as `layer`; null where it is not open.
    pub async fn look(&self, code: &str) -> Value {
        let layer = self.layer().await.unwrap_or_default();
        let code = format!("const [layer, done] = arguments; (async () => {{ {code} }})().then(done);");
        // While the page goes, there is nothing to look at.
        self.browser.client().execute_async(&code, vec![layer]).await.unwrap_or_default()
    }

    /// What the overlay shows, as code of the harness gets it.
    async fn layer(&self) -> Option<Value> {
        let client = self.browser.client();
        if self.browser.engine() == Engine::WebKit {
            // Its driver looks into no closed root; the fixture hands over what it saw being made.
            return client.execute("return pageLog.overlay?.querySelector('.layer')", vec![]).await.ok();
        }
        let host = client.find(Locator::Css("pugmark-visualizer")).await.ok()?;
        let layer = host.shadow_root().await.ok()?.find(Locator::Css(".layer")).await.ok()?;
        serde_json::to_value(layer).ok()
    }
}

/// What somebody who does not see the page hears, as far as the stories ask for it.
const NAME: &str = "const nameOf = (e) => (e.getAttribute('aria-label') || [...(e.labels ?? [])].map((l) => l.innerText).join(' ')
    || e.innerText || e.value || e.title || '').replace(/\\s+/g, ' ').trim();";
