//! The tray: shows the window, quits the program, and shows the unread count. Its labels come from the page's
//! catalogue; until then they are English.

use std::panic::{self, AssertUnwindSafe};

use tauri::{
    AppHandle, Manager, Wry,
    menu::{Menu, MenuEvent, MenuItem, PredefinedMenuItem},
    tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent},
};

use crate::{closing, window};

const OPEN: &str = "open";
const QUIT: &str = "quit";
/// Until the page has sent its own; the same, as a test says.
const OPEN_LABEL: &str = "Open Conclave";
const QUIT_LABEL: &str = "Quit";

/// The tray's changing parts; kept as app state if there is a tray.
pub(crate) struct Tray {
    icon: TrayIcon,
    unread: MenuItem<Wry>,
    open: MenuItem<Wry>,
    quit: MenuItem<Wry>,
    title: String,
}

impl std::fmt::Debug for Tray {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tray").finish_non_exhaustive()
    }
}

impl Tray {
    /// Creates the tray. A desktop without one is not an error: there is none then.
    pub(crate) fn start(app: &AppHandle, title: &str) {
        // The indicator library is loaded at run time, and its loader panics if it is not installed.
        match panic::catch_unwind(AssertUnwindSafe(|| Self::build(app, title))) {
            Ok(Ok(tray)) => drop(app.manage(tray)),
            Ok(Err(error)) => tracing::warn!(%error, "no tray"),
            Err(_) => tracing::warn!("no tray: the system has no indicator library"),
        }
    }

    fn build(app: &AppHandle, title: &str) -> tauri::Result<Self> {
        let unread = MenuItem::with_id(app, "unread", title, false, None::<&str>)?;
        let open = MenuItem::with_id(app, OPEN, OPEN_LABEL, true, None::<&str>)?;
        let quit = MenuItem::with_id(app, QUIT, QUIT_LABEL, true, None::<&str>)?;
        let line = PredefinedMenuItem::separator(app)?;
        let menu = Menu::with_items(app, &[&unread, &line, &open, &quit])?;
        let mut builder = TrayIconBuilder::with_id("conclave")
            .menu(&menu)
            .tooltip(title)
            .show_menu_on_left_click(false)
            .on_menu_event(|app, event| on_menu(app, &event))
            .on_tray_icon_event(|icon, event| on_click(icon, &event));
        if let Some(picture) = app.default_window_icon() {
            builder = builder.icon(picture.clone());
        }
        let icon = builder.build(app)?;
        Ok(Self { icon, unread, open, quit, title: title.to_owned() })
    }

    /// Shows the number of unread messages; `label` is that in words.
    pub(crate) fn set_unread(&self, unread: u32, label: &str) -> tauri::Result<()> {
        let line = if label.is_empty() { &self.title } else { label };
        self.unread.set_text(line)?;
        self.icon.set_tooltip(Some(format!("{}: {line}", self.title)))?;
        self.icon.set_title((unread > 0).then(|| unread.to_string()))
    }

    /// Sets the labels of the two actions.
    pub(crate) fn set_words(&self, open: &str, quit: &str) -> tauri::Result<()> {
        self.open.set_text(open)?;
        self.quit.set_text(quit)
    }
}

fn on_menu(app: &AppHandle, event: &MenuEvent) {
    match event.id().as_ref() {
        OPEN => window::raise(app),
        QUIT => closing::quit(app),
        _ => {}
    }
}

fn on_click(icon: &TrayIcon, event: &TrayIconEvent) {
    if matches!(
        event,
        TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. }
    ) {
        window::raise(icon.app_handle());
    }
}

/// Whether a person can see the tray, and so reopen a hidden window.
#[cfg(target_os = "linux")]
pub(crate) async fn is_shown(app: &AppHandle) -> bool {
    app.try_state::<Tray>().is_some() && host::is_registered().await
}

/// Elsewhere the tray is part of the desktop.
#[cfg(not(target_os = "linux"))]
pub(crate) async fn is_shown(app: &AppHandle) -> bool {
    app.try_state::<Tray>().is_some()
}

/// On Linux a tray can be created even if nothing shows it.
#[cfg(target_os = "linux")]
mod host {
    use std::time::Duration;

    const ANSWER_MS_MAX: Duration = Duration::from_millis(500);

    /// The registry of tray icons (freedesktop.org StatusNotifierItem specification).
    #[zbus::proxy(
        interface = "org.kde.StatusNotifierWatcher",
        default_service = "org.kde.StatusNotifierWatcher",
        default_path = "/StatusNotifierWatcher",
        gen_blocking = false
    )]
    trait Watcher {
        #[zbus(property)]
        fn is_status_notifier_host_registered(&self) -> zbus::Result<bool>;
    }

    pub(super) async fn is_registered() -> bool {
        tokio::time::timeout(ANSWER_MS_MAX, ask()).await.is_ok_and(|answer| answer.unwrap_or(false))
    }

    async fn ask() -> zbus::Result<bool> {
        let bus = zbus::Connection::session().await?;
        WatcherProxy::new(&bus).await?.is_status_notifier_host_registered().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_labels_are_those_of_the_catalogue() {
        let catalogue = include_str!("../../ui/src/lib/words/catalogue/window.ts");
        assert!(catalogue.contains(&format!("tray = {{ open: '{OPEN_LABEL}', quit: '{QUIT_LABEL}' }}")));
    }
}
