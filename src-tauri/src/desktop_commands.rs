//! Commands of the page that concern the desktop rather than the engine: a save dialog, the tray, notifications.

use std::{fs, path::PathBuf};

use conclave_engine::{
    Engine,
    api::{Error, LogExport, LogQuery},
};
use serde::Serialize;
use tauri::{AppHandle, Manager, State};
use tauri_plugin_dialog::DialogExt;
use tokio::sync::oneshot;

use crate::{
    closing,
    notification::{Notification, Notifier},
    profile::Profile,
    tray::Tray,
    window,
};

/// What the shell reports about itself.
#[derive(Debug, Serialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShellInfo {
    /// The profile's name; none for the default one.
    profile: Option<String>,
    version: String,
    data_dir: String,
    log_dir: String,
}

/// Asks where to save a group's membership log and writes it there. Returns the path, or none if the person cancelled.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_log(
    app: AppHandle,
    engine: State<'_, Engine>,
    group: String,
    query: LogQuery,
    format: LogExport,
    file_name: String,
) -> Result<Option<String>, Error> {
    let text = engine.export_log(group, query, format).await?;
    let extension = match format {
        LogExport::Json => "json",
        LogExport::Csv => "csv",
    };
    let Some(path) = ask_where(&app, &file_name, extension).await else { return Ok(None) };
    let shown = path.display().to_string();
    let written = tauri::async_runtime::spawn_blocking(move || fs::write(path, text)).await;
    match written {
        Ok(Ok(())) => Ok(Some(shown)),
        Ok(Err(error)) => {
            tracing::warn!(kind = ?error.kind(), "a log could not be saved");
            Err(Error::DiskUnavailable)
        }
        Err(_) => Err(Error::Closing),
    }
}

/// A file name that is valid on any system: without path separators, leading dots or reserved names; at most 100
/// characters.
fn plain_name(wanted: &str) -> String {
    let plain = |c: char| match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
        c if c.is_control() => '-',
        c => c,
    };
    let name: String = wanted.chars().map(plain).take(100).collect();
    let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if name.is_empty() { "log".to_owned() } else { name.to_owned() }
}

async fn ask_where(app: &AppHandle, file_name: &str, extension: &str) -> Option<PathBuf> {
    let (answer, answered) = oneshot::channel();
    let mut dialog = app
        .dialog()
        .file()
        .add_filter(extension.to_uppercase(), &[extension])
        .set_file_name(format!("{}.{extension}", plain_name(file_name)));
    if let Some(window) = app.get_webview_window(window::LABEL) {
        dialog = dialog.set_parent(&window);
    }
    // The window may be gone before the answer: then nobody needs it.
    dialog.save_file(move |path| drop(answer.send(path)));
    answered.await.ok().flatten()?.into_path().ok()
}

/// Shows the number of unread messages and unseen membership changes; `label` is that in words.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_badge(app: AppHandle, unread: u32, unseen: u32, label: String) -> Result<(), Error> {
    if unread == 0 && unseen == 0 {
        app.state::<Notifier>().clear().await;
    }
    if let Some(window) = app.get_webview_window(window::LABEL) {
        // Few desktops can show it; the tray is what people can rely on.
        let _ = window.set_badge_count((unread > 0).then_some(i64::from(unread)));
    }
    app.try_state::<Tray>().map_or(Ok(()), |tray| tray.set_unread(unread, &label)).map_err(desktop_fault)
}

/// Sets the labels of the tray's two actions.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_tray_words(app: AppHandle, open: String, quit: String) -> Result<(), Error> {
    app.try_state::<Tray>().map_or(Ok(()), |tray| tray.set_words(&open, &quit)).map_err(desktop_fault)
}

/// Shows a notification about a group. A click on it emits the event `navigate`.
#[tauri::command]
#[specta::specta]
pub(crate) async fn notify(
    notifier: State<'_, Notifier>,
    title: String,
    body: String,
    group: String,
    sound: bool,
) -> Result<(), Error> {
    notifier.show(Notification::new(&title, &body, group, sound)).await.map_err(desktop_fault)
}

/// Whether the desktop plays sounds for notifications.
#[tauri::command]
#[specta::specta]
pub(crate) async fn notification_sounds(notifier: State<'_, Notifier>) -> Result<bool, Error> {
    Ok(notifier.sounds().await)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn shell_info(app: AppHandle, profile: State<'_, Profile>) -> Result<ShellInfo, Error> {
    Ok(ShellInfo {
        profile: profile.shown_name().map(str::to_owned),
        version: app.package_info().version.to_string(),
        data_dir: profile.data_dir().display().to_string(),
        log_dir: profile.log_dir().display().to_string(),
    })
}

/// Quits the program, window and tray.
#[tauri::command]
#[specta::specta]
pub(crate) async fn quit(app: AppHandle) -> Result<(), Error> {
    closing::quit(&app);
    Ok(())
}

fn desktop_fault(error: impl std::fmt::Display) -> Error {
    tracing::warn!(%error, "the desktop refused");
    Error::Internal { id: "desktop".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::plain_name;

    #[test]
    fn a_groups_name_leads_to_no_other_folder() {
        assert_eq!(plain_name("Ops & friends, 2026-11-26"), "Ops & friends, 2026-11-26");
        assert_eq!(plain_name("../../.bashrc"), "-..-.bashrc");
        assert_eq!(plain_name("a\\b:c\u{7}"), "a-b-c-");
        assert_eq!(plain_name(" .. "), "log");
    }
}
