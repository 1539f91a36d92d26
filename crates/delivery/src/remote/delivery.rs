//! The Delivery Service over the two connections.

use bytes::Bytes;
use conclave_protocol::limits::SEQ_MAX;
use conclave_protocol::link::ConnectionKind;
use conclave_protocol::signing::{self, AccessPurpose};
use conclave_protocol::wire::{self, client_frame, read_log, server_frame, submitted, subscribe_log};
use conclave_protocol::{Epoch, GroupId, Seq, Timestamp, UserUri};
use futures_util::FutureExt as _;
use tokio::sync::mpsc;

use super::open::PUSHES_MAX;
use super::{Opened, RemoteService, held, hold, number};
use crate::access::AccessKey;
use crate::error::ServiceError;
use crate::service::{
    Answer, Claimed, CommitSubmission, DeliveryService, InboxEntry, InboxPage, KeyPackageUpload, LogPage,
    Push, ReadFrom, ServiceIdentity, SubmitOutcome,
};

/// 32 random bytes of the operating system.
pub(super) fn nonce() -> Result<[u8; 32], ServiceError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| ServiceError::Unreachable)?;
    Ok(bytes)
}

impl Opened {
    fn prove(&self, log: &GroupId, key: &AccessKey, purpose: AccessPurpose<'_>) -> wire::AccessProof {
        let bytes = signing::access(&self.identity.service_key, log, key.epoch(), &self.nonce, purpose);
        wire::AccessProof { epoch: key.epoch().0, signature: Bytes::copy_from_slice(&key.sign(&bytes)) }
    }

    async fn submitted(&self, body: client_frame::Body) -> Result<SubmitOutcome, ServiceError> {
        let server_frame::Body::Submitted(wire::Submitted { outcome: Some(outcome) }) =
            self.session.request(body).await?
        else {
            return Err(ServiceError::BadAnswer);
        };
        Ok(match outcome {
            submitted::Outcome::Accepted(n) => SubmitOutcome::Accepted(seq(n)?),
            submitted::Outcome::Stale(epoch) => SubmitOutcome::Stale(Epoch(number(epoch)?)),
            submitted::Outcome::Refused(reason) => SubmitOutcome::Refused(reason),
        })
    }
}

fn log_bytes(log: &GroupId) -> Bytes {
    Bytes::copy_from_slice(log.as_bytes())
}

fn upload(package: KeyPackageUpload) -> wire::KeyPackageUpload {
    wire::KeyPackageUpload {
        key_package: package.key_package,
        cipher_suite: package.cipher_suite.into(),
        not_after_ms: package.not_after.0,
    }
}

/// A sequence number that a timeline has a place for.
fn seq(n: u64) -> Result<Seq, ServiceError> {
    if n <= SEQ_MAX { Ok(Seq(n)) } else { Err(ServiceError::BadAnswer) }
}

fn page(entries: wire::LogEntries) -> Result<LogPage, ServiceError> {
    for entry in &entries.entries {
        seq(entry.seq)?;
        number(entry.at_ms)?;
    }
    Ok(LogPage { entries: entries.entries, more: entries.more, head: seq(entries.head)? })
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
fn push(body: server_frame::Body) -> Result<Push, ServiceError> {
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

/// Reads what a connection pushes into the one queue, until it ends.
async fn forward(mut pushed: mpsc::Receiver<server_frame::Body>, pushes: mpsc::Sender<Push>) {
    while let Some(body) = pushed.recv().await {
        let push = match push(body) {
            Ok(push) => push,
            Err(error) => {
                tracing::warn!(%error, "closing the connection");
                break;
            }
        };
        if pushes.send(push).await.is_err() {
            return;
        }
    }
    // Nobody listens any more: then nobody needs to know.
    let _ = pushes.send(Push::Lost).await;
}

impl RemoteService {
    async fn connect_both(&self, pushes: mpsc::Sender<Push>) -> Result<ServiceIdentity, ServiceError> {
        hold(&self.identified, None);
        hold(&self.anonymous, None);
        let client = self.client.as_ref().ok_or_else(|| ServiceError::Refused("no client".to_owned()))?;
        let (identified_pushed, identified_pushes) = mpsc::channel(PUSHES_MAX);
        let (anonymous_pushed, anonymous_pushes) = mpsc::channel(PUSHES_MAX);
        let identified = self.open(ConnectionKind::Identified, nonce()?, identified_pushed).await?;
        identified.authenticate(client).await?;
        let anonymous = self.open(ConnectionKind::Anonymous, nonce()?, anonymous_pushed).await?;
        let identity = identified.identity.clone();
        if anonymous.identity != identity {
            return Err(ServiceError::WrongService);
        }
        hold(&self.identified, Some(identified));
        hold(&self.anonymous, Some(anonymous));
        tokio::spawn(forward(identified_pushes, pushes.clone()));
        tokio::spawn(forward(anonymous_pushes, pushes));
        Ok(identity)
    }
}

impl DeliveryService for RemoteService {
    fn probe(&self) {
        for opened in [held(&self.identified), held(&self.anonymous)].into_iter().flatten() {
            opened.session.probe();
        }
    }

    fn connect(&self, pushes: mpsc::Sender<Push>) -> Answer<'_, ServiceIdentity> {
        self.connect_both(pushes).boxed()
    }

    fn publish_key_packages(
        &self,
        once: Vec<KeyPackageUpload>,
        last_resort: Option<KeyPackageUpload>,
    ) -> Answer<'_, ()> {
        async move {
            let publish = wire::PublishKeyPackages {
                key_packages: once.into_iter().map(upload).collect(),
                last_resort: last_resort.map(upload),
            };
            self.identified()?.done(client_frame::Body::PublishKeyPackages(publish)).await
        }
        .boxed()
    }

    fn withdraw_key_packages(&self) -> Answer<'_, ()> {
        async move {
            let body = client_frame::Body::WithdrawKeyPackages(wire::WithdrawKeyPackages {});
            self.identified()?.done(body).await
        }
        .boxed()
    }

    fn count_key_packages(&self) -> Answer<'_, (u32, bool)> {
        async move {
            let body = client_frame::Body::CountKeyPackages(wire::CountKeyPackages {});
            match self.identified()?.session.request(body).await? {
                server_frame::Body::KeyPackageCount(n) => Ok((n.count, n.last_resort)),
                _ => Err(ServiceError::BadAnswer),
            }
        }
        .boxed()
    }

    fn claim_key_packages(&self, user: &UserUri, cipher_suites: &[u16]) -> Answer<'_, Vec<Claimed>> {
        let claim = wire::ClaimKeyPackages {
            user: user.to_string(),
            cipher_suites: cipher_suites.iter().map(|s| u32::from(*s)).collect(),
        };
        async move {
            let body = client_frame::Body::ClaimKeyPackages(claim);
            let server_frame::Body::ClaimedKeyPackages(claimed) =
                self.identified()?.session.request(body).await?
            else {
                return Err(ServiceError::BadAnswer);
            };
            let one = |c: wire::ClaimedKeyPackage| {
                let client = c.client.parse().map_err(|_| ServiceError::BadAnswer)?;
                Ok(Claimed { client, key_package: c.key_package, last_resort: c.last_resort })
            };
            claimed.key_packages.into_iter().map(one).collect()
        }
        .boxed()
    }

    fn submit_commit(
        &self,
        log: GroupId,
        key: AccessKey,
        commit: CommitSubmission,
    ) -> Answer<'_, SubmitOutcome> {
        async move {
            let opened = self.anonymous()?;
            let proof = opened.prove(&log, &key, AccessPurpose::Submit(&commit.bundle));
            let delivery = |w: crate::WelcomeDelivery| wire::WelcomeDelivery {
                inbox: Bytes::copy_from_slice(w.inbox.as_bytes()),
                welcome: w.welcome,
            };
            let submit = wire::SubmitCommit {
                log: log_bytes(&log),
                bundle: commit.bundle,
                proof: Some(proof),
                welcomes: commit.welcomes.into_iter().map(delivery).collect(),
                first_access_key: commit
                    .first_access_key
                    .map(|k| Bytes::copy_from_slice(&k))
                    .unwrap_or_default(),
            };
            opened.submitted(client_frame::Body::SubmitCommit(submit)).await
        }
        .boxed()
    }

    fn submit(&self, log: GroupId, key: AccessKey, entry: Bytes) -> Answer<'_, SubmitOutcome> {
        async move {
            let opened = self.anonymous()?;
            let proof = opened.prove(&log, &key, AccessPurpose::Submit(&entry));
            let submit = wire::SubmitEntry { log: log_bytes(&log), entry, proof: Some(proof) };
            opened.submitted(client_frame::Body::SubmitEntry(submit)).await
        }
        .boxed()
    }

    fn read(&self, log: GroupId, key: AccessKey, from: ReadFrom, limit: u32) -> Answer<'_, LogPage> {
        async move {
            let opened = self.anonymous()?;
            let from = match from {
                ReadFrom::After(seq) => read_log::From::After(seq.0),
                ReadFrom::StartOf(epoch) => read_log::From::StartOf(epoch.0),
            };
            let proof = opened.prove(&log, &key, AccessPurpose::Read);
            let read = wire::ReadLog { log: log_bytes(&log), proof: Some(proof), limit, from: Some(from) };
            match opened.session.request(client_frame::Body::ReadLog(read)).await? {
                server_frame::Body::LogEntries(entries) => page(entries),
                _ => Err(ServiceError::BadAnswer),
            }
        }
        .boxed()
    }

    fn subscribe(&self, log: GroupId, key: AccessKey, from: ReadFrom) -> Answer<'_, ()> {
        async move {
            let opened = self.anonymous()?;
            let from = match from {
                ReadFrom::After(seq) => subscribe_log::From::After(seq.0),
                ReadFrom::StartOf(epoch) => subscribe_log::From::StartOf(epoch.0),
            };
            let proof = opened.prove(&log, &key, AccessPurpose::Read);
            let subscribe = wire::SubscribeLog { log: log_bytes(&log), proof: Some(proof), from: Some(from) };
            opened.done(client_frame::Body::SubscribeLog(subscribe)).await
        }
        .boxed()
    }

    fn unsubscribe(&self, log: GroupId) -> Answer<'_, ()> {
        async move {
            let body = client_frame::Body::UnsubscribeLog(wire::UnsubscribeLog { log: log_bytes(&log) });
            self.anonymous()?.done(body).await
        }
        .boxed()
    }

    fn subscribe_inbox(&self, after: Seq) -> Answer<'_, ()> {
        async move {
            let body = client_frame::Body::SubscribeInbox(wire::SubscribeInbox { after: after.0 });
            self.identified()?.done(body).await
        }
        .boxed()
    }

    fn acknowledge_inbox(&self, upto: Seq) -> Answer<'_, ()> {
        async move {
            let body = client_frame::Body::AcknowledgeInbox(wire::AcknowledgeInbox { upto: upto.0 });
            self.identified()?.done(body).await
        }
        .boxed()
    }

    fn put_blob(&self, id: [u8; 16], data: Bytes) -> Answer<'_, ()> {
        async move {
            let put = wire::PutBlob { id: Bytes::copy_from_slice(&id), data };
            match self.anonymous()?.session.request(client_frame::Body::PutBlob(put)).await? {
                server_frame::Body::BlobStored(_) => Ok(()),
                _ => Err(ServiceError::BadAnswer),
            }
        }
        .boxed()
    }

    fn get_blob(&self, id: [u8; 16]) -> Answer<'_, Bytes> {
        async move {
            let get = wire::GetBlob { id: Bytes::copy_from_slice(&id) };
            match self.anonymous()?.session.request(client_frame::Body::GetBlob(get)).await? {
                server_frame::Body::Blob(blob) => Ok(blob.data),
                _ => Err(ServiceError::BadAnswer),
            }
        }
        .boxed()
    }
}
