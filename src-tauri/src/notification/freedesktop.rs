//! Notifications through the desktop's service (freedesktop.org Desktop Notifications Specification 1.2). Uses it
//! directly: the usual plugins report success even if there is no service, and do not report clicks.

use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
    time::Duration,
};

use futures::StreamExt;
use tauri::AppHandle;
use tokio::sync::OnceCell;
use zbus::zvariant::Value;

use super::{NotShown, Notification, follow};

/// Groups with a notification on screen; beyond it the oldest is forgotten, and a click on that one only raises the
/// window.
const SHOWN_MAX: usize = 64;
const ANSWER_MS_MAX: Duration = Duration::from_millis(2_000);
/// The one action: a click on the notification itself.
const DEFAULT_ACTION: &str = "default";

#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications",
    gen_blocking = false
)]
trait Notifications {
    #[expect(clippy::too_many_arguments, reason = "the specification's")]
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Value<'_>>,
        expire_timeout: i32,
    ) -> zbus::Result<u32>;

    fn close_notification(&self, id: u32) -> zbus::Result<()>;

    fn get_capabilities(&self) -> zbus::Result<Vec<String>>;

    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action: String) -> zbus::Result<()>;
}

/// Shows notifications and follows their clicks; kept as app state.
#[derive(Debug)]
pub(crate) struct Notifier {
    app: AppHandle,
    desktop: OnceCell<Desktop>,
    shown: Mutex<Shown>,
}

/// The desktop's service, looked up once.
#[derive(Debug)]
struct Desktop {
    service: NotificationsProxy<'static>,
    /// It parses `<`, `>` and `&` in a body as markup.
    markup: bool,
    /// It plays sounds.
    sounds: bool,
}

impl Notifier {
    pub(crate) fn new(app: AppHandle) -> Self {
        Self { app, desktop: OnceCell::new(), shown: Mutex::default() }
    }

    /// Shows it, replacing an earlier one of the same group.
    ///
    /// # Errors
    /// [`NotShown`] if the desktop has no such service or it does not answer.
    pub(crate) async fn show(&self, notification: Notification) -> Result<(), NotShown> {
        let told = tokio::time::timeout(ANSWER_MS_MAX, self.tell(&notification)).await;
        let id = told
            .map_err(|_| NotShown("no answer".to_owned()))?
            .map_err(|error| NotShown(error.to_string()))?;
        self.shown().put(notification.group, id);
        Ok(())
    }

    /// Whether the desktop plays sounds for notifications; false if it has no such service.
    pub(crate) async fn sounds(&self) -> bool {
        let desktop =
            tokio::time::timeout(ANSWER_MS_MAX, self.desktop.get_or_try_init(|| self.connect())).await;
        matches!(desktop, Ok(Ok(desktop)) if desktop.sounds)
    }

    /// Closes what is still on screen: it has been read.
    pub(crate) async fn clear(&self) {
        let Some(desktop) = self.desktop.get() else { return };
        let ids = self.shown().take_all();
        for id in ids {
            // It may already be closed.
            let _ = tokio::time::timeout(ANSWER_MS_MAX, desktop.service.close_notification(id)).await;
        }
    }

    async fn tell(&self, notification: &Notification) -> zbus::Result<u32> {
        let desktop = self.desktop.get_or_try_init(|| self.connect()).await?;
        let before = self.shown().id_of(&notification.group).unwrap_or(0);
        let body =
            if desktop.markup { without_markup(&notification.body) } else { notification.body.clone() };
        let hints = hints(notification.sound);
        let actions = [DEFAULT_ACTION, ""];
        let title = &notification.title;
        desktop.service.notify("Conclave", before, "conclave", title, &body, &actions, hints, -1).await
    }

    async fn connect(&self) -> zbus::Result<Desktop> {
        let bus = zbus::Connection::session().await?;
        let service = NotificationsProxy::new(&bus).await?;
        let can = service.get_capabilities().await?;
        let can = |wanted: &str| can.iter().any(|capability| capability == wanted);
        let (markup, sounds) = (can("body-markup"), can("sound"));
        let mut clicks = service.receive_action_invoked().await?;
        let app = self.app.clone();
        // Ends with the connection, that is with the program.
        tauri::async_runtime::spawn(async move {
            while let Some(click) = clicks.next().await {
                if let Ok(click) = click.args() {
                    on_click(&app, click.id);
                }
            }
        });
        Ok(Desktop { service, markup, sounds })
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Hints besides the text; they may also suppress the desktop's own sound.
fn hints(sound: bool) -> HashMap<&'static str, Value<'static>> {
    let heard = if sound {
        ("sound-name", Value::from("message-new-instant"))
    } else {
        ("suppress-sound", Value::from(true))
    };
    HashMap::from([
        ("desktop-entry", Value::from("Conclave")),
        ("category", Value::from("im.received")),
        heard,
    ])
}

/// Signals go to every program on the bus: an unknown id belongs to another program.
fn on_click(app: &AppHandle, id: u32) {
    use tauri::Manager;

    let group = app.state::<Notifier>().shown().take_group(id);
    if let Some(group) = group {
        follow(app, group);
    }
}

/// The ids of the groups' notifications, oldest first.
#[derive(Debug, Default)]
struct Shown(VecDeque<(String, u32)>);

impl Shown {
    fn id_of(&self, group: &str) -> Option<u32> {
        self.0.iter().find(|(of, _)| of == group).map(|(_, id)| *id)
    }

    fn put(&mut self, group: String, id: u32) {
        self.0.retain(|(of, _)| *of != group);
        if self.0.len() == SHOWN_MAX {
            self.0.pop_front();
        }
        self.0.push_back((group, id));
    }

    fn take_group(&mut self, id: u32) -> Option<String> {
        let at = self.0.iter().position(|(_, of)| *of == id)?;
        self.0.remove(at).map(|(group, _)| group)
    }

    fn take_all(&mut self) -> Vec<u32> {
        self.0.drain(..).map(|(_, id)| id).collect()
    }
}

fn without_markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_one_takes_the_place_of_its_group() {
        let mut shown = Shown::default();
        shown.put("a".to_owned(), 1);
        shown.put("b".to_owned(), 2);
        shown.put("a".to_owned(), 3);
        assert_eq!(shown.id_of("a"), Some(3));
        assert_eq!(shown.take_group(1), None);
        assert_eq!(shown.take_group(3), Some("a".to_owned()));
        assert_eq!(shown.take_all(), [2]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut shown = Shown::default();
        for id in 0..1_000 {
            shown.put(format!("group {id}"), id);
        }
        assert_eq!(shown.0.len(), SHOWN_MAX);
        assert_eq!(shown.id_of("group 999"), Some(999));
    }

    #[test]
    fn a_notification_is_heard_or_explicitly_not() {
        let has = |sound: bool, name: &str| hints(sound).contains_key(name);
        assert!(has(true, "sound-name") && !has(true, "suppress-sound"));
        assert!(has(false, "suppress-sound") && !has(false, "sound-name"));
    }

    #[test]
    fn a_message_cannot_become_markup() {
        assert_eq!(without_markup("<b>&amp;</b>"), "&lt;b&gt;&amp;amp;&lt;/b&gt;");
    }
}
