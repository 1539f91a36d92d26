//! One window and what a person does in it. Each step waits, with a deadline, for what the person would wait for.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::desktop::Desktop;
use crate::program;

/// What a person would call hanging.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Ends the driver, and the program with it.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) struct Window {
    pub(crate) client: Client,
    _driver: Driver,
}

/// Retries until there is an answer.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let by = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < by, "waited too long: {what}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Awaits a driver request, or fails with its name: a driver may never answer.
pub(crate) async fn patiently<T>(what: &str, asked: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(answer) => answer,
        Err(_) => panic!("the window's driver does not answer: {what}"),
    }
}

fn port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback can be listened on");
    listener.local_addr().expect("it is bound").port()
}

impl Window {
    /// Starts the program for this profile, with its own driver.
    pub(crate) async fn open(profile: &str) -> Self {
        Self::driven_by(Command::new(program("TAURI_DRIVER")), profile).await
    }

    /// The same on a desktop of the test's own.
    pub(crate) async fn open_on(desktop: &Desktop, profile: &str) -> Self {
        Self::driven_by(desktop.command(program("TAURI_DRIVER")), profile).await
    }

    async fn driven_by(mut driver: Command, profile: &str) -> Self {
        let (port, native) = (port(), port());
        let driver = driver
            .args(["--port", &port.to_string(), "--native-port", &native.to_string()])
            .stdin(Stdio::null())
            .spawn()
            .expect("tauri-driver starts");
        let driver = Driver(driver);
        let options = json!({ "application": program("CONCLAVE_BIN"), "args": ["--profile", profile] });
        let wanted = json!({ "tauri:options": options });
        let wanted = wanted.as_object().expect("it is one");
        let by = Instant::now() + PATIENCE;
        loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            let connecting = builder.capabilities(wanted.clone());
            match connecting.connect(&format!("http://127.0.0.1:{port}")).await {
                Ok(client) => return Self { client, _driver: driver },
                Err(error) if Instant::now() > by => panic!("no window for {profile}: {error}"),
                Err(_) => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }

    pub(crate) async fn close(self) {
        patiently("closing", self.client.close()).await.expect("the window closes");
    }

    /// Ends the program as Ctrl+Q does.
    pub(crate) async fn quit(self) {
        // The page ends with the program: there may be no answer.
        let _ = self.call("quit", json!({})).await;
    }

    /// Calls a command as the page would: returns the answer, or why it was refused.
    pub(crate) async fn call(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        let script = "const [command, given, done] = arguments;
            window.__TAURI_INTERNALS__.invoke(command, given).then(ok => done({ ok }), error => done({ error }))";
        let answer = self.client.execute_async(script, vec![json!(command), arguments]);
        let answer = patiently(command, answer).await;
        let answer = answer.map_err(|error| json!(error.to_string()))?;
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["ok"].clone()),
        }
    }

    /// Runs a script in the page.
    pub(crate) async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        patiently(script, self.client.execute(script, arguments)).await.expect("the script runs")
    }

    /// Waits until an element shows a text (empty: until it is there).
    pub(crate) async fn see(&self, css: &str, text: &str) {
        let find = "return [...document.querySelectorAll(arguments[0])]
            .some(e => e.innerText.replace(/\\s+/g, ' ').includes(arguments[1]))";
        self.until(find, vec![json!(css), json!(text)], &format!("{css} with {text:?} is not shown")).await;
    }

    /// Waits until no such element is there.
    pub(crate) async fn gone(&self, css: &str) {
        let look = "return document.querySelector(arguments[0]) === null";
        self.until(look, vec![json!(css)], &format!("{css} is still there")).await;
    }

    /// Clicks the element with this text.
    pub(crate) async fn tap(&self, css: &str, text: &str) {
        let click = "const found = [...document.querySelectorAll(arguments[0])]
            .find(e => !e.disabled && (e.innerText + ' ' + (e.dataset.emoji ?? '')).includes(arguments[1]));
            found?.click(); return found !== undefined";
        self.until(click, vec![json!(css), json!(text)], &format!("{css} with {text:?} can't be clicked"))
            .await;
    }

    /// Clicks an action of the message with this text.
    pub(crate) async fn tap_in(&self, text: &str, action: &str) {
        let click = "const row = [...document.querySelectorAll('[data-testid=message-row]')]
            .find(e => e.innerText.includes(arguments[0]));
            const found = row?.querySelector(`[data-testid=${arguments[1]}]`);
            found?.click(); return found != null";
        self.until(click, vec![json!(text), json!(action)], &format!("{action} of {text:?} is not there"))
            .await;
    }

    /// Runs a script until it returns true.
    async fn until(&self, script: &str, arguments: Vec<Value>, otherwise: &str) {
        let by = Instant::now() + PATIENCE;
        while self.script(script, arguments.clone()).await != json!(true) {
            if Instant::now() > by {
                let page = self.script("return document.body.innerText", Vec::new()).await;
                panic!("{otherwise}; the window says:\n{}", page.as_str().unwrap_or(""));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Types into a field, as the keyboard would.
    pub(crate) async fn types(&self, css: &str, text: &str) {
        let by = Instant::now() + PATIENCE;
        loop {
            let typed = match patiently(css, self.client.find(Locator::Css(css))).await {
                Ok(field) => patiently(css, field.send_keys(text)).await,
                Err(error) => Err(error),
            };
            match typed {
                Ok(()) => return,
                Err(error) if Instant::now() > by => panic!("{css} takes no keys: {error}"),
                Err(_) => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// Creates an account, here or with another profile of this computer, whose service is found and chosen
    /// automatically.
    pub(crate) async fn first_run(&self, name: &str, with: Option<&str>) {
        self.types("[data-testid=first-run-name]", name).await;
        self.tap("[data-testid=first-run-next]", "").await;
        match with {
            Some(other) => self.see(&format!("[data-testid=service-local-{other}]:checked"), "").await,
            None => self.tap("[data-testid=service-own]", "").await,
        }
        self.tap("[data-testid=first-run-submit]", "").await;
        self.see("[data-testid=no-room]", "").await;
        self.see("[data-testid=connection-state]", "Connected").await;
    }

    pub(crate) async fn creates(&self, group: &str, people: &str) {
        self.tap("[data-testid=new-group]", "").await;
        self.types("[data-testid=group-name]", group).await;
        if !people.is_empty() {
            self.types("[data-testid=group-people]", people).await;
        }
        self.tap("[data-testid=create-group-submit]", "").await;
        self.see("[data-testid=room-title]", group).await;
    }

    pub(crate) async fn says(&self, text: &str) {
        self.types("[data-testid=composer]", text).await;
        self.tap("[data-testid=send]", "").await;
        self.see("[data-testid=message-row]", text).await;
    }
}
