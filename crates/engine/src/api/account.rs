use serde::{Deserialize, Serialize};

/// Whether the app can be used, and what is in the way.
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
    /// The store opens, but is not ours or is damaged; it was kept aside under this file name.
    StoreDamaged { kept_as: Option<String> },
    /// Another process of this profile has the store open.
    ProfileInUse,
    /// The store was written by a newer version of the app.
    StoreTooNew,
    /// The disk refuses (full, read-only).
    DiskUnavailable,
    /// The account was deleted, and keychain or disk still hold something of it. Trying again goes on with it.
    Deleting,
}

/// The account of this profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The user, whole: `mimi://domain/u/name`.
    pub user: String,
    /// What this user is called: the name, or the login where none was chosen.
    pub name: String,
    /// The name within the domain; what others type to add this user.
    pub handle: String,
    pub domain: String,
    /// Device id, hex.
    pub device: String,
    pub service: Service,
    /// Who invited this user to the service, by their name there; as the link had it. None once a group was deleted
    /// that both had been in.
    pub invited_by: Option<String>,
    pub connection: Connection,
}

/// Where an account delivers.
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

/// A service that the first run can offer without typing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct ServiceOffer {
    pub service: Service,
    /// The domain that names made there get.
    pub domain: Option<String>,
}

/// What is needed to make an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct NewAccount {
    /// What the person is called, as people write it: 1 to 64 letters of any script. None: by the login.
    pub name: Option<String>,
    /// 1 to 32 characters of `a-z 0-9 . _ -`, starting with a letter.
    pub handle: String,
    pub service: Service,
    /// The link by which the person was invited to this service: the service must show the key that is in it.
    pub invitation: Option<String>,
}

impl NewAccount {
    /// With nothing but what is needed.
    #[must_use]
    pub fn new(handle: &str, service: Service) -> Self {
        Self { name: None, handle: handle.to_owned(), service, invitation: None }
    }
}

/// How the connection to the Delivery Service stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Connection {
    Connecting,
    Connected,
    /// Trying again at this time; messages are queued meanwhile.
    Unreachable {
        #[cfg_attr(feature = "specta", specta(type = f64))]
        retry_at_ms: u64,
    },
    /// The service shows another key than the one pinned: nothing is sent to it.
    WrongService,
}

/// A user as the window shows one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// `mimi://domain/u/name`.
    pub user: String,
    /// The name within the domain: the login, by which a person is known for certain.
    pub handle: String,
    /// What they call themselves in the group at hand: a label, which anybody may choose. None: they said none.
    pub name: Option<String>,
    /// Somebody else of the group has a name or a login that looks like this name: it needs the login beside it.
    pub alike: bool,
    /// This profile's own user.
    pub me: bool,
}
