//! The program itself as a process.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) log: Lines<BufReader<ChildStderr>>,
    pub(crate) address: SocketAddr,
    pub(crate) domain: String,
}

pub(crate) fn command(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conclave-server"));
    command.env_clear().arg("--data").arg(folder.path());
    command.stderr(Stdio::piped()).kill_on_drop(true);
    command
}

pub(crate) async fn start(folder: &TempDir) -> Program {
    let mut command = command(folder);
    command.args(["--listen", "127.0.0.1:0"]);
    start_with(command).await
}

/// Waits until it reports where it listens.
pub(crate) async fn start_with(mut command: Command) -> Program {
    let mut child = command.spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut domain = String::new();
    loop {
        let line = timeout(DEADLINE, log.next_line()).await.unwrap().unwrap().expect("it is still running");
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        let fields = &line["fields"];
        if let Some(named) = fields["domain"].as_str() {
            named.clone_into(&mut domain);
        }
        if let Some(address) = fields["address"].as_str() {
            return Program { child, log, address: address.parse().unwrap(), domain };
        }
    }
}
