//! A real Chromium, driven as a person uses it: what is seen, typed, pressed; and what a reviewer looks at afterwards.
//!
//! Speaks W3C `WebDriver` to chromedriver by itself: the crate for it pulls in features that compile half of all
//! dependencies anew, for a dozen calls.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// How long the driver itself waits for what is not there yet, in milliseconds.
const PATIENCE: u64 = 20_000;
/// Put there by `scripts/test`.
const AXE: &str = "target/tools/axe-core-4.14.1/axe.min.js";
const AXE_RUN: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(
        found => done(found.violations.map(fault =>
            fault.id + ': ' + fault.nodes.map(node => node.html.slice(0, 200) + ' ' + node.failureSummary).join(' | '))))";
/// What is too wide, and what cannot be seen although it has the focus: another thing lies over it.
const ENLARGED: &str = "
    const found = [];
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth) {
        const wide = [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth + 1
            && !one.closest('[tabindex=\"0\"]'));
        found.push('wide: ' + root.scrollWidth + ' ' + wide.slice(-3).map(one => one.outerHTML.slice(0, 120)).join(' | '));
    }
    const things = 'a[href],button,input:not([type=hidden]),select,textarea,summary,[tabindex=\"0\"]';
    for (const thing of document.querySelectorAll(things)) {
        if (!thing.checkVisibility({ visibilityProperty: true, opacityProperty: false }) || thing.disabled) continue;
        thing.focus({ preventScroll: true });
        if (document.activeElement !== thing) continue;
        thing.scrollIntoView({ block: 'nearest', inline: 'nearest' });
        const boxes = [...thing.getClientRects()].filter(box => box.width > 1 && box.height > 1);
        const seen = boxes.some(box => [0.1, 0.5, 0.9].some(across => [0.1, 0.5, 0.9].some(down => {
            const at = document.elementFromPoint(box.left + box.width * across, box.top + box.height * down);
            return at && (thing.contains(at) || at.contains(thing) && at !== document.body && at !== root
                || thing.labels && [...thing.labels].some(label => label.contains(at)));
        })));
        if (boxes.length && !seen) found.push('covered: ' + thing.outerHTML.slice(0, 160));
    }
    return found";
/// What takes longer than a blink to change.
const MOVING: &str = "
    const long = times => times.split(',').some(time => parseFloat(time) * (time.includes('ms') ? 1 : 1000) > 1);
    const moving = [...document.querySelectorAll('*')].filter(one => ['', '::before', '::after'].some(part => {
        const style = getComputedStyle(one, part);
        return long(style.transitionDuration) && style.transitionProperty !== 'none'
            || style.animationName !== 'none' && long(style.animationDuration);
    }));
    const smooth = getComputedStyle(document.documentElement).scrollBehavior === 'smooth' ? ['smooth scrolling'] : [];
    return smooth.concat(moving.map(one => one.outerHTML.slice(0, 160)),
        document.getAnimations().filter(one => one.playState === 'running').map(String))";
const WIDTHS: [u32; 3] = [360, 1280, 1920];
const FLAGS: [&str; 12] = [
    "--headless=new",
    // The driver moves the pointer within the window, whatever size is emulated.
    "--window-size=1920,1200",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    // A picture shows no colour on its way to another.
    "--force-prefers-reduced-motion",
];

/// One browser with a profile of its own. Its driver ends with it.
pub struct Browser {
    client: reqwest::Client,
    /// The address of the session at the driver.
    session: String,
    base: String,
    _driver: Child,
}

/// A driver that listens. It looks for a port that is free and takes it a moment later: where another took it in between, it ends
/// without a word, and one more is started.
async fn driver() -> (Child, String) {
    for _ in 0..5 {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                // The driver would stop at a full pipe.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return (driver, port.trim_end_matches('.').to_owned());
            }
        }
    }
    panic!("chromedriver ended five times before it listened");
}

impl Browser {
    /// Opens a browser for a site, 1280 pixels wide.
    pub async fn start(base: &str) -> Self {
        Self::with(base, true).await
    }

    /// One whose owner has switched scripts off.
    pub async fn without_script(base: &str) -> Self {
        Self::with(base, false).await
    }

    async fn with(base: &str, script: bool) -> Self {
        let (driver, port) = driver().await;
        let mut prefs = json!({});
        if !script {
            prefs["profile.managed_default_content_settings.javascript"] = json!(2);
        }
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "timeouts": { "implicit": PATIENCE },
            "goog:chromeOptions": { "args": FLAGS, "prefs": prefs },
        } } });
        let driver_at = format!("http://127.0.0.1:{port}/session");
        let client = reqwest::Client::new();
        let begun: Value = client.post(&driver_at).json(&wanted).send().await.unwrap().json().await.unwrap();
        let id = begun["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("{begun}"));
        let browser = Self {
            client,
            session: format!("{driver_at}/{id}"),
            base: base.trim_end_matches('/').to_owned(),
            _driver: driver,
        };
        browser.is_wide(1280, 900).await;
        browser
    }

    /// Closes the browser. Without it Chromium would outlive the test for a moment.
    pub async fn close(self) {
        self.calls(Method::DELETE, "", None).await.unwrap();
    }

    /// One call of the driver: its value, or what it says went wrong.
    async fn calls(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Value> {
        let mut request = self.client.request(method, format!("{}{path}", self.session));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let mut answer: Value = request.send().await.unwrap().json().await.unwrap();
        let value = answer["value"].take();
        if value["error"].is_null() { Ok(value) } else { Err(value) }
    }

    async fn tells(&self, path: &str, body: Value) -> Value {
        self.calls(Method::POST, path, Some(body)).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The path of the element at the driver, once it is there.
    async fn finds(&self, xpath: &str) -> Result<String, Value> {
        let body = json!({ "using": "xpath", "value": xpath });
        let element = self.calls(Method::POST, "/element", Some(body)).await?;
        Ok(element_path(&element))
    }

    async fn element(&self, xpath: &str) -> String {
        let Ok(element) = self.finds(xpath).await else {
            panic!("{} has no {xpath}: {}", self.path().await, self.text().await)
        };
        element
    }

    async fn developer_tools(&self, command: &str, params: Value) {
        self.tells("/goog/cdp/execute", json!({ "cmd": command, "params": params })).await;
    }

    pub async fn is_wide(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.developer_tools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Runs a script at the beginning of every page from now on, before the scripts of the page.
    pub async fn begins_pages_with(&self, script: &str) {
        self.developer_tools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// Cuts the line, or mends it.
    pub async fn goes_offline(&self, offline: bool) {
        let state =
            json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.developer_tools("Network.enable", json!({})).await;
        self.developer_tools("Network.emulateNetworkConditions", state).await;
    }

    pub async fn opens(&self, path: &str) {
        self.tells("/url", json!({ "url": format!("{}{path}", self.base) })).await;
    }

    /// Shows HTML that was not served by the site, as a mail program shows a mail.
    pub async fn reads(&self, html: &str) {
        let url = format!("data:text/html;charset=utf-8;base64,{}", STANDARD.encode(html));
        self.tells("/url", json!({ "url": url })).await;
    }

    /// Path and query of the page that is shown.
    pub async fn path(&self) -> String {
        let url = self.calls(Method::GET, "/url", None).await.unwrap();
        let url = url.as_str().unwrap();
        url.strip_prefix(&self.base).unwrap_or(url).to_owned()
    }

    pub async fn goes_back(&self) {
        self.tells("/back", json!({})).await;
    }

    /// Types into the field with this label, in place of what was there.
    pub async fn types(&self, label: &str, text: &str) {
        let field = field("*[self::input or self::textarea]", label);
        self.does(&field, &[("clear", json!({})), ("value", json!({ "text": text }))]).await;
    }

    /// Draws on the element of this id with a pointer that is pressed, moved and let go. Points are in hundredths of its
    /// width and height.
    pub async fn draws(&self, id: &str, strokes: &[&[(i64, i64)]]) {
        let place = format!(
            "const thing = document.getElementById('{id}');
             thing.scrollIntoView({{ block: 'center' }});
             const box = thing.getBoundingClientRect();
             return [box.left, box.top, box.width, box.height].map(Math.round)"
        );
        let place: Vec<i64> = serde_json::from_value(self.asks(&place).await).unwrap();
        let moved = |(x, y): &(i64, i64)| {
            let (x, y) = (place[0] + x * place[2] / 100, place[1] + y * place[3] / 100);
            json!({ "type": "pointerMove", "duration": 5, "x": x, "y": y })
        };
        let mut acts = Vec::new();
        for stroke in strokes {
            acts.extend(stroke.first().map(moved));
            acts.push(json!({ "type": "pointerDown", "button": 0 }));
            acts.extend(stroke.iter().skip(1).map(moved));
            acts.push(json!({ "type": "pointerUp", "button": 0 }));
        }
        let pen = json!({ "type": "pointer", "id": "pena", "parameters": { "pointerType": "pen" }, "actions": acts });
        self.tells("/actions", json!({ "actions": [pen] })).await;
    }

    /// Gives a file to the field with this label.
    pub async fn attaches(&self, label: &str, file: &Path) {
        self.does(&field("input", label), &[("value", json!({ "text": file.to_str().unwrap() }))]).await;
    }

    /// Chooses an option of the list with this label.
    pub async fn chooses(&self, label: &str, option: &str) {
        let option = format!("{}/option[normalize-space(.)={}]", field("select", label), quoted(option));
        self.does(&option, &[("click", json!({}))]).await;
    }

    /// Presses the button, link or choice that says this.
    pub async fn presses(&self, words: &str) {
        let words = quoted(words);
        let things = "*[self::button or self::a or self::summary or self::label]";
        let said = [format!("normalize-space(.)={words}"), format!("contains(normalize-space(.), {words})")];
        // What says exactly this goes before what says more.
        let exact = format!("//{things}[{} or @aria-label={words}]", said[0]);
        let loose = format!("//{things}[{} or @aria-label={words}]", said[1]);
        let either = format!("({exact})[1] | ({loose})[not({exact})][1]");
        self.does(&either, &[("click", json!({}))]).await;
    }

    /// Does this to one element, one after the other.
    async fn does(&self, xpath: &str, acts: &[(&str, Value)]) {
        'looks: for _ in 0..50 {
            let thing = self.element(xpath).await;
            for (act, with) in acts {
                match self.calls(Method::POST, &format!("{thing}/{act}"), Some(with.clone())).await {
                    Ok(_) => {}
                    // Between the look and the act another page came, or its script put another element in the place of
                    // this one, or the page moved because its typeface came: nothing was done.
                    Err(error)
                        if error["error"] == "stale element reference"
                            || error["error"] == "element click intercepted" =>
                    {
                        continue 'looks;
                    }
                    Err(error) => panic!("no {act} at {xpath}: {error}"),
                }
            }
            return;
        }
        panic!("{xpath} is replaced or covered again and again");
    }

    /// Presses a key wherever the focus is. Keys without a letter have the codes of W3C `WebDriver`, as in [`keys`].
    pub async fn key(&self, key: &str) {
        let active = self.calls(Method::GET, "/element/active", None).await.unwrap();
        self.tells(&format!("{}/value", element_path(&active)), json!({ "text": key })).await;
    }

    /// Moves the focus on, as the tabulator does. Typed into a field for files it would be taken for a file's name.
    pub async fn tabs(&self) {
        let press =
            json!([{ "type": "keyDown", "value": keys::TAB }, { "type": "keyUp", "value": keys::TAB }]);
        self.tells("/actions", json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": press }] }))
            .await;
    }

    /// Waits until the page says this.
    pub async fn sees(&self, words: &str) {
        self.element(&format!("//body[contains(normalize-space(.), {})]", quoted(words))).await;
    }

    /// What a person reads on the page.
    pub async fn text(&self) -> String {
        self.asks("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// The words of the element that has the focus.
    pub async fn focus(&self) -> String {
        self.asks("const at = document.activeElement; return (at.innerText || at.id || at.tagName).trim()")
            .await
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Runs a script of the test in the page.
    pub async fn asks(&self, script: &str) -> Value {
        self.tells("/execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// No violation of WCAG 2.2 AA or of best practice, in either theme.
    pub async fn is_accessible(&self) {
        let axe = std::fs::read_to_string(at_root(AXE)).unwrap();
        let before = self.asks("return document.documentElement.dataset.colorScheme").await;
        for theme in ["light", "dark"] {
            self.asks(&format!("document.documentElement.dataset.colorScheme = '{theme}'")).await;
            self.asks(&axe).await;
            let found = self.tells("/execute/async", json!({ "script": AXE_RUN, "args": [] })).await;
            assert_eq!(found, json!([]), "{} in {theme}", self.path().await);
        }
        self.asks(&format!("document.documentElement.dataset.colorScheme = {before}")).await;
    }

    /// Nothing is wider than the window at any width that people use.
    pub async fn fits_every_width(&self) {
        for width in WIDTHS {
            self.is_wide(width, 900).await;
            let wide = self.asks("return document.documentElement.scrollWidth").await.as_u64().unwrap();
            assert!(wide <= u64::from(width), "{} is {wide} wide in {width}", self.path().await);
        }
        self.is_wide(1280, 900).await;
    }

    /// At 400 percent of 1280 by 1024 everything is there: nothing scrolls sideways, and whatever takes the focus is seen
    /// when it has it.
    pub async fn fits_enlarged(&self) {
        self.is_wide(320, 256).await;
        let found = self.asks(ENLARGED).await;
        assert_eq!(found, json!([]), "{} at 400 %", self.path().await);
        self.is_wide(1280, 900).await;
    }

    /// Whoever asked for less motion sees none, also while the mouse is over things.
    pub async fn stands_still(&self) {
        let still = json!([{ "name": "prefers-reduced-motion", "value": "reduce" }]);
        self.developer_tools("Emulation.setEmulatedMedia", json!({ "features": still })).await;
        let moving = self.asks(MOVING).await;
        assert_eq!(moving, json!([]), "{} moves", self.path().await);
        self.developer_tools("Emulation.setEmulatedMedia", json!({ "features": [] })).await;
    }

    /// Keeps pictures of the page under `target/screens`: each width, light and dark.
    pub async fn is_pictured(&self, name: &str) {
        let folder = at_root("target/screens");
        std::fs::create_dir_all(&folder).unwrap();
        for width in WIDTHS {
            for theme in ["light", "dark"] {
                self.asks(&format!("document.documentElement.dataset.colorScheme = '{theme}'")).await;
                self.is_wide(width, 900).await;
                let height =
                    self.asks("return document.documentElement.scrollHeight").await.as_u64().unwrap();
                self.is_wide(width, u32::try_from(height.clamp(900, 6000)).unwrap()).await;
                let picture = self.calls(Method::GET, "/screenshot", None).await.unwrap();
                let picture = STANDARD.decode(picture.as_str().unwrap()).unwrap();
                std::fs::write(folder.join(format!("{name}-{width}-{theme}.png")), picture).unwrap();
            }
        }
        self.asks("document.documentElement.dataset.colorScheme = 'auto'").await;
        self.is_wide(1280, 900).await;
    }
}

impl Browser {
    /// Signs a person of the staff in, whose first page shows these words.
    pub async fn signs_in(&self, username: &str, sees: &str) {
        self.opens("/masuk").await;
        self.types("Nama pengguna", username).await;
        self.types("Kata sandi", crate::support::PASSWORD).await;
        self.presses("Masuk").await;
        self.sees(sees).await;
    }

    /// The page as it is now: kept as pictures, whole at every width, without a fault of accessibility.
    pub async fn is_right(&self, name: &str) {
        self.is_pictured(name).await;
        self.fits_every_width().await;
        self.is_accessible().await;
    }

    /// Prints the page on A4, keeps the file under `target/screens`, and returns how many sheets it takes.
    pub async fn is_printed(&self, name: &str) -> usize {
        let a4 = json!({ "page": { "width": 21.0, "height": 29.7 }, "background": false });
        let printed = self.tells("/print", a4).await;
        let pdf = STANDARD.decode(printed.as_str().unwrap()).unwrap();
        std::fs::create_dir_all(at_root("target/screens")).unwrap();
        std::fs::write(at_root("target/screens").join(format!("{name}.pdf")), &pdf).unwrap();
        lopdf::Document::load_mem(&pdf).unwrap().get_pages().len()
    }
}

/// Keys without a letter.
pub mod keys {
    pub const ENTER: &str = "\u{e007}";
    pub const ESCAPE: &str = "\u{e00c}";
    pub const TAB: &str = "\u{e004}";
}

fn element_path(element: &Value) -> String {
    let id = element.as_object().and_then(|element| element.values().next()).and_then(Value::as_str);
    format!("/element/{}", id.unwrap())
}

/// The field that a label belongs to.
fn field(kind: &str, label: &str) -> String {
    format!("//{kind}[@id=//label[contains(normalize-space(.), {})]/@for]", quoted(label))
}

fn at_root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A string of `XPath`, which has no escapes.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}
