//! What a client gives to the services and gets from them (RFC 9750 §4 and §5).

use bytes::Bytes;
use conclave_protocol::{ClientUri, GroupId, InboxId, Seq, Timestamp, wire};

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

/// A page of a log.
#[derive(Debug, Clone, Default)]
pub struct LogPage {
    /// In log order, without gaps.
    pub entries: Vec<wire::LogEntry>,
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
}

/// What the service sends without being asked.
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
    /// A connection is gone. The other one is dropped with the next
    /// [`connect`](crate::RemoteService::connect).
    Lost,
}
