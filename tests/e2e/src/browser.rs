//! A real browser with an empty profile, driven over WebDriver.

use std::cell::RefCell;
use std::fmt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use fantoccini::key::Key;
use fantoccini::wd::{Capabilities, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};
use url::Url;

use crate::places;
use crate::process::{Process, descendants, kill_tree};
use crate::wait::{DEADLINE, until};

/// How long a script may run: one of the trackers that the fault harness plays computes for half a minute when hundreds of
/// its events wait and two processors are busy.
const SCRIPT: Duration = Duration::from_secs(120);

/// How long a browser may take to start: Firefox has taken more than a minute where four of them and a compiler shared
/// two processors.
const START: Duration = Duration::from_secs(150);

/// How long a browser may take to close by itself before it is killed.
const FAREWELL: Duration = Duration::from_secs(5);

/// How long a page of WebKit's may still be on its way when its driver says that it is there.
const ON_THE_WAY: Duration = Duration::from_millis(500);

/// A browser engine that the stories are told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium.
    Chromium,
    /// Firefox.
    Firefox,
    /// WebKit's own small browser for GTK, on whatever screen there is (`xvfb-run`). It keeps nothing between two starts.
    WebKit,
}

impl Engine {
    /// Every engine.
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    /// The engines that run on a machine without a screen.
    pub const WITHOUT_SCREEN: [Self; 2] = [Self::Chromium, Self::Firefox];

    /// Whether what pages have stored outlives the browser.
    pub fn keeps_its_profile(self) -> bool {
        self != Self::WebKit
    }

    /// The engine of this name, as it is displayed.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|engine| engine.to_string() == name)
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        })
    }
}

/// What a browser is started with beside the usual.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// Further switches of Chromium.
    pub switches: Vec<String>,
    /// Switches that its driver would give to Chromium by itself, without the two hyphens.
    pub without: Vec<String>,
    /// Further preferences of Firefox.
    pub preferences: Map<String, Value>,
}

/// A running browser, its driver and its profile.
pub struct Browser {
    engine: Engine,
    extras: Extras,
    // Dropped in this order: the processes go before the folder they write to.
    running: RefCell<Option<Running>>,
    profile: TempDir,
}

struct Running {
    client: Client,
    driver: Driver,
    /// The tabs that are open, in the order in which they were opened; WebKit's driver tells them in any order.
    tabs: RefCell<Vec<WindowHandle>>,
}

impl Browser {
    /// Starts the engine with an empty profile.
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, Extras::default()).await
    }

    /// As [`Browser::start`], with more than the usual.
    pub async fn start_with(engine: Engine, extras: Extras) -> Self {
        let profile = TempDir::with_prefix("pugmark-e2e-profile-").expect("there is room for a folder");
        let running = RefCell::new(Some(Running::start(engine, &extras, &profile).await));
        Self { engine, extras, running, profile }
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Its version, as it tells its driver.
    pub fn version(&self) -> String {
        let client = self.client();
        let version = client.capabilities().and_then(|c| c.get("browserVersion")).and_then(Value::as_str);
        version.unwrap_or("unknown").to_owned()
    }

    /// Closes the browser as a person would, and opens it again with the same profile.
    pub async fn restart(&self) {
        self.end().await;
        self.start_again().await;
    }

    /// Opens it again with the same profile, after it was ended or killed.
    pub async fn start_again(&self) {
        let running = Running::start(self.engine, &self.extras, &self.profile).await;
        *self.running.borrow_mut() = Some(running);
    }

    /// Ends the browser and its driver with SIGKILL, every process of them.
    pub fn kill(&self) {
        let running = self.running.borrow_mut().take();
        let Running { client, driver, .. } = running.expect("the browser runs");
        // While there is a client: the last one's end would have the driver close the browser in peace.
        kill_tree(driver.pid());
        drop((client, driver));
    }

    /// Closes the browser as a person would.
    pub async fn end(&self) {
        let running = self.running.borrow_mut().take();
        let Some(Running { client, driver, .. }) = running else { return };
        // A browser that does not close is killed with its driver.
        let _ = timeout(FAREWELL, client.close()).await;
        drop(driver);
    }

    /// Goes to an address, and is back when the page has loaded.
    pub async fn open(&self, url: &str) {
        self.client().goto(url).await.unwrap_or_else(|error| panic!("cannot open {url}: {error}"));
    }

    /// The address of the page.
    pub async fn url(&self) -> String {
        self.client().current_url().await.expect("the page has an address").to_string()
    }

    /// Waits until a page has come to this path by itself, and has loaded.
    pub async fn arrives_at(&self, path: &str) {
        self.moves_to(&format!("the page {path}"), |url| url.path() == path).await;
        self.comes_true("document.readyState === 'complete'").await;
    }

    /// Waits until the page's address is one of these. The driver is asked, not the page: a script that runs while a page is put
    /// away for the back button never ends.
    async fn moves_to(&self, what: &str, is_there: impl Fn(&Url) -> bool) {
        until(what, async || match self.client().current_url().await {
            Ok(url) if is_there(&url) => Ok(()),
            Ok(url) => Err(format!("it is {url}")),
            Err(error) => Err(error.to_string()),
        })
        .await;
        if self.engine == Engine::WebKit {
            // Its driver tells where the page is going to before it is there.
            sleep(ON_THE_WAY).await;
        }
    }

    /// Presses the back button.
    pub async fn back(&self) {
        // WebKit's button passes over what no person has brought about, and so all that a driver has; and a script that leaves its
        // page may never return.
        if self.engine != Engine::WebKit {
            return self.client().back().await.expect("there is a page to go back to");
        }
        let here = self.client().current_url().await.expect("the page has an address");
        self.fire("setTimeout(() => history.back())").await;
        self.moves_to("the page before", |url| *url != here).await;
    }

    /// Runs code as a script of the page, waits for its promise if it returns one, and gives what it returned.
    ///
    /// # Errors
    ///
    /// What the code threw, or why it could not be run.
    pub async fn try_run(&self, code: &str) -> Result<Value, String> {
        // The driver's own scripts live in a realm of their own, where an array is not an instance of the page's
        // Array; `pageLog.run` has the page load the code as a script.
        const CALL: &str = "const [code, done] = arguments;
            (async () => window.pageLog.run(code))().then(
                (value) => done({ value: value === undefined ? null : value }),
                (error) => done({ error: String(error) }));";
        let answer = self.client().execute_async(CALL, vec![code.into()]).await.map_err(|e| e.to_string())?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer.get("value").cloned().unwrap_or_default()),
        }
    }

    /// As [`Browser::try_run`]; panics with what the code threw.
    pub async fn run(&self, code: &str) -> Value {
        self.try_run(code).await.unwrap_or_else(|error| panic!("{error}, in:\n{code}"))
    }

    /// Runs code of the harness's own on any page, also on one whose policy allows no script: what it calls `done` with.
    pub async fn inspect(&self, code: &str) -> Value {
        let code = format!("const done = arguments[arguments.length - 1];\n{code}");
        let answer = self.client().execute_async(&code, Vec::new()).await;
        answer.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Runs code as a script of the page and does not care what becomes of the page by it.
    pub async fn fire(&self, code: &str) {
        // A page that closes itself may take the answer with it.
        let _ = self.client().execute("window.pageLog.run(arguments[0])", vec![code.into()]).await;
    }

    /// Waits until a JavaScript expression is true on the page.
    pub async fn comes_true(&self, expression: &str) {
        until(&format!("`{expression}`"), async || {
            match self.try_run(&format!("return Boolean({expression})")).await {
                Ok(Value::Bool(true)) => Ok(()),
                Ok(_) => Err("it is not true".to_owned()),
                Err(error) => Err(error),
            }
        })
        .await;
    }

    /// Clicks the first element a CSS selector finds, with the mouse.
    pub async fn click(&self, selector: &str) {
        self.click_on(Locator::Css(selector)).await;
    }

    /// Clicks the first visible element with this text, as a person reads it.
    pub async fn click_text(&self, tag: &str, text: &str) {
        self.click_on(Locator::XPath(&format!("//{tag}[contains(normalize-space(), '{text}')]"))).await;
    }

    async fn click_on(&self, what: Locator<'_>) {
        until(&format!("a click on {what:?}"), async || {
            let element = self.client().find(what).await.map_err(|error| error.to_string())?;
            element.click().await.map_err(|error| error.to_string())
        })
        .await;
    }

    /// Types a text into the field a CSS selector finds.
    pub async fn type_into(&self, selector: &str, text: &str) {
        let field = self.client().find(Locator::Css(selector)).await;
        let field = field.unwrap_or_else(|error| panic!("cannot find {selector}: {error}"));
        field.send_keys(text).await.expect("the field takes keys");
    }

    /// Types a text into the field a CSS selector finds, in place of what stands there.
    pub async fn fill(&self, selector: &str, text: &str) {
        let field = self.client().find(Locator::Css(selector)).await;
        let field = field.unwrap_or_else(|error| panic!("cannot find {selector}: {error}"));
        field.clear().await.expect("the field can be cleared");
        field.send_keys(text).await.expect("the field takes keys");
    }

    /// Waits until a field that a CSS selector finds holds this text, and the page has loaded: before, it moves under a click.
    pub async fn holds(&self, selector: &str, text: &str) {
        until(&format!("{text} in {selector}"), async || {
            let field =
                self.client().find(Locator::Css(selector)).await.map_err(|error| error.to_string())?;
            match field.prop("value").await {
                Ok(Some(value)) if value == text => Ok(()),
                Ok(value) => Err(format!("it holds {value:?}")),
                Err(error) => Err(error.to_string()),
            }
        })
        .await;
        self.inspect("document.readyState === 'complete' ? done() : addEventListener('load', () => done());")
            .await;
    }

    /// Gives the window this width and height.
    pub async fn resize(&self, [width, height]: [u32; 2]) {
        self.client().set_window_size(width, height).await.expect("the window can be resized");
    }

    /// Takes a picture of what the window shows.
    pub async fn picture(&self, file: &Path) {
        let picture = self.client().screenshot().await.expect("the browser takes pictures");
        std::fs::write(file, picture)
            .unwrap_or_else(|error| panic!("cannot write {}: {error}", file.display()));
    }

    /// Waits until a page of this path has come, of whatever site; gives the rest of its address.
    pub async fn comes_to(&self, path: &str) -> String {
        until(&format!("the page {path}"), async || match self.client().current_url().await {
            Ok(url) if url.path() == path => Ok(url.query().unwrap_or_default().to_owned()),
            Ok(url) => Err(format!("it is {url}")),
            Err(error) => Err(error.to_string()),
        })
        .await
    }

    /// Presses a key while the element has the focus.
    pub async fn press(&self, key: Key, selector: &str) {
        let element = self.client().find(Locator::Css(selector)).await;
        let element = element.unwrap_or_else(|error| panic!("cannot find {selector}: {error}"));
        element.send_keys(&key.to_string()).await.expect("the element takes keys");
    }

    /// Waits until so many tabs are open.
    pub async fn has_tabs(&self, count: usize) {
        self.tabs_with(&format!("{count} tabs"), |tabs| tabs == count).await;
    }

    /// Opens another tab and shows it; the others stay behind it.
    pub async fn open_tab(&self) -> WindowHandle {
        // A tab of WebKit's stays behind the others, hidden, whatever its driver shows; of its windows each is seen.
        self.open_another(self.engine != Engine::WebKit).await
    }

    /// Opens a tab that is hidden once another one is open, and speaks to it: WebKit's is hidden from the start.
    pub async fn open_tab_to_hide(&self) -> WindowHandle {
        self.open_another(true).await
    }

    async fn open_another(&self, as_tab: bool) -> WindowHandle {
        let known = self.tabs_with("the tabs", |_| true).await.len();
        let opened = self.client().new_window(as_tab).await.expect("a tab can be opened");
        self.tabs_with("the new tab", |tabs| tabs > known).await;
        self.show(&opened.handle).await;
        opened.handle
    }

    /// Shows a tab.
    pub async fn show(&self, tab: &WindowHandle) {
        self.client().switch_to_window(tab.clone()).await.expect("the tab is open");
    }

    /// Shows the tab that was opened last, once there is a second one.
    pub async fn show_newest_tab(&self) {
        let tabs = self.tabs_with("another tab", |tabs| tabs > 1).await;
        self.show(tabs.last().expect("there are two")).await;
    }

    /// Waits until there are as many tabs as are wanted; gives them in the order in which they were opened.
    async fn tabs_with(&self, what: &str, is_wanted: impl Fn(usize) -> bool) -> Vec<WindowHandle> {
        let client = self.client();
        let open = until(what, async || match client.windows().await {
            Ok(tabs) if is_wanted(tabs.len()) => Ok(tabs),
            Ok(tabs) => Err(format!("there are {}", tabs.len())),
            Err(error) => Err(error.to_string()),
        })
        .await;
        let running = self.running.borrow();
        let mut tabs = running.as_ref().expect("the browser runs").tabs.borrow_mut();
        tabs.retain(|tab| open.contains(tab));
        let new: Vec<_> = open.into_iter().filter(|tab| !tabs.contains(tab)).collect();
        tabs.extend(new);
        tabs.clone()
    }

    /// Closes the tab that is shown; another one has to be shown next.
    pub async fn close_tab(&self) {
        self.client().close_window().await.expect("a tab can be closed");
    }

    /// Shows the first tab again.
    pub async fn show_first_tab(&self) {
        let tabs = self.tabs_with("a tab", |tabs| tabs > 0).await;
        self.show(&tabs[0]).await;
    }

    /// Finds the process in which the page runs: the one that computes while the page does.
    pub async fn page_process(&self) -> Process {
        const BUSY: &str = "for (const end = Date.now() + 1000; Date.now() < end; );";
        let before = self.page_processes();
        let ticks: Vec<u64> = before.iter().map(Process::ticks).collect();
        self.run(BUSY).await;
        let spent = before
            .into_iter()
            .zip(ticks)
            .map(|(process, ticks)| (process.ticks().saturating_sub(ticks), process));
        let (spent, process) = spent.max_by_key(|(spent, _)| *spent).expect("the page runs in one of them");
        assert!(spent > 0, "no process of a page has computed anything");
        process
    }

    /// Goes on after the process of the page was killed, as a person would who opens a new tab.
    pub async fn recover(&self) {
        until("the end of the page", async || match self.try_run("").await {
            Ok(_) => Err("it still runs".to_owned()),
            Err(_) => Ok(()),
        })
        .await;
        match self.engine {
            // The driver speaks to no tab from a dead one, but to one that was there before.
            Engine::Chromium | Engine::WebKit => self.show_first_tab().await,
            // The driver has Firefox quit when the process of a page dies; before it has, its storage is not on disk.
            Engine::Firefox => {
                until("the end of Firefox", async || match self.below().len() {
                    0 => Ok(()),
                    n => Err(format!("{n} of its processes still run")),
                })
                .await;
                self.restart().await;
            }
        }
    }

    /// Everything the driver has started and that still runs; what has ended has no command line.
    fn below(&self) -> Vec<Process> {
        let driver = self.running.borrow().as_ref().expect("the browser runs").driver.pid();
        descendants(driver).into_iter().filter(|process| !process.command.is_empty()).collect()
    }

    fn page_processes(&self) -> Vec<Process> {
        let mut below = self.below();
        below.retain(|process| self.engine.runs_pages(&process.command));
        below
    }

    pub(crate) fn client(&self) -> Client {
        self.running.borrow().as_ref().expect("the browser runs").client.clone()
    }
}

impl Running {
    async fn start(engine: Engine, extras: &Extras, profile: &TempDir) -> Self {
        let driver = Driver::start(engine, profile).await;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(engine.capabilities(extras, profile));
        let client = timeout(START, builder.connect(&driver.address)).await;
        let client = client.unwrap_or_else(|_| panic!("{engine} did not start in time"));
        let client = client.unwrap_or_else(|error| panic!("{engine} did not start: {error}"));
        let first = client.window().await.expect("it has a tab");
        Self { client, driver, tabs: RefCell::new(vec![first]) }
    }
}

impl Engine {
    fn runs_pages(self, command: &str) -> bool {
        match self {
            // Its own pages, such as that of a new tab, compute as well, and most of all when a tab has just been opened.
            Self::Chromium => command.contains("--type=renderer") && !command.contains("--top-chrome-webui"),
            Self::Firefox => command.contains("-contentproc") && command.ends_with(" tab"),
            Self::WebKit => command.contains("WebKitWebProcess"),
        }
    }

    /// Flags for a machine without a screen, perhaps as root, and for a browser that talks to nobody but us. Less
    /// motion, since a driver cannot click what is still scrolling.
    fn capabilities(self, extras: &Extras, profile: &TempDir) -> Capabilities {
        let profile = profile.path().display();
        let mut capabilities = match self {
            Self::Chromium => json!({
                "goog:chromeOptions": {
                    "binary": places::program("CHROMIUM", &["chromium", "chromium-browser", "google-chrome"]),
                    "args": [
                        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                        "--disable-background-networking", "--no-first-run", "--disable-quic",
                        "--disable-component-update", "--disable-sync", "--force-prefers-reduced-motion",
                        format!("--user-data-dir={profile}"),
                    ],
                },
            }),
            Self::Firefox => json!({
                "moz:firefoxOptions": {
                    "binary": places::program("FIREFOX", &["firefox-esr", "firefox"]),
                    "args": ["-headless", "-profile", profile.to_string()],
                    "prefs": {
                        "browser.sessionstore.resume_from_crash": false,
                        "ui.prefersReducedMotion": 1,
                        "network.captive-portal-service.enabled": false,
                        "network.connectivity-service.enabled": false,
                    },
                },
            }),
            Self::WebKit => json!({
                "webkitgtk:browserOptions": {
                    "binary": places::mini_browser(),
                    // As the other two, whose pages may open tabs when a driver has them do it.
                    "args": ["--automation", "--javascript-can-open-windows-automatically=true"],
                },
            }),
        };
        match self {
            Self::Chromium => {
                let options = &mut capabilities["goog:chromeOptions"];
                let switches = extras.switches.iter().map(|switch| json!(switch));
                options["args"].as_array_mut().expect("it is one").extend(switches);
                options["excludeSwitches"] = json!(extras.without);
            }
            Self::Firefox => {
                let preferences = capabilities["moz:firefoxOptions"]["prefs"].as_object_mut();
                preferences.expect("it is one").extend(extras.preferences.clone());
            }
            Self::WebKit => {}
        }
        capabilities["timeouts"] = json!({ "script": SCRIPT.as_millis() as u64 });
        capabilities.as_object().expect("it is one").clone()
    }
}

/// A running driver; ends with everything it started.
struct Driver {
    address: String,
    child: Child,
}

impl Driver {
    async fn start(engine: Engine, profile: &TempDir) -> Self {
        if engine == Engine::WebKit {
            return Self::start_webkit(profile).await;
        }
        let (program, arguments) = match engine {
            Engine::Chromium => (places::program("CHROMEDRIVER", &["chromedriver"]), &["--port=0"][..]),
            Engine::Firefox | Engine::WebKit => {
                (places::program("GECKODRIVER", &["geckodriver"]), &["--port=0", "--websocket-port=0"][..])
            }
        };
        // A driver that loses the race for a port to another one gives up; the next try finds a free one.
        until(&format!("{}", program.display()), async || {
            let mut child = Command::new(&program)
                .args(arguments)
                // What a killed browser leaves behind goes with its profile.
                .env("TMPDIR", profile.path())
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .kill_on_drop(true)
                .spawn()
                .map_err(|error| error.to_string())?;
            let stdout = child.stdout.take().expect("stdout is piped");
            let port = timeout(DEADLINE, port(stdout)).await.ok().flatten();
            let port = port.ok_or("it does not say where it listens")?;
            Ok(Self { address: format!("http://127.0.0.1:{port}"), child })
        })
        .await
    }

    /// WebKit's driver takes no port by itself and says nothing.
    async fn start_webkit(profile: &TempDir) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = free.local_addr().expect("it is bound").port();
        drop(free);
        let child = Command::new(places::program("WEBKITDRIVER", &["WebKitWebDriver"]))
            .arg(format!("--port={port}"))
            .env("TMPDIR", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("WebKit's driver starts");
        until("WebKit's driver", async || {
            TcpStream::connect(("127.0.0.1", port)).await.map_err(|error| error.to_string())
        })
        .await;
        Self { address: format!("http://127.0.0.1:{port}"), child }
    }

    fn pid(&self) -> u32 {
        self.child.id().expect("nobody has waited for it")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(pid) = self.child.id() {
            kill_tree(pid);
        }
    }
}

/// Reads the port a driver says it listens on, and everything after it in the background; none if it ends first.
async fn port(stdout: impl AsyncRead + Unpin + 'static) -> Option<u16> {
    let mut lines = BufReader::new(stdout).lines();
    let port = loop {
        let line = lines.next_line().await.ok().flatten()?;
        let said = line.contains("Listening on") || line.contains("started successfully on port");
        let digits = line.trim_end_matches('.').rsplit(|c: char| !c.is_ascii_digit()).next();
        if let (true, Some(Ok(port))) = (said, digits.map(str::parse)) {
            break port;
        }
    };
    tokio::task::spawn_local(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Some(port)
}
