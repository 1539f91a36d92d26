//! What an idle connection costs: the program's memory with this many more of them.

use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::memory::at_rest;
use crate::program::{Program, command, start_with};
use crate::raw::raw;
use crate::table::{Aim, Table};

/// Connections before the first sample, so that one-time allocations are done.
const BEFORE: usize = 200;

/// The program, with room for all connections from one address.
pub(crate) async fn program(folder: &TempDir) -> Program {
    let mut command = command(folder);
    command.args(["--listen", "127.0.0.1:0", "--connections-per-address-max", "10000"]);
    start_with(command).await
}

pub(crate) async fn measure(number: usize, table: &mut Table) {
    let folder = TempDir::new().unwrap();
    let mut program = program(&folder).await;
    let process = program.child.id().unwrap();
    let mut sockets: Vec<TcpStream> = Vec::new();
    let mut open = async |number: usize| {
        for _ in 0..number {
            sockets.push(raw(program.address, true).await);
        }
    };
    open(BEFORE).await;
    let before = at_rest(process).await;
    open(number).await;
    let grown = at_rest(process).await.saturating_sub(before);
    table.bytes("an idle connection", grown as f64 / number as f64, Aim::AtMost(24.0));
    program.child.kill().await.unwrap();
}
