//! The desktop's notification service (Desktop Notifications Specification 1.2), which records its requests.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::watch;
use zbus::{Connection, connection, interface, object_server::SignalEmitter, zvariant::OwnedValue};

use crate::window::PATIENCE;

const PATH: &str = "/org/freedesktop/Notifications";

/// A notification as requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) id: u32,
    pub(crate) title: String,
    pub(crate) body: String,
    /// The one it replaced; 0 for none.
    pub(crate) replaced: u32,
}

/// The service, as the person sees it.
#[derive(Debug)]
pub(crate) struct NotificationService {
    bus: Connection,
    heard: watch::Receiver<Heard>,
}

#[derive(Debug, Default)]
struct Heard {
    shown: Vec<Shown>,
    closed: Vec<u32>,
}

struct Service(Arc<watch::Sender<Heard>>);

#[interface(name = "org.freedesktop.Notifications")]
impl Service {
    #[expect(clippy::too_many_arguments, reason = "the specification's")]
    fn notify(
        &self,
        _app_name: String,
        replaces_id: u32,
        _app_icon: String,
        summary: String,
        body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _expire_timeout: i32,
    ) -> u32 {
        let mut given = 0;
        self.0.send_modify(|heard| {
            let fresh = u32::try_from(heard.shown.len()).expect("few") + 1;
            given = if replaces_id == 0 { fresh } else { replaces_id };
            heard.shown.push(Shown { id: given, title: summary, body, replaced: replaces_id });
        });
        given
    }

    fn close_notification(&self, id: u32) {
        self.0.send_modify(|heard| heard.closed.push(id));
    }

    fn get_capabilities(&self) -> Vec<String> {
        ["body", "body-markup", "actions"].map(str::to_owned).to_vec()
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("test".to_owned(), "conclave".to_owned(), "1".to_owned(), "1.2".to_owned())
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action_key: &str) -> zbus::Result<()>;
}

impl NotificationService {
    pub(crate) async fn start(bus_address: &str) -> Self {
        let (sender, heard) = watch::channel(Heard::default());
        let bus = connection::Builder::address(bus_address)
            .and_then(|builder| builder.serve_at(PATH, Service(Arc::new(sender))))
            .and_then(|builder| builder.name("org.freedesktop.Notifications"))
            .expect("names of the specification");
        Self { bus: bus.build().await.expect("the bus answers"), heard }
    }

    /// The first matching notification, shown already or to come.
    pub(crate) async fn expect(&mut self, what: &str, wanted: impl Fn(&Shown) -> bool) -> Shown {
        let found = |heard: &Heard| heard.shown.iter().find(|shown| wanted(shown)).cloned();
        // Whether it came or the wait ended: the record shows.
        let _ = tokio::time::timeout(PATIENCE, self.heard.wait_for(|heard| found(heard).is_some())).await;
        let heard = self.heard.borrow();
        found(&heard).unwrap_or_else(|| panic!("no notification: {what}; there were {:?}", heard.shown))
    }

    pub(crate) async fn expect_closed(&mut self, id: u32) {
        let heard =
            tokio::time::timeout(PATIENCE, self.heard.wait_for(|heard| heard.closed.contains(&id))).await;
        drop(heard.expect("it is taken down").expect("the service is there"));
    }

    /// The person clicks on it.
    pub(crate) async fn click(&self, id: u32) {
        let service = self.bus.object_server().interface::<_, Service>(PATH).await.expect("it is served");
        Service::action_invoked(service.signal_emitter(), id, "default").await.expect("the bus answers");
    }
}
