//! Checks key packages before they get into a commit: one that others refuse would block the whole group.

use std::collections::BTreeSet;

use conclave_protocol::{ClientUri, Timestamp, UserUri};
use conclave_record::PersonKeyPackages;
use mls_rs::MlsMessage;
use mls_rs::group::ReceivedMessage;
use mls_rs_core::extension::ExtensionType;

use super::mls::mls_time;
use super::{KeyPackageFacts, Machine};
use crate::parameters;
use crate::policy::{Addition, Grounds};

/// A key package that may be used.
pub(super) struct Vetted {
    pub(super) message: MlsMessage,
    pub(super) addition: Addition,
}

impl Machine {
    /// Reads the key packages of people to add at this time. Clients already in the group are left out. Fails with the
    /// people who have an unusable one.
    pub(super) fn vet(
        &mut self,
        people: &[PersonKeyPackages],
        at: Timestamp,
    ) -> Result<Vec<Vetted>, Vec<UserUri>> {
        let mut vetted: Vec<Vetted> = Vec::new();
        let mut seen: BTreeSet<ClientUri> = BTreeSet::new();
        let mut unusable = Vec::new();
        for person in people {
            let mut sound = !person.key_packages.is_empty();
            for bytes in &person.key_packages {
                let one = self.vet_one(&person.user, bytes, at);
                sound &= one.as_ref().is_some_and(|one| seen.insert(one.addition.client.clone()));
                vetted.extend(one);
            }
            if !sound {
                unusable.push(person.user.clone());
            }
        }
        if !unusable.is_empty() {
            return Err(unusable);
        }
        let view = self.rules.view();
        let present = |client: &ClientUri| {
            let leaves = view.roster.leaves_of(client.user());
            leaves.iter().filter_map(|leaf| view.roster.get(*leaf)).any(|entry| entry.client == *client)
        };
        vetted.retain(|one| !present(&one.addition.client));
        Ok(vetted)
    }

    fn vet_one(&mut self, user: &UserUri, bytes: &[u8], at: Timestamp) -> Option<Vetted> {
        let message = MlsMessage::from_bytes(bytes).ok()?;
        let key_package = message.as_key_package()?;
        if key_package.cipher_suite() != self.group.cipher_suite() {
            return None;
        }
        let who = self.env.identities.client_of(key_package.signing_identity()).ok()?;
        let not_after_s = key_package.expiration().ok()?.seconds_since_epoch();
        let until = at.seconds() + parameters::KEY_PACKAGE_MARGIN_S;
        let lasts = not_after_s >= until && who.validity.not_after_s >= until;
        let capable = mls_rs::group::proposal::AddProposal::from(key_package.clone()).capabilities();
        let capable = capable.extensions().contains(&ExtensionType::new(parameters::POLICY_EXTENSION))
            && capable.proposals().contains(&Grounds::proposal_type());
        let facts = KeyPackageFacts::of(key_package);
        let bounded = facts.lifetime_s <= parameters::LIFETIME_S_MAX;
        if who.client.user() != user || !lasts || !capable || !facts.sound_keys || !bounded {
            return None;
        }
        // Signatures, lifetime and credential, as every receiver will check them. Changes nothing in the group.
        let sound = self.group.process_incoming_message_with_time(message.clone(), mls_time(at));
        matches!(sound, Ok(ReceivedMessage::KeyPackage(_))).then_some(())?;
        let addition = Addition { client: who.client, identity_key: who.identity_key, not_after_s, facts };
        Some(Vetted { message, addition })
    }
}
