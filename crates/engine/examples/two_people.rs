//! Two people talk: two engines over one service, all in this process. The tests run it as well.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, path::Path, sync::Arc, time::Duration};

use conclave_engine::api::{self, Draft, MessageBody, NewAccount, RowBody, ServiceOffer, TextFormat};
use conclave_engine::{Engine, EngineConfig, Services};
use conclave_protocol::{clock::SystemClock, link::Connector};
use conclave_server::{Service, ServiceConfig};
use conclave_vault::MemoryVault;
use futures::future::{BoxFuture, FutureExt as _, ready};

/// Always connects to this service.
#[derive(Debug)]
struct Here(Service);

impl Services for Here {
    fn offers(&self) -> Vec<ServiceOffer> {
        Vec::new()
    }

    fn connector(&self, _: &api::Service) -> BoxFuture<'static, Result<Arc<dyn Connector>, api::Error>> {
        ready(Ok(Arc::new(self.0.connector()) as Arc<dyn Connector>)).boxed()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let service = Service::open(ServiceConfig::in_memory("example.org", Arc::new(SystemClock)))?;
    let folder = tempfile::tempdir()?;
    let alice = sign_up("alice", folder.path(), &service).await?;
    let bob = sign_up("bob", folder.path(), &service).await?;
    // Bob's engine publishes key packages on its own. Until then nobody can add him.
    let group = until(async || alice.create_group("Harbour".into(), vec!["bob".into()]).await.ok()).await?;
    let text = |text: &str| Draft { text: text.to_owned(), format: TextFormat::Plain, reply_to: None };
    alice.send(&group, text("Hello, Bob!")).await?;
    until(async || newest(&bob, &group).await.filter(|text| text == "Hello, Bob!")).await?;
    bob.send(&group, text("Hello, Alice!")).await?;
    until(async || newest(&alice, &group).await.filter(|text| text == "Hello, Alice!")).await?;
    println!("They talk.");
    alice.close().await;
    bob.close().await;
    Ok(())
}

/// An engine with an account of this name. Its keys are in memory, its store is in a folder of its own.
async fn sign_up(name: &str, folder: &Path, service: &Service) -> Result<Engine, Box<dyn Error>> {
    let services = Arc::new(Here(service.clone()));
    let config = EngineConfig::new(folder.join(name), Arc::new(MemoryVault::new()), services);
    let engine = Engine::open(config).await?;
    engine.create_account(NewAccount::new(name, api::Service::Own)).await?;
    Ok(engine)
}

/// The text of the newest message that is shown.
async fn newest(engine: &Engine, group: &str) -> Option<String> {
    let page = engine.timeline(group.to_owned(), api::TimelineQuery::default()).await.ok()?;
    page.rows.into_iter().rev().find_map(|row| match row.body {
        RowBody::Message(api::MessageRow { body: MessageBody::Text { text, .. }, .. }) => Some(text),
        _ => None,
    })
}

/// Polls until there is something. A window would wait for `Engine::events` instead.
async fn until<T>(look: impl AsyncFn() -> Option<T>) -> Result<T, Box<dyn Error>> {
    for _ in 0..3_000 {
        if let Some(found) = look().await {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err("it did not happen within a minute".into())
}

#[test]
fn two_people_talk() -> Result<(), Box<dyn Error>> {
    main()
}
