//! The protocol between clients and services: ids, protobuf frames, certificates, limits. No I/O, so that both sides
//! and every test share one meaning of each byte.

mod address;
pub mod certificate;
pub mod clock;
mod id;
mod invitation;
pub mod limits;
pub mod link;
mod name;
pub mod signing;
mod uri;

/// The protobuf messages of `proto/conclave.proto`, generated.
#[allow(missing_docs, clippy::all, unreachable_pub)]
pub mod wire {
    include!(concat!(env!("OUT_DIR"), "/conclave.v1.rs"));
}

pub use address::{BadAddress, ServiceAddress};
pub use id::{BadLength, CommitHash, Epoch, GroupId, InboxId, MessageId, Seq, SubmissionId, Timestamp};
pub use invitation::{BadInvitation, Invitation};
pub use name::{BadName, GroupName, Name, PersonName, alike_key};
pub use uri::{BadUri, ClientUri, DeviceId, Handle, UserUri};
