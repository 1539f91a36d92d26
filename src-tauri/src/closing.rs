//! Shutdown: once, in order, and within a time limit, whoever requests it.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use conclave_engine::Engine;
use tauri::{AppHandle, Manager};

use crate::window;

/// Longest wait for the engine; it can be killed safely at any point.
const SHUTDOWN_MS_MAX: Duration = Duration::from_millis(5_000);

/// Whether shutdown has started; kept as app state.
#[derive(Debug, Default)]
pub(crate) struct Closing(AtomicBool);

/// Ends the program: hides the window at once, then lets the engine finish its writes.
pub(crate) fn quit(app: &AppHandle) {
    if app.state::<Closing>().0.swap(true, Ordering::SeqCst) {
        return;
    }
    if let Some(window) = app.get_webview_window(window::LABEL) {
        // It is about to close: a failure to hide it does not matter.
        let _ = window.hide();
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let engine = app.state::<Engine>().inner().clone();
        if tokio::time::timeout(SHUTDOWN_MS_MAX, engine.close()).await.is_err() {
            tracing::warn!("the engine did not finish in time");
        }
        app.exit(0);
    });
}

/// Ends the program like `quit` on a termination signal.
pub(crate) async fn on_signal(app: AppHandle) {
    match asked_to_end().await {
        Ok(()) => quit(&app),
        Err(error) => tracing::warn!(%error, "can't listen for signals"),
    }
}

#[cfg(unix)]
async fn asked_to_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn asked_to_end() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
