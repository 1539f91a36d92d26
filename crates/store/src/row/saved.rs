use conclave_record::{KeyHandle, stored_enum};

stored_enum! {
    /// What is submitted.
    pub(crate) enum SubmissionCode: "submission kind" {
        Commit = 0,
        Entry = 1,
    }
}

/// Vault handles of the signature keys of a membership.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signers {
    /// The leaf's.
    pub leaf: Option<KeyHandle>,
    /// Of wishes to renew it, oldest first.
    pub coming: Vec<KeyHandle>,
}
