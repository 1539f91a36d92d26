//! Three further members, in the test's own process: the membership changes concern them.

use std::path::Path;
use std::sync::Arc;

use conclave_delivery::WebSocketConnector;
use conclave_engine::api::{Error, NewAccount, Service, ServiceOffer};
use conclave_engine::{Engine, EngineConfig, Services};
use conclave_protocol::link::Connector;
use conclave_vault::MemoryVault;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use crate::member::Member;

const NAMES: [&str; 3] = ["dan", "eve", "fay"];

#[derive(Debug)]
struct OneServer(String);

impl Services for OneServer {
    fn offers(&self) -> Vec<ServiceOffer> {
        Vec::new()
    }

    fn connector(&self, _: &Service) -> BoxFuture<'static, Result<Arc<dyn Connector>, Error>> {
        let connector = WebSocketConnector::new(&self.0).map_err(|_| Error::BadServiceUrl);
        async move { Ok(Arc::new(connector?) as Arc<dyn Connector>) }.boxed()
    }
}

pub(crate) struct Guests {
    _engines: Vec<Engine>,
}

impl Guests {
    pub(crate) async fn new(folder: &Path, url: &str) -> Self {
        let mut engines = Vec::new();
        for name in NAMES {
            let services = Arc::new(OneServer(url.to_owned()));
            let config = EngineConfig::new(folder.join(name), Arc::new(MemoryVault::new()), services);
            let engine = Engine::open(config).await.unwrap();
            let service = Service::Server { url: url.to_owned() };
            engine.create_account(NewAccount::new(name, service)).await.unwrap();
            engines.push(engine);
        }
        Self { _engines: engines }
    }

    /// The change with this number: the three are added, then removed, in turn. Returns once it is in the roster.
    pub(crate) fn change(&self, number: usize, group: &str, owner: &mut Member) {
        let name = NAMES[number % NAMES.len()];
        let adds = (number / NAMES.len()).is_multiple_of(2);
        let user = format!("mimi://example.org/u/{name}");
        let request = if adds {
            json!({ "do": "add", "group": group, "people": [name] })
        } else {
            json!({ "do": "remove", "group": group, "user": user })
        };
        owner.ask_until(&request);
        let is_in = |roster: &Value| {
            roster["people"]
                .as_array()
                .is_some_and(|people| people.iter().any(|p| p["person"]["user"] == user))
        };
        owner.wait_for(&json!({ "do": "roster", "group": group }), |roster| is_in(roster) == adds);
    }
}
