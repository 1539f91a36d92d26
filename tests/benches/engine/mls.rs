//! mls-rs with our certificates, without an engine: simulated members use it, and the engine is compared with it.

use std::time::Duration;

use conclave_group::credential::{CIPHER_SUITES, HandleCrypto, Identities, LEAF_LIFETIME_S};
use conclave_group::parameters::{ACCESS_LABEL, PADDING, POLICY_EXTENSION};
use conclave_group::signer::to_mls;
use conclave_protocol::Epoch;
use conclave_record::AccessSeed;
use mls_rs::client_builder::{BaseConfig, WithCryptoProvider, WithIdentityProvider, WithMlsRules};
use mls_rs::mls_rules::{CommitOptions, DefaultMlsRules, EncryptionOptions};
use mls_rs::{Client, Group};
use mls_rs_core::extension::ExtensionType;

use crate::certificates::{Authority, Device};

type Config = WithMlsRules<
    DefaultMlsRules,
    WithIdentityProvider<Identities, WithCryptoProvider<HandleCrypto, BaseConfig>>,
>;
pub(crate) type MlsClient = Client<Config>;
pub(crate) type MlsGroup = Group<Config>;

/// A client of this device, with its own signature key.
pub(crate) fn client(authority: &Authority, device: &Device, now_s: u64) -> MlsClient {
    let (handle, identity) = authority.leaf(device, now_s);
    let commits = CommitOptions::new()
        .with_path_required(true)
        .with_ratchet_tree_extension(false)
        .with_single_welcome_message(false);
    let rules = DefaultMlsRules::new()
        .with_commit_options(commits)
        .with_encryption_options(EncryptionOptions::new(true, PADDING));
    Client::builder()
        .crypto_provider(HandleCrypto::new(authority.signer.clone()))
        .identity_provider(authority.identities.clone())
        .mls_rules(rules)
        .extension_type(ExtensionType::new(POLICY_EXTENSION))
        .extension_type(ExtensionType::LAST_RESORT_KEY_PACKAGE)
        .custom_proposal_type(conclave_group::policy::Grounds::proposal_type())
        .key_package_lifetime(Duration::from_secs(LEAF_LIFETIME_S))
        .signing_identity(identity, to_mls(&handle), CIPHER_SUITES[0])
        .build()
}

/// What authorises members of the group's epoch to the service.
pub(crate) fn access_seed(group: &MlsGroup) -> AccessSeed {
    let secret = group.export_secret(ACCESS_LABEL, &[], 32).unwrap();
    AccessSeed { epoch: Epoch(group.current_epoch()), seed: secret.as_bytes().try_into().unwrap() }
}
