use serde::{Deserialize, Serialize};

/// Whether the app can be used, and if not, why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum AppState {
    /// No account on this profile yet: show the first run.
    FirstRun,
    /// The account is open.
    Ready { account: Account },
    /// The OS keychain does not answer (locked, no service). Nothing was changed; unlock it and try again.
    KeychainLocked,
    /// The store is damaged or not ours. If it was set aside, it has this file name.
    StoreDamaged { kept_as: Option<String> },
    /// Another process has this profile's store open.
    ProfileInUse,
    /// The store was written by a newer version of the app.
    StoreTooNew,
    /// The disk can't be used (full, read-only).
    DiskUnavailable,
    /// The account is being deleted, and keychain or disk still have some of it. Retrying continues the deletion.
    Deleting,
}

/// The account of this profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The full user id: `mimi://domain/u/name`.
    pub user: String,
    /// The display name, or the login if none was chosen.
    pub name: String,
    /// The login: the name within the domain. Others type it to add this user.
    pub handle: String,
    pub domain: String,
    /// Device id, hex.
    pub device: String,
    pub service: Service,
    /// The login of who invited this user to the service, as in the link. None once a group was deleted that both had
    /// been in.
    pub invited_by: Option<String>,
    pub connection: Connection,
}

/// The service of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Service {
    /// This profile runs the service itself, on loopback, for this computer.
    Own,
    /// Another profile of this computer runs it.
    Local { name: String },
    /// A server: `https://host[:port]`, or `http://` on loopback only.
    Server { url: String },
}

/// A service that the first run offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct ServiceOffer {
    pub service: Service,
    /// The domain of accounts that are created there.
    pub domain: Option<String>,
}

/// What is needed to create an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct NewAccount {
    /// The display name: 1 to 64 letters of any script. None: the login is shown.
    pub name: Option<String>,
    /// 1 to 32 characters of `a-z 0-9 . _ -`, starting with a letter.
    pub handle: String,
    pub service: Service,
    /// The invitation to this service, if there is one: the service must have the key that is in it.
    pub invitation: Option<String>,
}

impl NewAccount {
    /// With the required fields only.
    #[must_use]
    pub fn new(handle: &str, service: Service) -> Self {
        Self { name: None, handle: handle.to_owned(), service, invitation: None }
    }
}

/// The state of the connection to the Delivery Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Connection {
    Connecting,
    Connected,
    /// Retried at this time; messages are queued meanwhile.
    Unreachable {
        #[cfg_attr(feature = "specta", specta(type = f64))]
        retry_at_ms: u64,
    },
    /// The service has another key than the pinned one: nothing is sent to it.
    WrongService,
}

/// A user, as the window shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// `mimi://domain/u/name`.
    pub user: String,
    /// The login: the name within the domain. It identifies the person.
    pub handle: String,
    /// Their display name in this group: a label, which anybody can choose. None: they have none.
    pub name: Option<String>,
    /// Somebody else in the group has a name or a login that looks like this name: show the login beside it.
    pub alike: bool,
    /// They are this profile's own user.
    pub me: bool,
}
