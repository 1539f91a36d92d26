//! What a test makes happen in the world of its page.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use conclave_engine::api::{Draft, GroupHealth, TextFormat};
use conclave_engine::{Engine, StoreAccess, StoreTrouble};
use conclave_protocol::wire::{self, ClientFrame, ServerFrame, client_frame, server_frame};
use prost::Message as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::calls::{self, Refused};
use super::hosted::{Call, Hosted};
use crate::network::{Fate, Network, Way};

/// An order to the world.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Order {
    /// Somebody (`me`: whose page it is) calls a command of their engine.
    As { who: String, call: Call },
    /// The id of a group of the page's.
    Group { name: String },
    /// Somebody says these in a group of the page's, one after the other.
    Say { who: String, group: String, texts: Vec<String> },
    /// How often the page has called each command.
    Called,
    /// What the page has asked of the desktop: command and arguments of each call.
    Asked,
    /// The service is away, or there again.
    Service { there: bool },
    /// The service does not answer whoever wants a connection, or does again.
    Silent { silent: bool },
    /// Commits of this user stay on their way.
    HoldCommits,
    /// What was held goes on, and nothing is refused or held any more.
    Behave,
    /// A group looks so to the page from now on: for what lasts too short a time to be looked at.
    Looks { group: String, health: GroupHealth },
    /// The service refuses what is sent.
    Refuse,
    /// The keychain is open, or locked.
    Keychain { open: bool },
    /// The disk is full, or has room again.
    Disk { full: bool },
    /// These profiles of this computer run a service.
    Nearby { names: Vec<String> },
    /// This computer's clock jumps ahead, or back.
    Clock { ahead_ms: i64 },
    /// A notification is clicked.
    Click { group: String },
    /// The page is told of an event, as where the engine had something to say.
    Tell { event: Value },
}

impl Hosted {
    pub(super) async fn carry_out(&self, order: Order) -> Result<Value, Refused> {
        match order {
            Order::As { who, call } => return self.act(&who, &call).await,
            Order::Group { name } => return Ok(json!(self.group(&name).await?)),
            Order::Say { who, group, texts } => self.say(&who, &group, texts).await?,
            Order::Called => return Ok(json!(*self.called.borrow())),
            Order::Asked => return Ok(self.desktop.borrow().asked()),
            Order::Service { there: true } => {
                self.me.network().mend();
                self.me.engine.reconnect().await?;
            }
            Order::Service { there: false } => self.me.network().cut(),
            Order::Silent { silent } => self.me.network().is_silent(silent),
            Order::HoldCommits => self.me.network().upstream(|frame| match frame.body {
                Some(client_frame::Body::SubmitCommit(_)) => Way::Hold,
                _ => Way::Pass,
            }),
            Order::Behave => self.me.network().behave(),
            Order::Looks { group, health } => {
                self.tell("engine", &json!({ "kind": "group", "group": group }));
                self.looks.borrow_mut().insert(group, health);
            }
            Order::Refuse => refuse(self.me.network()),
            Order::Keychain { open } => self.me.vault().set_available(open),
            Order::Disk { full } => {
                self.me.disk().fails(StoreAccess::Write, full.then_some(StoreTrouble::DiskFull));
            }
            Order::Nearby { names } => self.me.directory().has_nearby(names),
            Order::Clock { ahead_ms } if ahead_ms < 0 => self.me.clock().jump_back(ahead_ms.unsigned_abs()),
            Order::Clock { ahead_ms } => self.me.clock().jump(ahead_ms.unsigned_abs()),
            Order::Click { group } => self.tell("navigate", &json!({ "group": group })),
            Order::Tell { event } => self.tell("engine", &event),
        }
        Ok(Value::Null)
    }

    async fn act(&self, who: &str, call: &Call) -> Result<Value, Refused> {
        let engine = self.engine(who).await?;
        let answer = calls::call(&engine, &call.command, &call.arguments).await;
        answer.unwrap_or_else(|| Err(Refused(json!(format!("no command {}", call.command)))))
    }
}

impl Hosted {
    async fn engine(&self, who: &str) -> Result<Engine, Refused> {
        match who {
            "me" => Ok(self.me.engine.clone()),
            other => Ok(self.person(other).await?.engine.clone()),
        }
    }

    async fn group(&self, name: &str) -> Result<String, Refused> {
        let groups = self.me.engine.groups().await?;
        let found = groups.into_iter().find(|group| group.name == name).map(|group| group.id);
        found.ok_or_else(|| Refused(json!(format!("no group is called {name}"))))
    }

    async fn say(&self, who: &str, group: &str, texts: Vec<String>) -> Result<(), Refused> {
        let (engine, group) = (self.engine(who).await?, self.group(group).await?);
        for text in texts {
            let draft = Draft { text, format: TextFormat::Markdown, reply_to: None };
            engine.send(&group, draft).await?;
        }
        Ok(())
    }
}

/// Lets the service refuse entries from now on: each becomes a ping on its way, whose answer says so.
fn refuse(network: &Network) {
    let asked = Arc::new(Mutex::new(HashSet::new()));
    let answered = Arc::clone(&asked);
    network.upstream(move |frame| {
        let Some(client_frame::Body::SubmitEntry(_)) = &frame.body else { return Way::Pass };
        asked.lock().unwrap_or_else(PoisonError::into_inner).insert(frame.request);
        let body = Some(client_frame::Body::Ping(wire::Ping::default()));
        Way::Instead(Bytes::from(ClientFrame { request: frame.request, body }.encode_to_vec()))
    });
    network.downstream(move |frame| {
        if !answered.lock().unwrap_or_else(PoisonError::into_inner).remove(&frame.request) {
            return Fate::Pass;
        }
        let outcome = Some(wire::submitted::Outcome::Refused("asked for by a test".to_owned()));
        let body = Some(server_frame::Body::Submitted(wire::Submitted { outcome }));
        Fate::Instead(vec![Bytes::from(ServerFrame { request: frame.request, body }.encode_to_vec())])
    });
}
