//! The engine without a window, told what to do by lines of JSON: for tests with real processes, and for looking at an
//! engine from a shell.
//!
//! A line is a [`Command`]; the answer is a line `{"ok": …}` or `{"error": "…"}`. A command is answered once what it
//! did is durable. Keys are in a passphrase file beside the store (`CONCLAVE_PASSPHRASE`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use conclave_delivery::WebSocketConnector;
use conclave_engine::api::{
    Draft, Error, LogQuery, MembershipKind, MessageBody, NewAccount, RowBody, Service, ServiceOffer,
    TextFormat, TimelineQuery,
};
use conclave_engine::{Engine, EngineConfig, Services};
use conclave_protocol::link::Connector;
use conclave_vault::{Cost, PassphraseVault, Secret, VaultError};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase")]
enum Command {
    Account {
        handle: String,
        server: String,
    },
    Create {
        name: String,
        people: Vec<String>,
    },
    Groups,
    Add {
        group: String,
        people: Vec<String>,
    },
    Remove {
        group: String,
        user: String,
    },
    Rename {
        group: String,
        name: String,
    },
    Send {
        group: String,
        text: String,
    },
    /// Sender and SHA-256 of each text, oldest first.
    Texts {
        group: String,
    },
    Roster {
        group: String,
    },
    /// Each row's epoch, hash and kind, oldest first.
    Log {
        group: String,
    },
    Head {
        group: String,
    },
}

/// All services are servers.
#[derive(Debug)]
struct Servers;

impl Services for Servers {
    fn offers(&self) -> Vec<ServiceOffer> {
        Vec::new()
    }

    fn connector(&self, service: &Service) -> BoxFuture<'static, Result<Arc<dyn Connector>, Error>> {
        let connector = match service {
            Service::Server { url } => WebSocketConnector::new(url).map_err(|_| Error::BadServiceUrl),
            Service::Own | Service::Local { .. } => Err(Error::BadServiceUrl),
        };
        async move { Ok(Arc::new(connector?) as Arc<dyn Connector>) }.boxed()
    }
}

fn vault(folder: &Path) -> Result<PassphraseVault, VaultError> {
    let passphrase = std::env::var("CONCLAVE_PASSPHRASE").unwrap_or_default();
    let secret = Secret::new(passphrase.into_bytes());
    let file = folder.join("vault");
    if file.exists() {
        PassphraseVault::open(&file, &secret)
    } else {
        // The passphrase is a test's own: what stretching costs is measured elsewhere.
        PassphraseVault::create_with(&file, &secret, Cost::MINIMAL)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter("warn").init();
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("usage: conclave-headless FOLDER")?;
    std::fs::create_dir_all(&folder)?;
    let config = EngineConfig::new(folder.clone(), Arc::new(vault(&folder)?), Arc::new(Servers));
    let engine = Engine::open(config).await?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut out = tokio::io::stdout();
    while let Some(line) = lines.next_line().await? {
        let answer = match serde_json::from_str(&line) {
            Ok(command) => match carry_out(&engine, command).await {
                Ok(value) => json!({ "ok": value }),
                Err(error) => json!({ "error": error.to_string() }),
            },
            Err(error) => json!({ "error": format!("not a command: {error}") }),
        };
        out.write_all(format!("{answer}\n").as_bytes()).await?;
        out.flush().await?;
    }
    engine.close().await;
    Ok(())
}

async fn carry_out(engine: &Engine, command: Command) -> Result<Value, Error> {
    Ok(match command {
        Command::Account { handle, server } => {
            let service = Service::Server { url: server };
            json!(engine.create_account(NewAccount::new(&handle, service)).await?)
        }
        Command::Create { name, people } => json!(engine.create_group(name, people).await?),
        Command::Groups => json!(engine.groups().await?),
        Command::Add { group, people } => json!(engine.add_people(group, people).await?),
        Command::Remove { group, user } => json!(engine.remove_person(group, user).await?),
        Command::Rename { group, name } => json!(engine.rename_group(group, name).await?),
        Command::Send { group, text } => {
            let draft = Draft { text, format: TextFormat::Plain, reply_to: None };
            json!(engine.send(&group, draft).await?)
        }
        Command::Texts { group } => json!(texts(engine, group).await?),
        Command::Roster { group } => json!(engine.roster(group, 0).await?),
        Command::Log { group } => json!(log(engine, group).await?),
        Command::Head { group } => json!(engine.group(group).await?),
    })
}

async fn texts(engine: &Engine, group: String) -> Result<Vec<(String, String)>, Error> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let query = TimelineQuery { before, from: None, limit: 200 };
        let page = engine.timeline(group.clone(), query).await?;
        before = page.rows.first().map(|row| row.position);
        let rows = page.rows.into_iter().rev().filter_map(|row| match row.body {
            RowBody::Message(message) => Some(message),
            _ => None,
        });
        all.extend(rows.filter_map(|message| match message.body {
            MessageBody::Text { text, .. } => {
                Some((message.sender.handle, hex::encode(Sha256::digest(text))))
            }
            MessageBody::Deleted | MessageBody::Unknown { .. } => None,
        }));
        if !page.more_before {
            all.reverse();
            return Ok(all);
        }
    }
}

async fn log(engine: &Engine, group: String) -> Result<Vec<(u64, String, MembershipKind)>, Error> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let query = LogQuery { before, limit: 200, ..LogQuery::default() };
        let page = engine.membership_log(group.clone(), query).await?;
        before = page.rows.last().map(|row| row.index);
        all.extend(page.rows.into_iter().map(|row| (row.change.epoch, row.row_hash, row.change.kind)));
        if !page.more {
            all.reverse();
            return Ok(all);
        }
    }
}
