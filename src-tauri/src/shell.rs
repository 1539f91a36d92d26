//! Assembles the parts in order of dependency, and runs them.

use std::{error::Error as StdError, io, path::PathBuf, sync::Arc};

use conclave_engine::{Engine, EngineConfig};
use conclave_vault::{DeferredVault, KeychainVault, Namespace, Vault};
use tauri::{App, AppHandle, Manager, RunEvent};

use crate::{
    arguments::Arguments, closing, display, events, ipc, log_file, notification::Notifier, profile::Profile,
    services::AppServices, tray::Tray, window,
};

/// Why the program did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Profile(#[from] crate::profile::ProfileError),
    #[error(transparent)]
    Display(#[from] display::NoDisplay),
    #[error("the log file can't be written: {0}")]
    Log(#[source] io::Error),
    #[error("the window can't be opened: {0}")]
    Window(#[from] tauri::Error),
}

impl StartError {
    /// Exit codes as in BSD's sysexits.h.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Display(_) => 69,                // EX_UNAVAILABLE
            Self::Profile(_) | Self::Log(_) => 73, // EX_CANTCREAT
            Self::Window(_) => 70,                 // EX_SOFTWARE
        }
    }
}

/// Runs the program until it ends.
///
/// # Errors
/// [`StartError`]; nothing is left open in that case.
pub(crate) fn run(arguments: Arguments) -> Result<(), StartError> {
    let profile = Profile::open(arguments.profile, arguments.data_dir)?;
    display::open()?;
    log_file::start(&profile.log_dir()).map_err(StartError::Log)?;
    let mut context = tauri::generate_context!();
    // Identifies the instance on Windows and macOS; on Linux the bus name derived from it does.
    context.config_mut().identifier = profile.identifier();
    let app = with_notifications(tauri::Builder::default().plugin(single_instance(&profile)))
        .plugin(window_state(&profile))
        .plugin(start_at_login(&profile))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_opener::init())
        .invoke_handler(ipc::builder().invoke_handler())
        .on_window_event(window::on_event)
        .setup(move |app| start(app, profile))
        .build(context)?;
    app.run(on_event);
    Ok(())
}

/// On Linux the desktop service is used directly.
#[cfg(target_os = "linux")]
fn with_notifications(builder: tauri::Builder<tauri::Wry>) -> tauri::Builder<tauri::Wry> {
    builder
}

#[cfg(not(target_os = "linux"))]
fn with_notifications(builder: tauri::Builder<tauri::Wry>) -> tauri::Builder<tauri::Wry> {
    builder.plugin(tauri_plugin_notification::init())
}

/// First of the plugins: a second start of the profile ends here, before it opens anything.
fn single_instance(profile: &Profile) -> tauri::plugin::TauriPlugin<tauri::Wry> {
    tauri_plugin_single_instance::Builder::new()
        .dbus_id(profile.identifier())
        // A second start's arguments come from any program of this user, and are ignored.
        .callback(|app, _arguments, _folder| window::raise(app))
        .build()
}

/// Each profile has its own login entry.
fn start_at_login(profile: &Profile) -> tauri::plugin::TauriPlugin<tauri::Wry> {
    tauri_plugin_autostart::Builder::new().app_name(profile.login_name()).args(profile.arguments()).build()
}

fn window_state(profile: &Profile) -> tauri::plugin::TauriPlugin<tauri::Wry> {
    tauri_plugin_window_state::Builder::new()
        .with_state_flags(window::remembered())
        .with_filename(profile.window_state_file().to_string_lossy())
        .build()
}

fn start(app: &App, profile: Profile) -> Result<(), Box<dyn StdError>> {
    let handle = app.handle().clone();
    // It opens with the page's first request, so that the window appears before the keychain answers.
    let engine = Engine::start_closed(engine_config(&profile)?)?;
    app.manage(engine.clone());
    app.manage(closing::Closing::default());
    app.manage(Notifier::new(handle.clone()));
    Tray::start(&handle, &profile.title());
    tauri::async_runtime::spawn(events::forward(handle.clone(), engine));
    tauri::async_runtime::spawn(closing::on_signal(handle));
    window::open(app, &profile)?;
    app.manage(profile);
    Ok(())
}

fn on_event(app: &AppHandle, event: RunEvent) {
    // No code: the system requests it (session end, last window closed).
    if let RunEvent::ExitRequested { code: None, api, .. } = event {
        api.prevent_exit();
        closing::quit(app);
    }
}

fn engine_config(profile: &Profile) -> Result<EngineConfig, Box<dyn StdError>> {
    let namespace = Namespace::current(&profile.keychain_namespace())?;
    let data_dir = profile.data_dir().to_owned();
    let store = data_dir.join(conclave_engine::STORE_FILE);
    // A profile with a store has secrets to lose: a keychain that never saw it is not its own.
    let vault = DeferredVault::new(move || {
        let namespace = namespace.clone();
        let open = if store.exists() { KeychainVault::open_existing } else { KeychainVault::open };
        open(namespace).map(|vault| Arc::new(vault) as Arc<dyn Vault>)
    });
    let services = AppServices::new(data_dir.join("service"), runtime_dir(), profile.name().to_owned());
    Ok(EngineConfig::new(data_dir, Arc::new(vault), Arc::new(services)))
}

/// Where this user's running programs find each other; the user's data folder on systems without a runtime folder.
fn runtime_dir() -> PathBuf {
    dirs::runtime_dir().or_else(dirs::data_local_dir).unwrap_or_else(std::env::temp_dir)
}
