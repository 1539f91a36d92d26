//! The Delivery Service over the two connections: key packages and the inbox over the identified one, logs and blobs
//! over the anonymous one (RFC 9750 §5).

use bytes::Bytes;
use conclave_protocol::signing::{self, AccessPurpose};
use conclave_protocol::wire::{self, client_frame, read_log, server_frame, submitted, subscribe_log};
use conclave_protocol::{Epoch, GroupId, Seq, UserUri};

use super::{Opened, RemoteService};
use crate::access::AccessKey;
use crate::error::ServiceError;
use crate::received::{number, page, seq};
use crate::service::{Claimed, CommitSubmission, KeyPackageUpload, LogPage};

impl Opened {
    fn prove(&self, log: &GroupId, key: &AccessKey, purpose: AccessPurpose<'_>) -> wire::AccessProof {
        let bytes = signing::access(&self.identity.service_key, log, key.epoch(), &self.nonce, purpose);
        wire::AccessProof { epoch: key.epoch().0, signature: Bytes::copy_from_slice(&key.sign(&bytes)) }
    }

    async fn submitted(&self, body: client_frame::Body) -> Result<submitted::Outcome, ServiceError> {
        let server_frame::Body::Submitted(wire::Submitted { outcome: Some(outcome) }) =
            self.session.request(body).await?
        else {
            return Err(ServiceError::BadAnswer);
        };
        match outcome {
            submitted::Outcome::Accepted(n) => seq(n).map(drop)?,
            submitted::Outcome::Stale(epoch) => number(epoch).map(drop)?,
            submitted::Outcome::Refused(_) => {}
        }
        Ok(outcome)
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

/// Key packages of this client and of others.
impl RemoteService {
    /// Publishes key packages, each to be handed out once, and the last-resort one.
    pub async fn publish_key_packages(
        &self,
        once: Vec<KeyPackageUpload>,
        last_resort: Option<KeyPackageUpload>,
    ) -> Result<(), ServiceError> {
        let publish = wire::PublishKeyPackages {
            key_packages: once.into_iter().map(upload).collect(),
            last_resort: last_resort.map(upload),
        };
        self.identified()?.done(client_frame::Body::PublishKeyPackages(publish)).await
    }

    /// Takes back all key packages of this client that are there, of either kind: none is handed out any more.
    pub async fn withdraw_key_packages(&self) -> Result<(), ServiceError> {
        let body = client_frame::Body::WithdrawKeyPackages(wire::WithdrawKeyPackages {});
        self.identified()?.done(body).await
    }

    /// How many key packages are left there, and whether there is a last-resort one.
    pub async fn count_key_packages(&self) -> Result<(u32, bool), ServiceError> {
        let body = client_frame::Body::CountKeyPackages(wire::CountKeyPackages {});
        match self.identified()?.session.request(body).await? {
            server_frame::Body::KeyPackageCount(n) => Ok((n.count, n.last_resort)),
            _ => Err(ServiceError::BadAnswer),
        }
    }

    /// One key package for each device of a user.
    pub async fn claim_key_packages(
        &self,
        user: &UserUri,
        cipher_suites: &[u16],
    ) -> Result<Vec<Claimed>, ServiceError> {
        let claim = wire::ClaimKeyPackages {
            user: user.to_string(),
            cipher_suites: cipher_suites.iter().map(|s| u32::from(*s)).collect(),
        };
        let body = client_frame::Body::ClaimKeyPackages(claim);
        let server_frame::Body::ClaimedKeyPackages(claimed) =
            self.identified()?.session.request(body).await?
        else {
            return Err(ServiceError::BadAnswer);
        };
        let one = |c: wire::ClaimedKeyPackage| {
            let client = c.client.parse().map_err(|_| ServiceError::BadAnswer)?;
            Ok(Claimed { client, key_package: c.key_package })
        };
        claimed.key_packages.into_iter().map(one).collect()
    }
}

/// The inbox of this client.
impl RemoteService {
    /// Pushes the inbox from a place on.
    pub async fn subscribe_inbox(&self, after: Seq) -> Result<(), ServiceError> {
        let body = client_frame::Body::SubscribeInbox(wire::SubscribeInbox { after: after.0 });
        self.identified()?.done(body).await
    }

    /// Everything up to here is durable at the client.
    pub async fn acknowledge_inbox(&self, upto: Seq) -> Result<(), ServiceError> {
        let body = client_frame::Body::AcknowledgeInbox(wire::AcknowledgeInbox { upto: upto.0 });
        self.identified()?.done(body).await
    }
}

/// Group logs, under an epoch's access key.
impl RemoteService {
    /// Submits a commit bundle; with epoch 0 it creates the log.
    pub async fn submit_commit(
        &self,
        log: GroupId,
        key: AccessKey,
        commit: CommitSubmission,
    ) -> Result<submitted::Outcome, ServiceError> {
        let opened = self.anonymous()?;
        let proof = opened.prove(&log, &key, AccessPurpose::Submit(&commit.bundle));
        let delivery = |w: crate::WelcomeDelivery| wire::WelcomeDelivery {
            inbox: Bytes::copy_from_slice(w.inbox.as_bytes()),
            welcome: w.welcome,
        };
        let first_access_key = commit.first_access_key.map(|k| Bytes::copy_from_slice(&k));
        let submit = wire::SubmitCommit {
            log: log_bytes(&log),
            bundle: commit.bundle,
            proof: Some(proof),
            welcomes: commit.welcomes.into_iter().map(delivery).collect(),
            first_access_key: first_access_key.unwrap_or_default(),
        };
        opened.submitted(client_frame::Body::SubmitCommit(submit)).await
    }

    /// Submits an encoded `Entry`.
    pub async fn submit(
        &self,
        log: GroupId,
        key: AccessKey,
        entry: Bytes,
    ) -> Result<submitted::Outcome, ServiceError> {
        let opened = self.anonymous()?;
        let proof = opened.prove(&log, &key, AccessPurpose::Submit(&entry));
        let submit = wire::SubmitEntry { log: log_bytes(&log), entry, proof: Some(proof) };
        opened.submitted(client_frame::Body::SubmitEntry(submit)).await
    }

    /// Reads what comes after an entry, as much as the service puts on a page.
    pub async fn read_after(
        &self,
        log: GroupId,
        key: AccessKey,
        after: Seq,
    ) -> Result<LogPage, ServiceError> {
        self.read(log, key, read_log::From::After(after.0), 0).await
    }

    /// Reads the commit that began an epoch.
    pub async fn read_start(
        &self,
        log: GroupId,
        key: AccessKey,
        epoch: Epoch,
    ) -> Result<LogPage, ServiceError> {
        self.read(log, key, read_log::From::StartOf(epoch.0), 1).await
    }

    async fn read(
        &self,
        log: GroupId,
        key: AccessKey,
        from: read_log::From,
        limit: u32,
    ) -> Result<LogPage, ServiceError> {
        let opened = self.anonymous()?;
        let proof = opened.prove(&log, &key, AccessPurpose::Read);
        let read = wire::ReadLog { log: log_bytes(&log), proof: Some(proof), limit, from: Some(from) };
        match opened.session.request(client_frame::Body::ReadLog(read)).await? {
            server_frame::Body::LogEntries(entries) => page(entries),
            _ => Err(ServiceError::BadAnswer),
        }
    }

    /// Pushes what comes after an entry; replaces the former subscription of the log.
    pub async fn subscribe_after(
        &self,
        log: GroupId,
        key: AccessKey,
        after: Seq,
    ) -> Result<(), ServiceError> {
        self.subscribe(log, key, subscribe_log::From::After(after.0)).await
    }

    /// Pushes the log from the commit that began this epoch on, that commit included: for those who joined by it.
    /// Replaces the former subscription of the log.
    pub async fn subscribe_start(
        &self,
        log: GroupId,
        key: AccessKey,
        epoch: Epoch,
    ) -> Result<(), ServiceError> {
        self.subscribe(log, key, subscribe_log::From::StartOf(epoch.0)).await
    }

    async fn subscribe(
        &self,
        log: GroupId,
        key: AccessKey,
        from: subscribe_log::From,
    ) -> Result<(), ServiceError> {
        let opened = self.anonymous()?;
        let proof = opened.prove(&log, &key, AccessPurpose::Read);
        let subscribe = wire::SubscribeLog { log: log_bytes(&log), proof: Some(proof), from: Some(from) };
        opened.done(client_frame::Body::SubscribeLog(subscribe)).await
    }

    /// Ends a subscription.
    pub async fn unsubscribe(&self, log: GroupId) -> Result<(), ServiceError> {
        let body = client_frame::Body::UnsubscribeLog(wire::UnsubscribeLog { log: log_bytes(&log) });
        self.anonymous()?.done(body).await
    }
}

/// Encrypted blobs, under random ids.
impl RemoteService {
    /// Stores a blob.
    pub async fn put_blob(&self, id: [u8; 16], data: Bytes) -> Result<(), ServiceError> {
        let put = wire::PutBlob { id: Bytes::copy_from_slice(&id), data };
        match self.anonymous()?.session.request(client_frame::Body::PutBlob(put)).await? {
            server_frame::Body::BlobStored(_) => Ok(()),
            _ => Err(ServiceError::BadAnswer),
        }
    }

    /// Fetches a blob.
    pub async fn get_blob(&self, id: [u8; 16]) -> Result<Bytes, ServiceError> {
        let get = wire::GetBlob { id: Bytes::copy_from_slice(&id) };
        match self.anonymous()?.session.request(client_frame::Body::GetBlob(get)).await? {
            server_frame::Body::Blob(blob) => Ok(blob.data),
            _ => Err(ServiceError::BadAnswer),
        }
    }
}
