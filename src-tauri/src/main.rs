//! The desktop shell: window, tray, notifications, commands and events. It has no logic of its own; that is in the
//! engine, and words are in the page.

// Otherwise a console window opens next to the app.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod arguments;
mod closing;
mod commands;
mod desktop_commands;
mod display;
mod events;
mod ipc;
mod log_file;
mod notification;
mod profile;
mod services;
mod shell;
mod tray;
#[cfg(target_os = "linux")]
mod web_view;
mod window;

use std::process::ExitCode;

use clap::Parser;

/// mls-rs copies the ratchet tree whenever a group's state is written: thousands of small allocations in a large group.
/// Huge pages are disabled, since each thread's heap would reserve some for little data.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match shell::run(arguments::Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "there is no window to show it in")]
            {
                eprintln!("conclave: {error}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}
