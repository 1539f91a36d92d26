//! The only window: it shows the page inside the program and nothing else. Only under `cargo xtask dev` the page comes
//! from Vite's server.

use conclave_engine::Engine;
use tauri::{
    App, AppHandle, Manager, Url, WebviewUrl, WebviewWindowBuilder, Window, WindowEvent,
    webview::NewWindowResponse,
};
use tauri_plugin_window_state::{AppHandleExt, StateFlags};

#[cfg(target_os = "linux")]
use crate::web_view;
use crate::{closing, profile::Profile, tray};

pub(crate) const LABEL: &str = "main";
/// In logical pixels, as in the page's layout.
const SIZE: (f64, f64) = (1280.0, 800.0);
const SIZE_MIN: (f64, f64) = (720.0, 480.0);

/// The window state to restore; not its visibility, or a start would show nothing.
pub(crate) fn remembered() -> StateFlags {
    StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED | StateFlags::FULLSCREEN
}

/// Opens the window.
///
/// # Errors
/// If the system refuses.
pub(crate) fn open(app: &App, profile: &Profile) -> tauri::Result<()> {
    let server = if tauri::is_dev() { app.config().build.dev_url.clone() } else { None };
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title(profile.title())
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(SIZE_MIN.0, SIZE_MIN.1)
        .data_directory(profile.page_dir())
        // For *Paste* in a text field's menu. The page runs no scripts but its own.
        .enable_clipboard_access()
        .devtools(cfg!(debug_assertions))
        .on_navigation(move |url| is_own_page(url, server.as_ref()))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()?;
    #[cfg(target_os = "linux")]
    web_view::spare_memory(&window)?;
    #[cfg(not(target_os = "linux"))]
    drop(window);
    Ok(())
}

/// Whether the window may navigate there: only to the page inside the program (on Windows it has an `http` address),
/// and to the development server, if there is one.
fn is_own_page(url: &Url, server: Option<&Url>) -> bool {
    if server.is_some_and(|server| server.origin() == url.origin()) {
        return true;
    }
    match (url.scheme(), url.host_str()) {
        ("tauri", Some("localhost")) => true,
        ("http" | "https", Some("tauri.localhost")) => cfg!(windows),
        _ => false,
    }
}

/// Brings the window to the front. Does nothing if it is closed.
pub(crate) fn raise(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    for step in [window.show(), window.unminimize(), window.set_focus()] {
        if let Err(error) = step {
            tracing::warn!(%error, "the window could not be raised");
        }
    }
}

/// Closing hides the window if a tray can bring it back, and otherwise quits.
pub(crate) fn on_event(window: &Window, event: &WindowEvent) {
    let app = window.app_handle();
    match event {
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            remember(app);
            let (app, window) = (app.clone(), window.clone());
            tauri::async_runtime::spawn(async move {
                if !stays(&app).await || window.hide().is_err() {
                    closing::quit(&app);
                }
            });
        }
        // A killed program gets no exit event: save the window state before that.
        WindowEvent::Focused(false) => remember(app),
        _ => {}
    }
}

/// Whether the program keeps running without its window: if a tray can bring it back, and the person has not chosen
/// otherwise.
async fn stays(app: &AppHandle) -> bool {
    let engine = app.state::<Engine>().inner().clone();
    // Without an account there is no choice yet.
    let chosen = engine.settings().await.unwrap_or_default().close_to_tray;
    chosen && tray::is_shown(app).await
}

fn remember(app: &AppHandle) {
    if let Err(error) = app.save_window_state(remembered()) {
        tracing::warn!(%error, "the window's position was not saved");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_page_inside_the_program_is_shown() {
        let own = |url: &str| is_own_page(&url.parse().expect("an address"), None);
        assert!(own("tauri://localhost/index.html"));
        for foreign in [
            "https://example.org/",
            "http://127.0.0.1:8080/",
            "tauri://example.org/",
            "file:///etc/passwd",
            "data:text/html,x",
            "javascript:alert(1)",
            "about:blank",
            "blob:tauri://localhost/1",
        ] {
            assert!(!own(foreign), "{foreign}");
        }
    }

    #[test]
    fn under_development_the_page_comes_from_one_server() {
        let server: Url = "http://127.0.0.1:5173".parse().expect("an address");
        let own = |url: &str| is_own_page(&url.parse().expect("an address"), Some(&server));
        assert!(own("http://127.0.0.1:5173/index.html"));
        assert!(own("tauri://localhost/index.html"));
        for foreign in ["http://127.0.0.1:5174/", "https://127.0.0.1:5173/", "https://example.org/"] {
            assert!(!own(foreign), "{foreign}");
        }
    }
}
