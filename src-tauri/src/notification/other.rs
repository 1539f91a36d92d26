//! Notifications through Tauri's plugin (macOS, Windows).

use tauri::AppHandle;
use tauri_plugin_notification::NotificationExt;

use super::{NotShown, Notification};

/// Shows notifications; kept as app state.
#[derive(Debug)]
pub(crate) struct Notifier {
    app: AppHandle,
}

impl Notifier {
    pub(crate) fn new(app: AppHandle) -> Self {
        Self { app }
    }

    /// Shows it.
    ///
    /// # Errors
    /// [`NotShown`] if the system refuses.
    pub(crate) async fn show(&self, notification: Notification) -> Result<(), NotShown> {
        let shown =
            self.app.notification().builder().title(notification.title).body(notification.body).show();
        shown.map_err(|error| NotShown(error.to_string()))
    }

    /// Untested on these systems.
    pub(crate) async fn sounds(&self) -> bool {
        false
    }

    /// The system keeps them in its own list, for the person to clear.
    pub(crate) async fn clear(&self) {}
}
