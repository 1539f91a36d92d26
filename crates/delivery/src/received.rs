//! Frames of the service as the types of this crate. Ids and numbers are checked here, once.

use bytes::Bytes;
use conclave_protocol::limits::{NUMBER_MAX, SEQ_MAX};
use conclave_protocol::wire::{self, server_frame};
use conclave_protocol::{GroupId, Seq, Timestamp};

use crate::error::ServiceError;
use crate::service::{InboxEntry, InboxPage, LogPage, Push};

/// An epoch or a time, of a size that can be stored and shown.
pub(crate) fn number(n: u64) -> Result<u64, ServiceError> {
    if n <= NUMBER_MAX { Ok(n) } else { Err(ServiceError::BadAnswer) }
}

/// A sequence number that a timeline has a place for.
pub(crate) fn seq(n: u64) -> Result<Seq, ServiceError> {
    if n <= SEQ_MAX { Ok(Seq(n)) } else { Err(ServiceError::BadAnswer) }
}

pub(crate) fn page(entries: wire::LogEntries) -> Result<LogPage, ServiceError> {
    for entry in &entries.entries {
        seq(entry.seq)?;
        number(entry.at_ms)?;
    }
    Ok(LogPage { entries: entries.entries, head: seq(entries.head)? })
}

fn inbox(entries: wire::InboxEntries) -> Result<InboxPage, ServiceError> {
    let entry = |e: wire::InboxEntry| {
        Ok::<_, ServiceError>(InboxEntry {
            seq: seq(e.seq)?,
            at: Timestamp(number(e.at_ms)?),
            welcome: e.welcome,
        })
    };
    let head = seq(entries.head)?;
    Ok(InboxPage { entries: entries.entries.into_iter().map(entry).collect::<Result<_, _>>()?, head })
}

/// What a connection pushes; an error where it does not fit the protocol.
pub(crate) fn push(body: server_frame::Body) -> Result<Push, ServiceError> {
    let group = |log: &Bytes| GroupId::try_from(log.as_ref()).map_err(|_| ServiceError::BadAnswer);
    match body {
        server_frame::Body::LogEntries(entries) => {
            Ok(Push::Log { log: group(&entries.log)?, page: page(entries)? })
        }
        server_frame::Body::LogPaused(paused) => {
            Ok(Push::LogPaused { log: group(&paused.log)?, after: seq(paused.after)? })
        }
        server_frame::Body::InboxEntries(entries) => Ok(Push::Inbox(inbox(entries)?)),
        _ => Err(ServiceError::BadAnswer),
    }
}
