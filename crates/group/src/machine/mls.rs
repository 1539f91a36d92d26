//! The mls-rs client that creates, joins or loads a group.

use std::time::Duration;

use conclave_protocol::Timestamp;
use conclave_record::KeyHandle;
use mls_rs::client_builder::{
    BaseConfig, WithCryptoProvider, WithGroupStateStorage, WithIdentityProvider, WithKeyPackageRepo,
    WithMlsRules,
};
use mls_rs::extension::built_in::RequiredCapabilitiesExt;
use mls_rs::{Client, ExtensionList};
use mls_rs_core::crypto::CipherSuite;
use mls_rs_core::extension::{ExtensionType, MlsExtension};
use mls_rs_core::identity::{CredentialType, SigningIdentity};
use mls_rs_core::time::MlsTime;

use super::Env;
use crate::credential::{HandleCrypto, Identities, LastOpened};
use crate::mls_rules::Rules;
use crate::parameters;
use crate::policy::{Grounds, GroupPolicy};
use crate::signer::to_mls;
use crate::storage::{CapturedGroup, CapturedKeyPackage};

pub(crate) type Config = WithGroupStateStorage<
    CapturedGroup,
    WithKeyPackageRepo<
        CapturedKeyPackage,
        WithMlsRules<Rules, WithIdentityProvider<Identities, WithCryptoProvider<HandleCrypto, BaseConfig>>>,
    >,
>;
pub(crate) type MlsClient = Client<Config>;
pub(crate) type MlsGroup = mls_rs::Group<Config>;

/// What a client works with.
pub(crate) struct Parts {
    pub(crate) rules: Rules,
    pub(crate) storage: CapturedGroup,
    pub(crate) key_package: CapturedKeyPackage,
    pub(crate) last_opened: LastOpened,
}

impl Parts {
    pub(crate) fn new(env: &Env) -> Self {
        let rules = Rules::new(env.identities.clone());
        Self {
            rules,
            storage: CapturedGroup::default(),
            key_package: CapturedKeyPackage::default(),
            last_opened: LastOpened::default(),
        }
    }

    /// A client without a signature key: enough to load groups, whose stored state names theirs.
    pub(crate) fn client(&self, env: &Env) -> MlsClient {
        self.builder(env).build()
    }

    /// A client that signs with this key. Its key packages and leaves last for `lifetime_s`.
    pub(crate) fn signing_client(
        &self,
        env: &Env,
        who: SigningIdentity,
        handle: &KeyHandle,
        suite: CipherSuite,
        lifetime_s: u64,
    ) -> MlsClient {
        self.builder(env)
            .key_package_lifetime(Duration::from_secs(lifetime_s))
            .signing_identity(who, to_mls(handle), suite)
            .build()
    }

    fn builder(&self, env: &Env) -> mls_rs::client_builder::ClientBuilder<Config> {
        Client::builder()
            .crypto_provider(HandleCrypto::recording_to(self.last_opened.clone(), env.signer.clone()))
            .identity_provider(env.identities.clone())
            .mls_rules(self.rules.clone())
            .key_package_repo(self.key_package.clone())
            .group_state_storage(self.storage.clone())
            .extension_type(ExtensionType::new(parameters::POLICY_EXTENSION))
            .extension_type(ExtensionType::LAST_RESORT_KEY_PACKAGE)
            .custom_proposal_type(Grounds::proposal_type())
    }
}

/// The GroupContext extensions of a group with this policy: members must understand
/// it and the grounds of commits, and have X.509 credentials.
pub(crate) fn context_extensions(policy: &GroupPolicy) -> ExtensionList {
    let required = RequiredCapabilitiesExt {
        extensions: vec![ExtensionType::new(parameters::POLICY_EXTENSION)],
        proposals: vec![Grounds::proposal_type()],
        credentials: vec![CredentialType::X509],
    };
    let mut list = ExtensionList::new();
    list.set(required.into_extension().expect("three short lists can be encoded"));
    list.set(policy.extension());
    list
}

/// A time in MLS's seconds.
pub(crate) fn mls_time(at: Timestamp) -> MlsTime {
    MlsTime::from(at.seconds())
}
