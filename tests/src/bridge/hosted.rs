//! One world and the page before it, on a thread of its own.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use conclave_engine::Received;
use conclave_engine::api::GroupHealth;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::calls::{self, Refused};
use super::desktop::{self, Desktop};
use super::orders::Order;
use super::scene::{Begun, Scene, Scenes};
use crate::{Kept, Person, World};

/// A page that was loaded anew comes back within this time; a world with no page ends after it.
const ALONE_MS_MAX: u64 = 5_000;

/// What happens at the sockets of a world.
#[derive(Debug)]
pub(super) enum Arrival {
    /// A page is there, and hears events.
    Page(mpsc::Sender<String>),
    /// A page said something.
    Said(mpsc::Sender<String>, String),
    /// A page is gone.
    Gone,
}

/// What a page says: a call of the shell, or an order to the world.
#[derive(Debug, Deserialize)]
struct Said {
    id: u64,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum What {
    Call(Call),
    Order(Order),
}

/// A call of a command by name.
#[derive(Debug, Deserialize)]
pub(super) struct Call {
    pub(super) command: String,
    #[serde(default)]
    pub(super) arguments: Value,
}

/// A world, the one whose page it is, and whoever else has done something in it.
pub(super) struct Hosted {
    pub(super) world: World,
    kept: Arc<Kept>,
    pub(super) me: Person,
    /// The same profile, open elsewhere.
    _beside: Option<Person>,
    pub(super) desktop: RefCell<Desktop>,
    others: tokio::sync::Mutex<BTreeMap<String, Rc<Person>>>,
    /// How often each command was called.
    pub(super) called: RefCell<BTreeMap<String, u32>>,
    /// How groups look, whatever they are.
    pub(super) looks: RefCell<BTreeMap<String, GroupHealth>>,
    pages: RefCell<Vec<mpsc::Sender<String>>>,
}

/// Begins a world on a thread of its own.
pub(super) fn begin(scene: Scene, scenes: Arc<Scenes>, arrivals: mpsc::Receiver<Arrival>) {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime without I/O needs nothing");
        tokio::task::LocalSet::new().block_on(&runtime, async move {
            let Begun { world, kept, me, beside } = scenes.begin(scene).await;
            let hosted = Rc::new(Hosted {
                world,
                kept,
                me,
                _beside: beside,
                desktop: RefCell::default(),
                others: tokio::sync::Mutex::default(),
                called: RefCell::default(),
                looks: RefCell::default(),
                pages: RefCell::default(),
            });
            hosted.run(arrivals).await;
        });
    });
}

impl Hosted {
    async fn run(self: Rc<Self>, mut arrivals: mpsc::Receiver<Arrival>) {
        let mut events = self.me.engine.events();
        let mut present = 0_u32;
        let mut alone_since = Instant::now();
        loop {
            let alone = tokio::time::sleep_until(alone_since + Duration::from_millis(ALONE_MS_MAX));
            tokio::select! {
                arrival = arrivals.recv() => match arrival {
                    Some(Arrival::Page(page)) => {
                        present += 1;
                        self.pages.borrow_mut().push(page);
                    }
                    Some(Arrival::Said(page, text)) => {
                        let hosted = Rc::clone(&self);
                        tokio::task::spawn_local(async move { hosted.answer(&page, &text).await });
                    }
                    Some(Arrival::Gone) => {
                        present = present.saturating_sub(1);
                        alone_since = Instant::now();
                    }
                    None => return,
                },
                heard = events.next() => match heard {
                    Some(Received::Event(event)) => self.tell("engine", &json!(event)),
                    // More than the engine keeps: no test does so much at once.
                    Some(Received::Missed) => self.tell("engine", &json!({ "kind": "groups" })),
                    None => return,
                },
                () = alone, if present == 0 => return,
            }
        }
    }

    /// Tells all pages of an event.
    pub(super) fn tell(&self, event: &str, payload: &Value) {
        let text = json!({ "event": event, "payload": payload }).to_string();
        // A page that does not read is gone.
        self.pages.borrow_mut().retain(|page| page.try_send(text.clone()).is_ok());
    }

    async fn answer(&self, page: &mpsc::Sender<String>, text: &str) {
        let answer = match serde_json::from_str::<Said>(text) {
            Ok(Said { id, what }) => {
                let done = match what {
                    What::Call(call) => self.call(&call).await,
                    What::Order(order) => self.carry_out(order).await,
                };
                match done {
                    Ok(value) => json!({ "id": id, "ok": value }),
                    Err(Refused(error)) => json!({ "id": id, "error": error }),
                }
            }
            Err(error) => json!({ "fault": format!("not understood: {error}") }),
        };
        // A page that is gone wants no answer.
        let _ = page.send(answer.to_string()).await;
    }

    async fn call(&self, Call { command, arguments }: &Call) -> Result<Value, Refused> {
        *self.called.borrow_mut().entry(command.clone()).or_default() += 1;
        if let Some(answer) = calls::call(&self.me.engine, command, arguments).await {
            return answer.map(|answer| self.as_it_looks(answer));
        }
        if command == "save_log" {
            return desktop::save_log(&self.me.engine, arguments).await;
        }
        let answer = self.desktop.borrow_mut().call(command, arguments);
        answer.ok_or_else(|| Refused(json!(format!("command {command} not found"))))
    }

    /// A group, or several, with the health that a test gave them.
    fn as_it_looks(&self, mut answer: Value) -> Value {
        let looks = self.looks.borrow();
        let groups = match &mut answer {
            Value::Array(groups) if !looks.is_empty() => groups.as_mut_slice(),
            one => std::slice::from_mut(one),
        };
        for group in groups {
            if let Some(health) = group["id"].as_str().and_then(|id| looks.get(id)) {
                group["health"] = json!(health);
            }
        }
        answer
    }

    /// Somebody else of this world, who comes back with it where nothing was asked of them before.
    pub(super) async fn person(&self, name: &str) -> Result<Rc<Person>, Refused> {
        let mut others = self.others.lock().await;
        if let Some(person) = others.get(name) {
            return Ok(Rc::clone(person));
        }
        let home = self.world.home_of(&self.kept, name);
        let home = home.ok_or_else(|| Refused(json!(format!("nobody is called {name}"))))?;
        let person = Rc::new(Person::new(home).await);
        others.insert(name.to_owned(), Rc::clone(&person));
        Ok(person)
    }
}
