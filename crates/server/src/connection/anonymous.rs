//! Requests of an anonymous connection: group logs and blobs, by access key or by blob id.

use std::sync::Arc;

use bytes::Bytes;
use conclave_protocol::signing::AccessPurpose;
use conclave_protocol::wire::{client_frame, server_frame};
use conclave_protocol::{GroupId, wire};
use futures::FutureExt;

use super::submitting::Submit;
use super::{Connection, Later, Reply, done, following, now};
use crate::delivery::access::{self, Challenge, Proved, Standing};
use crate::delivery::blobs::{self, PutBlob};
use crate::delivery::commit::SubmitCommit;
use crate::delivery::entry::SubmitEntry;
use crate::delivery::hub::Topic;
use crate::delivery::read::{OpenLog, Part};
use crate::quota::Quota;
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::storage::Tables;

impl Connection {
    pub(super) fn anonymous(
        &mut self,
        body: client_frame::Body,
        challenge: Challenge,
    ) -> Result<Later, Refusal> {
        match body {
            client_frame::Body::SubmitCommit(request) => {
                Ok(self.submit(Submit::Commit(SubmitCommit::parse(request, challenge)?)))
            }
            client_frame::Body::SubmitEntry(request) => {
                Ok(self.submit(Submit::Entry(SubmitEntry::parse(request, challenge)?)))
            }
            client_frame::Body::ReadLog(request) => self.read_log(&request, challenge),
            client_frame::Body::SubscribeLog(request) => self.subscribe_log(&request, challenge),
            client_frame::Body::UnsubscribeLog(request) => self.unsubscribe_log(&request),
            client_frame::Body::PutBlob(request) => self.put_blob(request),
            client_frame::Body::GetBlob(request) => self.get_blob(&request),
            _ => Err(Refusal::NotHere),
        }
    }

    fn read_log(&self, request: &wire::ReadLog, challenge: Challenge) -> Result<Later, Refusal> {
        let (open, limit) = (OpenLog::read(request, challenge)?, request.limit);
        let (answers, shared) = (self.answers.clone(), Arc::clone(self.shared()));
        let part = async move {
            let (log, proved) = (open.log(), prove_reader(&shared, &open).await?);
            let page = move |tables: &dyn Tables, bytes| open.page(&proved, tables, limit, bytes);
            let (part, large) = answers.read(&shared, page, Part::bytes).await?;
            Ok(Reply::Large(server_frame::Body::LogEntries(part.into_wire(&log)), large))
        };
        Ok(part.boxed())
    }

    fn subscribe_log(
        &mut self,
        request: &wire::SubscribeLog,
        challenge: Challenge,
    ) -> Result<Later, Refusal> {
        let open = OpenLog::subscribe(request, challenge)?;
        let topic = Topic::Log(open.log());
        if !self.following.has_room(topic) {
            let most = self.shared().limits.subscriptions_max;
            return Err(Refusal::TooMany("subscriptions", most));
        }
        let (number, shared) = (self.following.ask(topic), Arc::clone(self.shared()));
        let opened = async move {
            let proved = prove_reader(&shared, &open).await?;
            let (stored, after) = shared.read(move |_, tables| open.open(&proved, tables)).await?;
            let start = following::Start::after(topic, number, after, stored.head);
            Ok(following::Start { proved: Some(proved.epoch), ..start })
        };
        let reply = move |opened: Result<following::Start, Refusal>| match opened {
            Ok(start) => Reply::Follow(start),
            Err(refusal) => Reply::DoNotFollow(number, refusal),
        };
        Ok(opened.map(move |opened| Ok(reply(opened))).boxed())
    }

    fn unsubscribe_log(&mut self, request: &wire::UnsubscribeLog) -> Result<Later, Refusal> {
        let log = GroupId::try_from(request.log.as_ref()).map_err(|_| Refusal::Malformed("log"))?;
        self.following.end(Topic::Log(log));
        Ok(now(done()))
    }

    fn put_blob(&self, request: wire::PutBlob) -> Result<Later, Refusal> {
        let put = PutBlob::parse(request)?;
        let (shared, source, bytes) = (Arc::clone(self.shared()), self.admitted.source, put.size());
        shared.quotas.take(Quota::BlobsStored(source), shared.limits.blobs_stored)?;
        shared.take_stored(source, bytes)?;
        let at = shared.now();
        let stored = shared.write(move |shared, tables| put.run(tables, &shared.limits, at));
        let answer = async move {
            let stored = stored.await;
            if stored.is_err() {
                shared.give_back_stored(source, bytes);
            }
            stored.map(|()| server_frame::Body::BlobStored(wire::BlobStored {}).into())
        };
        Ok(answer.boxed())
    }

    fn get_blob(&self, request: &wire::GetBlob) -> Result<Later, Refusal> {
        let id = blobs::id(&request.id)?;
        let (answers, shared) = (self.answers.clone(), Arc::clone(self.shared()));
        let blob = async move {
            let read = move |tables: &dyn Tables, _| Ok(tables.blob(&id)?.ok_or(Refusal::NoSuchBlob)?);
            let (data, large) = answers.read(&shared, read, Bytes::len).await?;
            Ok(Reply::Large(server_frame::Body::Blob(wire::Blob { data }), large))
        };
        Ok(blob.boxed())
    }
}

/// Finds the access key of the epoch that a reader proves, and verifies the proof, on the connection's task.
async fn prove_reader(shared: &Arc<Shared>, open: &OpenLog) -> Result<Proved, Refusal> {
    let (log, epoch) = (open.log(), open.proof().epoch);
    let kept = shared.access_keys.get(&log, epoch);
    let key = match kept {
        Some(key) => key,
        None => match shared.read(move |_, tables| access::standing(tables, &log, epoch)).await? {
            Standing::Key(key) => key,
            Standing::ToCome => return Err(Refusal::Unauthenticated("the epoch")),
            Standing::Gone => return Err(Refusal::ProveEpoch),
            Standing::NoLog => return Err(Refusal::NoSuchLog),
        },
    };
    let proved = open.proof().verify(&key, &log, AccessPurpose::Read)?;
    if kept.is_none() {
        shared.access_keys.put(&log, epoch, key);
    }
    Ok(proved)
}
