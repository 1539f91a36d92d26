use conclave_record::KeyHandle;

/// Vault handles of the signature keys of a membership.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signers {
    /// The leaf's.
    pub leaf: Option<KeyHandle>,
    /// Of intents to renew it, oldest first.
    pub coming: Vec<KeyHandle>,
}
