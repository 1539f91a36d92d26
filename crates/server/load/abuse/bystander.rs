//! A person who appends to a group and reads it, and records how long that takes.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::line::Line;
use crate::client::{Answer, Effect, Group, accepted};

/// Pause between two appends.
const PAUSE: Duration = Duration::from_millis(2);
/// An append that takes longer counts as failed.
const PATIENCE: Duration = Duration::from_secs(5);
/// The newest entries are read once every this many appends.
const READ_EACH: u64 = 10;
const TEXT_BYTES: usize = 512;

/// The results of the appends in one period.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// The duration of each successful append.
    pub(crate) took: Vec<Duration>,
    pub(crate) failed: usize,
    pub(crate) reads_failed: usize,
}

/// A person in a group of their own.
pub(crate) struct Bystander {
    from: Ipv4Addr,
    to: SocketAddr,
    line: Line,
    pub(crate) group: Group,
}

impl Bystander {
    pub(crate) async fn arrive(from: Ipv4Addr, to: SocketAddr) -> Self {
        let mut line = Line::open(from, to, "/v1/anonymous").await.expect("nobody attacks yet");
        let mut group = Group::new(77);
        let bundle = group.bundle(Effect::None);
        accepted(line.ask(group.commit(&line.opened, &bundle, Vec::new())).await.expect("an answer"));
        group.committed(&bundle);
        Self { from, to, line, group }
    }

    /// Appends and reads for this long.
    pub(crate) async fn go_on(&mut self, lasting: Duration) -> Noted {
        let (until, mut noted, mut number) = (Instant::now() + lasting, Noted::default(), 0);
        while Instant::now() < until {
            number += 1;
            match timeout(PATIENCE, self.append()).await {
                Ok(Some(took)) => noted.took.push(took),
                Ok(None) | Err(_) => {
                    noted.failed += 1;
                    self.come_again().await;
                }
            }
            if number % READ_EACH == 0 && !matches!(timeout(PATIENCE, self.read()).await, Ok(true)) {
                noted.reads_failed += 1;
            }
            tokio::time::sleep(PAUSE).await;
        }
        noted
    }

    async fn append(&mut self) -> Option<Duration> {
        let entry = self.group.entry(1, &"x".repeat(TEXT_BYTES));
        let ask = self.group.submit(&self.line.opened, &entry);
        let begun = Instant::now();
        match self.line.ask(ask).await? {
            Answer::Submitted(_) => Some(begun.elapsed()),
            _ => None,
        }
    }

    async fn read(&mut self) -> bool {
        let ask = self.group.read(&self.line.opened, 1, 0);
        matches!(self.line.ask(ask).await, Some(Answer::LogEntries(page)) if !page.entries.is_empty())
    }

    /// Reconnects, as a client does when its connection has ended or does not respond.
    async fn come_again(&mut self) {
        if let Ok(Some(line)) = timeout(PATIENCE, Line::open(self.from, self.to, "/v1/anonymous")).await {
            self.line = line;
        }
    }
}
