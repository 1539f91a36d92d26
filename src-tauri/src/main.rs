//! The desktop shell: window, tray, notifications, commands and events. It has no logic of its own; that is the
//! engine's, and words are the page's.

// A console window beside the app would be a second window.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]
#![allow(dead_code, reason = "the window that uses the rest comes with the engine's facade")]

mod arguments;
mod display;
mod log_file;
mod profile;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    let opened = profile::Profile::open(arguments.profile, arguments.data_dir)
        .is_ok_and(|profile| display::open().is_ok() && log_file::start(&profile.log_dir()).is_ok());
    if opened { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
