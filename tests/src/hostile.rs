//! What a malicious service can do: changed copies, bytes that are not frames, answers to another question, reordered
//! pushes.

use std::sync::{Arc, Mutex, PoisonError};

use conclave_protocol::wire::{
    self, ClientFrame, LogEntries, LogEntry, ServerFrame, client_frame, read_log, server_frame, submitted,
    subscribe_log,
};
use prost::Message as _;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use wire::EntryKind;

use crate::network::{Fate, Network, Way};

/// What is changed in a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A byte of the MLS message.
    Message,
    /// Any byte of the entry.
    Anything,
}

/// From now on, a changed copy comes before each entry of a log, with its own sequence number. The person has one
/// group and has read its log so far.
pub fn changed_copies(network: &Network, change: Change, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let doubling = Arc::new(Mutex::new(Doubling { base: None }));
    let lock = |d: &Arc<Mutex<Doubling>>| *d.lock().unwrap_or_else(PoisonError::into_inner);
    let shared = Arc::clone(&doubling);
    network.downstream(move |frame| {
        let mut frame = frame.clone();
        match &mut frame.body {
            Some(server_frame::Body::LogEntries(page)) => {
                let begin = page.entries.first().map_or(page.head, |entry| entry.seq - 1);
                let mut known = shared.lock().unwrap_or_else(PoisonError::into_inner);
                known.base.get_or_insert(begin);
                let doubling = *known;
                let double = |e| doubling.doubled(e, change, &mut random);
                page.entries = std::mem::take(&mut page.entries).into_iter().flat_map(double).collect();
                page.head = doubling.shown(page.head);
            }
            Some(server_frame::Body::LogPaused(paused)) => paused.after = lock(&shared).shown(paused.after),
            Some(server_frame::Body::Submitted(wire::Submitted {
                outcome: Some(submitted::Outcome::Accepted(seq)),
            })) => *seq = lock(&shared).shown(*seq),
            _ => return Fate::Pass,
        }
        Fate::Instead(vec![frame.encode_to_vec().into()])
    });
    network.upstream(move |frame| {
        let mut frame = frame.clone();
        match &mut frame.body {
            Some(client_frame::Body::ReadLog(wire::ReadLog {
                from: Some(read_log::From::After(seq)),
                ..
            }))
            | Some(client_frame::Body::SubscribeLog(wire::SubscribeLog {
                from: Some(subscribe_log::From::After(seq)),
                ..
            })) => *seq = lock(&doubling).kept(*seq),
            _ => return Way::Pass,
        }
        Way::Instead(frame.encode_to_vec().into())
    });
}

/// The service's entry `base + n` is seen at `base + 2n`, and its copy just before.
#[derive(Debug, Clone, Copy)]
struct Doubling {
    base: Option<u64>,
}

impl Doubling {
    fn shown(self, seq: u64) -> u64 {
        self.base.map_or(seq, |base| seq + seq.saturating_sub(base))
    }

    fn kept(self, seq: u64) -> u64 {
        self.base.map_or(seq, |base| seq - seq.saturating_sub(base).div_ceil(2))
    }

    fn doubled(self, entry: LogEntry, change: Change, random: &mut StdRng) -> Vec<LogEntry> {
        if self.base.is_none_or(|base| entry.seq <= base) {
            return vec![entry];
        }
        let body = match change {
            Change::Message => with_changed_message(&entry, random),
            Change::Anything => changed(&entry.body, random),
        };
        let seq = self.shown(entry.seq);
        vec![LogEntry { seq: seq - 1, body, ..entry.clone() }, LogEntry { seq, ..entry }]
    }
}

/// The entry's body with one byte of its MLS message changed.
fn with_changed_message(entry: &LogEntry, random: &mut StdRng) -> bytes::Bytes {
    if entry.kind == EntryKind::Commit as i32 {
        let mut bundle = wire::CommitBundle::decode(entry.body.clone()).expect("the service checked it");
        bundle.commit = changed(&bundle.commit, random);
        return bundle.encode_to_vec().into();
    }
    let mut inner = wire::Entry::decode(entry.body.clone()).expect("the service checked it");
    inner.message = changed(&inner.message, random);
    inner.encode_to_vec().into()
}

/// The same bytes but one.
fn changed(bytes: &[u8], random: &mut StdRng) -> bytes::Bytes {
    let mut bytes = bytes.to_vec();
    let place = random.random_range(0..bytes.len());
    bytes[place] ^= 1 << random.random_range(0..8);
    bytes.into()
}

/// A changed commit comes in place of each commit.
pub fn replaces_commits(network: &Network, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    network.downstream(move |frame| {
        let mut frame = frame.clone();
        let Some(server_frame::Body::LogEntries(page)) = &mut frame.body else { return Fate::Pass };
        for entry in page.entries.iter_mut().filter(|entry| entry.kind == EntryKind::Commit as i32) {
            entry.body = with_changed_message(entry, &mut random);
        }
        Fate::Instead(vec![frame.encode_to_vec().into()])
    });
}

/// Each push comes twice, and every other one only after the next.
pub fn disordered_pushes(network: &Network) {
    let mut kept_back: Option<ServerFrame> = None;
    let mut pushes = 0_u32;
    network.downstream(move |frame| {
        let Some(server_frame::Body::LogEntries(_)) = frame.body.as_ref().filter(|_| frame.request == 0)
        else {
            return Fate::Pass;
        };
        pushes += 1;
        if pushes % 2 == 1 && kept_back.is_none() {
            kept_back = Some(frame.clone());
            return Fate::Instead(Vec::new());
        }
        let frames = [Some(frame), kept_back.as_ref(), Some(frame)];
        let frames = frames.into_iter().flatten().map(|f| f.encode_to_vec().into()).collect();
        kept_back = None;
        Fate::Instead(frames)
    });
}

/// A kind of frame that the service sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    HelloAnswer,
    Done,
    Found,
    KeyPackageCount,
    ClaimedKeyPackages,
    InboxEntries,
    Submitted,
    LogEntries,
    LogPaused,
}

impl Kind {
    /// All kinds that a story of people who add, talk and remove produces.
    pub const ALL: [Self; 9] = [
        Self::HelloAnswer,
        Self::Done,
        Self::Found,
        Self::KeyPackageCount,
        Self::ClaimedKeyPackages,
        Self::InboxEntries,
        Self::Submitted,
        Self::LogEntries,
        Self::LogPaused,
    ];

    fn is(self, frame: &ServerFrame) -> bool {
        use server_frame::Body as B;
        let Some(body) = &frame.body else { return false };
        match self {
            Self::HelloAnswer => matches!(body, B::HelloAnswer(_)),
            Self::Done => matches!(body, B::Done(_)),
            Self::Found => matches!(body, B::Found(_)),
            Self::KeyPackageCount => matches!(body, B::KeyPackageCount(_)),
            Self::ClaimedKeyPackages => matches!(body, B::ClaimedKeyPackages(_)),
            Self::InboxEntries => matches!(body, B::InboxEntries(_)),
            Self::Submitted => matches!(body, B::Submitted(_)),
            Self::LogEntries => matches!(body, B::LogEntries(_)),
            Self::LogPaused => matches!(body, B::LogPaused(_)),
        }
    }
}

/// What replaces a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hurt {
    /// Random bytes.
    Noise,
    /// The first half of it.
    Half,
    /// Nothing, and nothing follows.
    Empty,
    /// A well-formed frame of the wrong kind, under the same number.
    Another,
    /// The frame with one byte changed.
    OneByte,
}

impl Hurt {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Noise, Self::Half, Self::Empty, Self::Another, Self::OneByte];

    fn applied(self, frame: &ServerFrame, random: &mut StdRng) -> bytes::Bytes {
        let bytes = frame.encode_to_vec();
        match self {
            Self::Noise => (0..random.random_range(1..400)).map(|_| random.random()).collect(),
            Self::Half => bytes[..bytes.len() / 2].to_vec().into(),
            Self::Empty => bytes::Bytes::new(),
            Self::Another => {
                let body = Some(server_frame::Body::Pong(wire::Pong { now_ms: 7 }));
                ServerFrame { request: frame.request, body }.encode_to_vec().into()
            }
            Self::OneByte => changed(&bytes, random),
        }
    }
}

/// Damages the next frame of this kind.
pub fn hurts_once(network: &Network, kind: Kind, hurt: Hurt, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut done = false;
    network.downstream(move |frame| {
        if done || !kind.is(frame) {
            return Fate::Pass;
        }
        done = true;
        Fate::Instead(vec![hurt.applied(frame, &mut random)])
    });
}

/// Inserts these entries after the newest one, for this person only: the service's own come after them. They are
/// numbered here.
pub fn inserts(network: &Network, entries: Vec<LogEntry>) {
    let many = entries.len() as u64;
    let mut place: Option<u64> = None;
    let mut to_insert = Some(entries);
    let (note, noted) = std::sync::mpsc::channel();
    network.downstream(move |frame| {
        let mut frame = frame.clone();
        match &mut frame.body {
            Some(server_frame::Body::LogEntries(page)) => {
                if let (None, Some(first)) = (place, page.entries.first()) {
                    place = Some(first.seq);
                    let _ = note.send(first.seq);
                }
                insert(page, place, many, &mut to_insert);
            }
            Some(server_frame::Body::Submitted(wire::Submitted {
                outcome: Some(submitted::Outcome::Accepted(seq)),
            })) if place.is_some_and(|place| *seq >= place) => *seq += many,
            _ => return Fate::Pass,
        }
        Fate::Instead(vec![frame.encode_to_vec().into()])
    });
    let mut place = None;
    network.upstream(move |frame| {
        place = place.or_else(|| noted.try_recv().ok());
        shifted_back(frame, place, many)
    });
}

fn insert(page: &mut LogEntries, place: Option<u64>, many: u64, to_insert: &mut Option<Vec<LogEntry>>) {
    let Some(place) = place else { return };
    let mut shown = Vec::new();
    for mut entry in std::mem::take(&mut page.entries) {
        if entry.seq == place {
            let number =
                |(i, e): (usize, LogEntry)| LogEntry { seq: place + i as u64, at_ms: entry.at_ms, ..e };
            shown.extend(to_insert.take().unwrap_or_default().into_iter().enumerate().map(number));
        }
        if entry.seq >= place {
            entry.seq += many;
        }
        shown.push(entry);
    }
    page.entries = shown;
    if page.head >= place {
        page.head += many;
    }
}

fn shifted_back(frame: &ClientFrame, place: Option<u64>, many: u64) -> Way {
    let Some(place) = place else { return Way::Pass };
    let mut frame = frame.clone();
    match &mut frame.body {
        Some(client_frame::Body::ReadLog(wire::ReadLog {
            from: Some(read_log::From::After(seq)), ..
        }))
        | Some(client_frame::Body::SubscribeLog(wire::SubscribeLog {
            from: Some(subscribe_log::From::After(seq)),
            ..
        })) if *seq >= place => *seq = seq.saturating_sub(many).max(place - 1),
        _ => return Way::Pass,
    }
    Way::Instead(frame.encode_to_vec().into())
}
