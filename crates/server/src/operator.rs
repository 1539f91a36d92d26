//! Operator commands: what uses space, and how to free it.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use conclave_protocol::{GroupId, Handle};
use conclave_server::{OpenError, operate};

/// Rows read at once.
const PAGE: usize = 1_000;

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// List the groups' logs by size: id, entries, bytes, times of the oldest and newest entry
    Logs {
        /// At most this many
        #[arg(long, default_value_t = 50)]
        most: usize,
        /// Delete this log and everything in it; the server must be stopped
        #[arg(long, value_name = "ID")]
        delete: Option<String>,
    },
    /// List the names: devices with key packages, and the size of these
    Accounts {
        /// Free this name, so that anyone may enrol it; the server must be stopped
        #[arg(long, value_name = "NAME")]
        free: Option<String>,
    },
    /// Copy the database, as it is at this moment, to a new file; the server may be running
    Backup {
        /// The file, which must not exist yet
        file: PathBuf,
    },
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Open(#[from] OpenError),
    #[error("not the id of a log: 32 hex digits")]
    BadLog,
    #[error("not a name")]
    BadName,
    #[error("there is no such log")]
    NoLog,
    #[error("there is no such name")]
    NoName,
    #[error("the output can't be written: {0}")]
    Print(#[from] io::Error),
}

impl Command {
    /// Runs the command and prints its result.
    pub(crate) fn run(&self, folder: &Path) -> ExitCode {
        let done = match self {
            Self::Logs { delete: Some(log), .. } => delete(folder, log),
            Self::Logs { most, .. } => logs(folder, *most),
            Self::Accounts { free: Some(name) } => free(folder, name),
            Self::Accounts { .. } => accounts(folder),
            Self::Backup { file } => operate::backup(folder, file).map_err(Failure::from),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            // The reader of our output has closed the pipe.
            Err(Failure::Print(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => {
                // If this fails too, the exit status must do.
                let _ = writeln!(io::stderr(), "conclave-server: {error}");
                ExitCode::FAILURE
            }
        }
    }
}

fn logs(folder: &Path, most: usize) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "log\tentries\tbytes\toldest_ms\tnewest_ms")?;
    for log in operate::logs(folder, most)? {
        let oldest = log.oldest_ms.map_or_else(|| "-".to_owned(), |ms| ms.to_string());
        writeln!(out, "{}\t{}\t{}\t{oldest}\t{}", log.log, log.entries, log.bytes, log.newest_ms)?;
    }
    Ok(())
}

fn delete(folder: &Path, log: &str) -> Result<(), Failure> {
    let id: [u8; GroupId::LEN] =
        hex::decode(log).ok().and_then(|id| id.try_into().ok()).ok_or(Failure::BadLog)?;
    if operate::delete_log(folder, &GroupId::new(id))? { Ok(()) } else { Err(Failure::NoLog) }
}

fn accounts(folder: &Path) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "name\tdevices\tbytes")?;
    let mut after = None;
    loop {
        let page = operate::accounts(folder, after.as_ref(), PAGE)?;
        for account in &page {
            writeln!(out, "{}\t{}\t{}", account.name, account.devices, account.bytes)?;
        }
        // Each page starts after the one before it.
        let Some(last) = page.last().filter(|_| page.len() == PAGE) else { return Ok(()) };
        after = Some(last.name.parse::<Handle>().map_err(|_| Failure::BadName)?);
    }
}

fn free(folder: &Path, name: &str) -> Result<(), Failure> {
    let name: Handle = name.parse().map_err(|_| Failure::BadName)?;
    if operate::free_name(folder, &name)? { Ok(()) } else { Err(Failure::NoName) }
}
