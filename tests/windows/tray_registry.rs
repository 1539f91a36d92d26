//! The desktop's tray: the registry of freedesktop.org's StatusNotifierItem specification, and the side that reads an
//! item's menu (com.canonical.dbusmenu) and chooses from it.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::watch;
use zbus::{
    Connection, Proxy, connection, interface,
    message::Header,
    zvariant::{OwnedObjectPath, OwnedValue, Structure, Value},
};

use crate::window::{PATIENCE, until};

/// Where an item is: its owner on the bus, and its path there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    owner: String,
    path: String,
}

struct Watcher(Arc<watch::Sender<Vec<Address>>>);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    #[expect(clippy::needless_pass_by_value, reason = "what the bus gives")]
    fn register_status_notifier_item(&self, service: String, #[zbus(header)] header: Header<'_>) {
        let owner = header.sender().map(ToString::to_string).unwrap_or_default();
        let path = if service.starts_with('/') { service } else { "/StatusNotifierItem".to_owned() };
        self.0.send_modify(|items| items.push(Address { owner, path }));
    }

    fn register_status_notifier_host(&self, _service: String) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.0.borrow().iter().map(|item| format!("{}{}", item.owner, item.path)).collect()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

/// A desktop's tray, as the person sees it.
#[derive(Debug)]
pub(crate) struct TrayRegistry {
    bus: Connection,
    items: watch::Receiver<Vec<Address>>,
}

/// One program's item in the tray.
#[derive(Debug)]
pub(crate) struct TrayItem {
    bus: Connection,
    address: Address,
}

impl TrayRegistry {
    pub(crate) async fn start(bus_address: &str) -> Self {
        let (sender, items) = watch::channel(Vec::new());
        let bus = connection::Builder::address(bus_address)
            .and_then(|builder| builder.serve_at("/StatusNotifierWatcher", Watcher(Arc::new(sender))))
            .and_then(|builder| builder.name("org.kde.StatusNotifierWatcher"))
            .expect("names of the specification");
        Self { bus: bus.build().await.expect("the bus answers"), items }
    }

    /// The first item.
    pub(crate) async fn item(&mut self) -> TrayItem {
        let items = tokio::time::timeout(PATIENCE, self.items.wait_for(|items| !items.is_empty())).await;
        let items = items.expect("a program puts itself into the tray").expect("the registry is there");
        TrayItem { bus: self.bus.clone(), address: items[0].clone() }
    }
}

/// A menu as transmitted: id, properties, children.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

impl TrayItem {
    /// The labels of its menu, in order; separators have none.
    pub(crate) async fn labels(&self) -> Vec<String> {
        self.entries().await.into_iter().map(|(_, label)| label).collect()
    }

    /// Waits until the menu has a label.
    pub(crate) async fn wait_for_label(&self, wanted: &str) {
        until(&format!("{wanted:?} in the tray"), async || {
            self.labels().await.iter().any(|label| label == wanted).then_some(())
        })
        .await;
    }

    /// Chooses the entry with this label.
    pub(crate) async fn choose(&self, label: &str) {
        let entries = self.entries().await;
        let id = entries.iter().find(|(_, of)| of == label).map(|(id, _)| *id);
        let id = id.unwrap_or_else(|| panic!("no {label:?} among {entries:?}"));
        let menu = self.menu().await;
        // The program may end before it answers: only the choice matters here.
        let _ = menu.call_noreply("Event", &(id, "clicked", Value::from(0_i32), 0_u32)).await;
    }

    /// The text beside the icon.
    pub(crate) async fn label(&self) -> String {
        let item = self.proxy(&self.address.path, "org.kde.StatusNotifierItem").await;
        item.get_property("XAyatanaLabel").await.expect("the item answers")
    }

    async fn entries(&self) -> Vec<(i32, String)> {
        let menu = self.menu().await;
        let (_, root): (u32, Layout) =
            menu.call("GetLayout", &(0_i32, -1_i32, Vec::<String>::new())).await.expect("the menu answers");
        root.2.into_iter().map(entry).collect()
    }

    async fn menu(&self) -> Proxy<'static> {
        let item = self.proxy(&self.address.path, "org.kde.StatusNotifierItem").await;
        let path: OwnedObjectPath = item.get_property("Menu").await.expect("an item has a menu");
        self.proxy(path.as_str(), "com.canonical.dbusmenu").await
    }

    async fn proxy(&self, path: &str, interface: &'static str) -> Proxy<'static> {
        let (owner, path) = (self.address.owner.clone(), path.to_owned());
        Proxy::new(&self.bus, owner, path, interface).await.expect("an address on the bus")
    }
}

fn entry(value: OwnedValue) -> (i32, String) {
    let parts = Structure::try_from(value).expect("id, properties, children").into_fields();
    let [Value::I32(id), Value::Dict(properties), _] = parts.as_slice() else {
        panic!("not an entry: {parts:?}")
    };
    let label: Option<String> = properties.get(&"label").expect("names are texts");
    (*id, label.unwrap_or_default())
}
