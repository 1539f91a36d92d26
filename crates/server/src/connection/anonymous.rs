//! Requests of an anonymous connection: group logs and blobs, by access key or bearer.

use conclave_protocol::wire::{client_frame, server_frame};
use conclave_protocol::{GroupId, wire};
use futures::FutureExt;

use super::{Connection, Later, Reply, done, following, now};
use crate::delivery::access::Challenge;
use crate::delivery::blobs::{self, PutBlob};
use crate::delivery::commit::SubmitCommit;
use crate::delivery::entry::SubmitEntry;
use crate::delivery::hub::Topic;
use crate::delivery::read::OpenLog;
use crate::quota::Quota;
use crate::refusal::Refusal;

impl Connection {
    pub(super) fn anonymous(
        &mut self,
        body: client_frame::Body,
        challenge: Challenge,
    ) -> Result<Later, Refusal> {
        match body {
            client_frame::Body::SubmitCommit(request) => self.submit_commit(request, challenge),
            client_frame::Body::SubmitEntry(request) => self.submit_entry(request, challenge),
            client_frame::Body::ReadLog(request) => self.read_log(&request, challenge),
            client_frame::Body::SubscribeLog(request) => self.subscribe_log(&request, challenge),
            client_frame::Body::UnsubscribeLog(request) => self.unsubscribe_log(&request),
            client_frame::Body::PutBlob(request) => self.put_blob(request),
            client_frame::Body::GetBlob(request) => self.get_blob(&request),
            _ => Err(Refusal::NotHere),
        }
    }

    fn submit_commit(&self, request: wire::SubmitCommit, challenge: Challenge) -> Result<Later, Refusal> {
        let commit = SubmitCommit::parse(request, challenge)?;
        let (shared, source) = (self.shared(), self.admitted.source);
        if commit.may_create() {
            shared.quotas.take(Quota::LogsCreated(source), shared.limits.logs_created)?;
        }
        for inbox in commit.inboxes() {
            shared.quotas.take(Quota::Welcomes(source, inbox), shared.limits.welcomes_per_inbox)?;
        }
        let at = shared.now();
        let outcome = shared.submit(move |shared, tables| commit.run(tables, &shared.limits, at));
        Ok(outcome.map(|o| Ok(server_frame::Body::Submitted(o?.to_wire()).into())).boxed())
    }

    fn submit_entry(&self, request: wire::SubmitEntry, challenge: Challenge) -> Result<Later, Refusal> {
        let entry = SubmitEntry::parse(request, challenge)?;
        let at = self.shared().now();
        let outcome = self.shared().submit(move |_, tables| entry.run(tables, at));
        Ok(outcome.map(|o| Ok(server_frame::Body::Submitted(o?.to_wire()).into())).boxed())
    }

    fn read_log(&self, request: &wire::ReadLog, challenge: Challenge) -> Result<Later, Refusal> {
        let (open, limit) = (OpenLog::read(request, challenge)?, request.limit);
        let log = open.log();
        let part = self.shared().read(move |_, tables| open.page(tables, limit));
        Ok(part.map(move |part| Ok(server_frame::Body::LogEntries(part?.into_wire(&log)).into())).boxed())
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
        let (number, proved) = (self.following.ask(topic), Some(open.epoch()));
        let opened = self.shared().read(move |_, tables| open.open(tables));
        let reply = move |opened| match opened {
            Ok((_, after)) => Reply::Follow(following::Start { topic, number, after, proved }),
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
        let shared = self.shared();
        shared.quotas.take(Quota::BlobsStored(self.admitted.source), shared.limits.blobs_stored)?;
        let at = shared.now();
        let stored = shared.write(move |_, tables| put.run(tables, at));
        let answer = || server_frame::Body::BlobStored(wire::BlobStored {});
        Ok(stored.map(move |stored| stored.map(|()| answer().into())).boxed())
    }

    fn get_blob(&self, request: &wire::GetBlob) -> Result<Later, Refusal> {
        let id = blobs::id(&request.id)?;
        let blob = self.shared().read(move |_, tables| Ok(tables.blob(&id)?.ok_or(Refusal::NoSuchBlob)?));
        let answer = |data| server_frame::Body::Blob(wire::Blob { data });
        Ok(blob.map(move |blob| blob.map(|data| answer(data).into())).boxed())
    }
}
