//! What a Delivery Service and an Authentication Service are to a client (RFC 9750 §4 and §5).

use std::fmt;

use bytes::Bytes;
use conclave_protocol::{ClientUri, Epoch, GroupId, Handle, InboxId, Seq, Timestamp, UserUri, wire};
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use crate::access::AccessKey;
use crate::error::ServiceError;
use crate::remote::Sign;

/// The answer of a service, later.
pub(crate) type Answer<'a, T> = BoxFuture<'a, Result<T, ServiceError>>;

/// Who a service is: what a client pins when the account is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceIdentity {
    /// The Delivery Service's Ed25519 key.
    pub service_key: [u8; 32],
    /// The Authentication Service's Ed25519 key: the trust anchor of all certificates.
    pub authority_key: [u8; 32],
    /// The domain of the names made there.
    pub domain: String,
}

/// What a client expects of the service it talks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pins {
    /// First contact: take what is there.
    FirstUse,
    /// First contact, with the Delivery Service's key known beforehand: what it signs for is taken with it.
    Key([u8; 32]),
    /// Only this one.
    Only(ServiceIdentity),
}

impl Pins {
    /// Whether this may be the service that is expected.
    pub(crate) fn allow(&self, identity: &ServiceIdentity) -> bool {
        match self {
            Self::FirstUse => true,
            Self::Key(key) => *key == identity.service_key,
            Self::Only(pinned) => pinned == identity,
        }
    }
}

/// Where to read a log from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadFrom {
    /// What comes after this entry.
    After(Seq),
    /// From the commit that began this epoch on, that commit included: for those who joined by it.
    StartOf(Epoch),
}

/// A page of a log.
#[derive(Debug, Clone, Default)]
pub struct LogPage {
    /// In log order, without gaps.
    pub entries: Vec<wire::LogEntry>,
    /// There is more that the same proof opens.
    pub more: bool,
    /// The newest sequence number of the log.
    pub head: Seq,
}

/// What a subscription of this client's inbox brings.
#[derive(Debug, Clone, Default)]
pub struct InboxPage {
    /// In order.
    pub entries: Vec<InboxEntry>,
    /// The newest sequence number of the inbox.
    pub head: Seq,
}

/// An entry of this client's inbox.
#[derive(Debug, Clone)]
pub struct InboxEntry {
    /// Its place.
    pub seq: Seq,
    /// When it came, by the service.
    pub at: Timestamp,
    /// MLSMessage(Welcome).
    pub welcome: Bytes,
}

/// A Welcome on its way to an inbox.
#[derive(Debug, Clone)]
pub struct WelcomeDelivery {
    /// Whose.
    pub inbox: InboxId,
    /// MLSMessage(Welcome).
    pub welcome: Bytes,
}

/// A commit bundle to be submitted: one transaction, all of it or none.
#[derive(Debug, Clone)]
pub struct CommitSubmission {
    /// Encoded `CommitBundle`.
    pub bundle: Bytes,
    /// The Welcomes of the clients it adds.
    pub welcomes: Vec<WelcomeDelivery>,
    /// For the first commit of a log: the public access key of epoch 0.
    pub first_access_key: Option<[u8; 32]>,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmitOutcome {
    /// It is in the log at this place.
    Accepted(Seq),
    /// The log is at this epoch, or fenced since; derive it again.
    Stale(Epoch),
    /// It will never be taken.
    Refused(String),
}

/// A key package on its way to the service.
#[derive(Debug, Clone)]
pub struct KeyPackageUpload {
    /// MLSMessage(KeyPackage).
    pub key_package: Bytes,
    /// Its cipher suite (RFC 9420 §17.1).
    pub cipher_suite: u16,
    /// Not handed out after this.
    pub not_after: Timestamp,
}

/// A key package handed out.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Whose; the caller checks the key package against it.
    pub client: ClientUri,
    /// MLSMessage(KeyPackage).
    pub key_package: Bytes,
    /// It is handed out more than once.
    pub last_resort: bool,
}

/// Something the service says unasked.
#[derive(Debug)]
pub enum Push {
    /// Entries of a subscribed log.
    Log {
        /// Which.
        log: GroupId,
        /// The entries.
        page: LogPage,
    },
    /// A subscription rests until a newer epoch is proved.
    LogPaused {
        /// Which.
        log: GroupId,
        /// What was delivered.
        after: Seq,
    },
    /// Entries of the inbox.
    Inbox(InboxPage),
    /// A connection is gone; nothing comes any more until `connect` was called again.
    Lost,
}

/// A Delivery Service as a client uses it. Implementations hold the connections; none of them retries by itself.
pub trait DeliveryService: Send + Sync + fmt::Debug {
    /// Asks both connections for a sign of life; one without it ends within seconds. Without connections, nothing.
    fn probe(&self);

    /// Opens the connections (again), and says who answered. Pushes come through the queue given here, which ends
    /// with [`Push::Lost`]. Former connections are dropped.
    fn connect(&self, pushes: mpsc::Sender<Push>) -> Answer<'_, ServiceIdentity>;
    /// Publishes key packages, each to be handed out once, and the last-resort one.
    fn publish_key_packages(
        &self,
        once: Vec<KeyPackageUpload>,
        last_resort: Option<KeyPackageUpload>,
    ) -> Answer<'_, ()>;
    /// Takes back all key packages of this client that are there, of either kind: none is handed out any more.
    fn withdraw_key_packages(&self) -> Answer<'_, ()>;
    /// How many key packages are left there, and whether there is a last-resort one.
    fn count_key_packages(&self) -> Answer<'_, (u32, bool)>;
    /// One key package for each device of a user.
    fn claim_key_packages(&self, user: &UserUri, cipher_suites: &[u16]) -> Answer<'_, Vec<Claimed>>;
    /// Submits a commit bundle; with epoch 0 it creates the log.
    fn submit_commit(
        &self,
        log: GroupId,
        key: AccessKey,
        commit: CommitSubmission,
    ) -> Answer<'_, SubmitOutcome>;
    /// Submits an encoded `Entry`.
    fn submit(&self, log: GroupId, key: AccessKey, entry: Bytes) -> Answer<'_, SubmitOutcome>;
    /// Reads a page of a log (at most `limit` entries).
    fn read(&self, log: GroupId, key: AccessKey, from: ReadFrom, limit: u32) -> Answer<'_, LogPage>;
    /// Pushes what is there from a place on, and what comes; replaces the former subscription of the log.
    fn subscribe(&self, log: GroupId, key: AccessKey, from: ReadFrom) -> Answer<'_, ()>;
    /// Ends a subscription.
    fn unsubscribe(&self, log: GroupId) -> Answer<'_, ()>;
    /// Pushes the inbox from a place on.
    fn subscribe_inbox(&self, after: Seq) -> Answer<'_, ()>;
    /// Everything up to here is durable at the client.
    fn acknowledge_inbox(&self, upto: Seq) -> Answer<'_, ()>;
    /// Stores an encrypted blob under a random id.
    fn put_blob(&self, id: [u8; 16], data: Bytes) -> Answer<'_, ()>;
    /// Fetches a blob.
    fn get_blob(&self, id: [u8; 16]) -> Answer<'_, Bytes>;
}

/// An Authentication Service as a client uses it.
pub trait AuthenticationService: Send + Sync + fmt::Debug {
    /// Who the services there are; checked against the pins.
    fn identity(&self) -> Answer<'_, ServiceIdentity>;
    /// Asks for an identity certificate (DER) over a key made here; `sign` signs with that key.
    fn enrol(&self, name: &Handle, identity_key: [u8; 32], sign: Sign) -> Answer<'_, Bytes>;
    /// The user of this name and their identity certificate (DER).
    fn look_up(&self, name: &Handle) -> Answer<'_, (UserUri, Bytes)>;
}
