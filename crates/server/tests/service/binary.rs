//! The program itself: starts, reports where it listens, serves, stops on a signal, and keeps its data.

use std::net::SocketAddr;
use std::process::Stdio;

use futures::StreamExt;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{Effect, Group, entries, seqs};
use crate::program::{DEADLINE, command, start};
use crate::socket::connect;
use crate::sockets::get;

async fn health(address: SocketAddr) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    socket.write_all(request).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

#[cfg(unix)]
#[tokio::test]
async fn it_serves_stops_on_sigterm_and_comes_back_the_same() {
    let folder = TempDir::new().unwrap();
    let mut first = start(&folder).await;
    assert!(health(first.address).await.starts_with("HTTP/1.1 200"));
    let url = format!("ws://{}/v1/anonymous", first.address);
    let socket = TcpStream::connect(first.address).await.unwrap();
    let (mut open, _) = tokio_tungstenite::client_async(url, socket).await.unwrap();

    let pid = first.child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    // The open connection is closed, not reset.
    let last = timeout(DEADLINE, open.next()).await.unwrap();
    assert!(matches!(last, Some(Ok(message)) if message.is_close()));
    drop(open);
    let status = timeout(DEADLINE, first.child.wait()).await.unwrap().unwrap();
    assert!(status.success());
    let mut rest = Vec::new();
    while let Some(line) = first.log.next_line().await.unwrap() {
        rest.push(line);
    }
    assert!(rest.last().unwrap().contains("closed"), "{rest:?}");
    assert!(!folder.path().join("conclave.db-wal").exists());

    let second = start(&folder).await;
    assert_eq!(second.domain, first.domain);
    assert!(second.domain.ends_with(".local"));
}

/// A full disk under the log, or a log reader that has exited, is no reason to stop.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_log_that_can_not_be_written_stops_nothing() {
    let folder = TempDir::new().unwrap();
    // The address can't be read from the log: find a free port first.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = command(&folder);
    command.args(["--log", "debug", "--listen", &address.to_string()]).stderr(Stdio::from(full));
    let mut program = command.spawn().unwrap();
    let up = async { while TcpStream::connect(address).await.is_err() {} };
    timeout(DEADLINE, up).await.unwrap();
    let mut alice = connect(address, "/v1/anonymous").await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    // A refused request is logged too.
    let unknown = Group::new(2);
    alice.ask(unknown.read(&alice, 0, 0)).await;
    assert_eq!(group.say(&mut alice, "still there").await, 2);
    assert!(health(address).await.starts_with("HTTP/1.1 200"));
    assert!(program.try_wait().unwrap().is_none());
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let folder = TempDir::new().unwrap();
    let mut group = Group::new(1);
    let mut last = 0;
    // Killed at a different moment each time: right after an answer, with more in flight.
    for round in 0..3 {
        let mut program = start(&folder).await;
        let mut alice = connect(program.address, "/v1/anonymous").await;
        if round == 0 {
            last = group.advance(&mut alice, Effect::None).await;
        }
        let kept = entries(alice.ask(group.read(&alice, 1, last - 1)).await);
        assert_eq!(kept.entries[0].seq, last);
        for n in 0..20 {
            last = group.say(&mut alice, &format!("message {n} of round {round}")).await;
        }
        for n in 0..10 {
            alice.send(1_000 + n, group.submit(&alice, &group.entry(1, "on its way"))).await;
        }
        program.child.kill().await.unwrap();
    }
    let program = start(&folder).await;
    let mut alice = connect(program.address, "/v1/anonymous").await;
    let kept = entries(alice.ask(group.read(&alice, 1, 0)).await);
    assert!(kept.head >= last);
    assert_eq!(seqs(&kept), (1..=kept.head).collect::<Vec<_>>());
}

#[tokio::test]
async fn it_will_not_serve_plain_text_beyond_loopback() {
    let folder = TempDir::new().unwrap();
    let output = command(&folder).args(["--listen", "0.0.0.0:0"]).output();
    let output = timeout(DEADLINE, output).await.unwrap().unwrap();
    assert!(!output.status.success());
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("loopback"), "{log}");
}

#[tokio::test]
async fn counters_are_on_loopback_alone_and_name_nobody() {
    let folder = TempDir::new().unwrap();
    let output = command(&folder).args(["--listen", "127.0.0.1:0", "--metrics", "0.0.0.0:0"]).output();
    let output = timeout(DEADLINE, output).await.unwrap().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("loopback"));

    let mut program =
        command(&folder).args(["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]).spawn().unwrap();
    let mut log = BufReader::new(program.stderr.take().unwrap()).lines();
    let (mut service, mut metrics) = (None, None);
    while service.is_none() || metrics.is_none() {
        let line = timeout(DEADLINE, log.next_line()).await.unwrap().unwrap().expect("it is still running");
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        let at =
            |field: &str| line["fields"][field].as_str().and_then(|text| text.parse::<SocketAddr>().ok());
        service = service.or(at("address"));
        metrics = metrics.or(at("metrics"));
    }
    let mut alice = connect(service.unwrap(), "/v1/anonymous").await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    alice.ask(Group::new(2).read(&alice, 0, 0)).await;
    let text = get(metrics.unwrap(), "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    for line in [
        "conclave_connections 1",
        "conclave_connections_opened_total 1",
        "conclave_requests_total 3",
        "conclave_entries_total 1",
        "conclave_connections_refused_total{why=\"address\"} 0",
        "conclave_errors_total{code=\"NO_SUCH_LOG\"} 1",
        "conclave_errors_total{code=\"BUSY\"} 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
    }
    assert!(!text.contains("127.0.0.1") && !text.contains("local"), "{text}");
}
