//! Commands about groups: create, add, remove, rename, leave, forget.

use bytes::Bytes;
use conclave_delivery::AccessKey;
use conclave_group::credential::CIPHER_SUITE;
use conclave_group::policy::Action;
use conclave_group::{CreateError, Effects, Machine, NewGroup, Now, ReadFrom, SignerMismatch};
use conclave_protocol::limits::ADDS_PER_COMMIT_MAX;
use conclave_protocol::{GroupId, GroupName, Handle, Seq, UserUri};
use conclave_record::{GroupHead, GroupStatus, IntentId, IntentKind, PersonKeyPackages, Role};
use conclave_store::{Error as StoreError, Tx};

use super::invitation::forget_inviter_if_met;
use super::permissions::Permissions;
use super::translate::internal;
use super::{Engine, Open};
use crate::api::{Error, Person, Refusal};
use crate::keys::chain_bytes;
use crate::new_membership::{NewGroupRows, follow};
use crate::registry::{FollowStored, look, retire};
use crate::sync::{Follow, Keys};

impl Engine {
    /// Finds a person of this service by name.
    pub async fn look_up(&self, handle: String) -> Result<Person, Error> {
        let open = self.account()?;
        let user = open.look_up(&handle).await?;
        Ok(open.logins().person(&user))
    }

    /// Creates a group with these people, given by their logins. Durable when it returns its id; it shows as `Creating`
    /// until the service has accepted it. To add people, the service must be reachable now.
    pub async fn create_group(&self, name: String, people: Vec<String>) -> Result<String, Error> {
        let open = self.account()?;
        let name = GroupName::clean(&name)?.into();
        let people = open.claim(&people, CIPHER_SUITE).await?;
        let (handle, chain) = open.deps.new_leaf().await?;
        let group = open.deps.ids.group();
        let new = NewGroup {
            group,
            name,
            creator: open.deps.me.client.clone(),
            handle: handle.clone(),
            chain: chain_bytes(&chain),
            suite: CIPHER_SUITE,
            people: Vec::new(),
        };
        let made = open.make_group_with_retry(new, people).await;
        let (machine, effects) = made.inspect_err(|_| open.deps.unload_key(&handle))?;
        let access = machine.access_seed(machine.epoch());
        let access = access.ok_or_else(|| internal(&"a new group has no access key"))?;
        let present = AccessKey::new(access.epoch, access.seed);
        // The group's actor must not start before the group is followed.
        let retired = retire(&open.registry, Some(group)).await;
        let rows = NewGroupRows { group, signer: handle.clone(), effects };
        let persisted = rows.persist(&open.deps).await;
        // Not before a row names it: the sweep deletes keys that are neither named nor loaded.
        open.deps.unload_key(&handle);
        let (generation, log) = match persisted {
            Ok(begun) => begun,
            Err(fault) => {
                // It may be stored all the same: then it is followed, and shown.
                open.registry.do_send(FollowStored);
                return Err(fault.into());
            }
        };
        let keys = Keys { present, former: Vec::new() };
        follow(&open.registry, generation, Follow { from: ReadFrom::After(Seq(0)), keys, log }).await;
        drop(retired);
        look(&open.registry, group);
        open.deps.bus.publish(crate::api::Event::Groups);
        Ok(group.to_hex())
    }

    /// Adds people by their logins.
    pub async fn add_people(&self, group: String, handles: Vec<String>) -> Result<(), Error> {
        let (open, group) = self.in_group(&group)?;
        let head = open.member_head(group).await?;
        Permissions::of(&head)?.require(Action::Add)?;
        if handles.is_empty() {
            return Err(Error::Empty);
        }
        for handle in &handles {
            let user = open.look_up(handle).await?;
            if open.role_of(group, &user).await?.is_some() {
                return Err(Error::NotAllowed { why: Refusal::AlreadyMember });
            }
        }
        let people = open.claim(&handles, head.cipher_suite).await?;
        open.add_intent(group, IntentKind::Add { people }).await
    }

    /// Removes a person with all their devices.
    pub async fn remove_person(&self, group: String, user: String) -> Result<(), Error> {
        let (open, group) = self.in_group(&group)?;
        let permissions = Permissions::of(&open.member_head(group).await?)?;
        permissions.require(Action::Remove)?;
        let user: UserUri = user.parse().map_err(|_| Error::NotAllowed { why: Refusal::NotAMember })?;
        let role = open.role_of(group, &user).await?;
        let role = role.ok_or(Error::NotAllowed { why: Refusal::NotAMember })?;
        permissions.require_removal_of(role)?;
        open.add_intent(group, IntentKind::Remove { people: vec![user] }).await
    }

    /// Renames a group.
    pub async fn rename_group(&self, group: String, name: String) -> Result<(), Error> {
        let (open, group) = self.in_group(&group)?;
        Permissions::of(&open.member_head(group).await?)?.require(Action::Rename)?;
        open.add_intent(group, IntentKind::Rename { name: GroupName::clean(&name)?.into() }).await
    }

    /// Asks to leave a group: another member commits it.
    pub async fn leave_group(&self, group: String) -> Result<(), Error> {
        let (open, group) = self.in_group(&group)?;
        open.member_head(group).await?;
        open.add_intent(group, IntentKind::Leave).await
    }

    /// Deletes the local data of a group that this user is no longer in, or that is broken.
    pub async fn forget_group(&self, group: String) -> Result<(), Error> {
        let (open, group) = self.in_group(&group)?;
        let (_, head) = open.deps.store.read(move |v| v.head(&group)).await?.ok_or(Error::NoSuchGroup)?;
        match head.status {
            GroupStatus::Left | GroupStatus::Removed { .. } | GroupStatus::Broken { .. } => {}
            GroupStatus::Creating | GroupStatus::Active | GroupStatus::Leaving => {
                return Err(Error::NotAllowed { why: Refusal::AlreadyMember });
            }
        }
        open.sync.do_send(crate::sync::Detach { group });
        let _retired = retire(&open.registry, Some(group)).await;
        let inviter = open.inviter();
        let delete = move |tx: &mut Tx<'_>| {
            let met = forget_inviter_if_met(tx, &group, inviter.as_ref())?;
            tx.delete_group(&group)?;
            Ok::<_, StoreError>(met)
        };
        let deleted = open.deps.store.write(delete).await;
        // If a broken one is still there, it is followed again.
        let met = deleted.inspect_err(|_| open.registry.do_send(FollowStored))?;
        if met {
            self.inviter_met().await;
        }
        open.deps.housekeeping.epoch_changed();
        open.deps.bus.publish(crate::api::Event::Groups);
        Ok(())
    }

    /// Retries a failed intent or message.
    pub async fn retry(&self, group: String, intent: String) -> Result<(), Error> {
        let (open, group) = self.in_group(&group)?;
        let intent = intent_id(&intent)?;
        open.member_head(group).await?;
        open.deps.store.write(move |tx| tx.retry(&group, intent)).await?;
        open.intents_changed(group);
        Ok(())
    }

    /// Discards a failed intent or message.
    pub async fn discard(&self, group: String, intent: String) -> Result<(), Error> {
        let (open, group) = self.in_group(&group)?;
        let intent = intent_id(&intent)?;
        open.deps.store.write(move |tx| tx.discard(&group, intent)).await?;
        open.intents_changed(group);
        Ok(())
    }
}

impl Open {
    async fn look_up(&self, handle: &str) -> Result<UserUri, Error> {
        let name: Handle = handle.trim().trim_start_matches('@').parse().map_err(|_| Error::BadHandle)?;
        let found = self.deps.service.look_up(&name).await;
        let (user, _) = found.map_err(|error| match error {
            conclave_delivery::ServiceError::NoSuchUser => Error::NoSuchPerson { handle: name.to_string() },
            other => other.into(),
        })?;
        Ok(user)
    }

    /// Creates a group with these people. If key packages can't be used (they expired, or were never valid), it claims
    /// others and tries once more. Nothing is stored yet.
    async fn make_group_with_retry(
        &self,
        new: NewGroup,
        mut people: Vec<PersonKeyPackages>,
    ) -> Result<(Machine, Effects), Error> {
        match self.make_group(new.clone(), &people).await? {
            Err(CreateError::BadKeyPackages(of)) => {
                self.claim_others(&mut people, &of, new.suite).await?;
                self.make_group(new, &people).await?.map_err(not_created)
            }
            made => made.map_err(not_created),
        }
    }

    async fn make_group(
        &self,
        new: NewGroup,
        people: &[PersonKeyPackages],
    ) -> Result<Result<(Machine, Effects), CreateError>, Error> {
        let person = |p: &PersonKeyPackages| PersonKeyPackages {
            user: p.user.clone(),
            key_packages: p.key_packages.clone(),
        };
        let new = NewGroup { people: people.iter().map(person).collect(), ..new };
        let (env, now) = (self.deps.env(), Now { local: self.deps.now() });
        let made = self.deps.executor.compute(move || Machine::create(env, new, now)).await;
        made.map_err(|_| Error::Closing)
    }

    /// Claims other key packages for some of these people.
    async fn claim_others(
        &self,
        people: &mut [PersonKeyPackages],
        of: &[UserUri],
        suite: u16,
    ) -> Result<(), Error> {
        for person in people.iter_mut().filter(|person| of.contains(&person.user)) {
            person.key_packages = self.claim_for(&person.user, suite).await?;
        }
        Ok(())
    }

    /// Claims a key package for each device of a person.
    async fn claim_for(&self, user: &UserUri, suite: u16) -> Result<Vec<Bytes>, Error> {
        let claimed = self.deps.service.claim_key_packages(user, &[suite]).await?;
        if claimed.is_empty() {
            return Err(Error::NoKeyPackage { handle: user.handle().to_owned() });
        }
        Ok(claimed.into_iter().map(|c| c.key_package).collect())
    }

    /// Claims a key package for each device of these people.
    async fn claim(&self, handles: &[String], suite: u16) -> Result<Vec<PersonKeyPackages>, Error> {
        let mut people: Vec<PersonKeyPackages> = Vec::with_capacity(handles.len());
        let too_many = Error::TooMany { max: ADDS_PER_COMMIT_MAX as u64 };
        if handles.len() > ADDS_PER_COMMIT_MAX {
            return Err(too_many);
        }
        for handle in handles {
            let user = self.look_up(handle).await?;
            if people.iter().any(|p| p.user == user) || user == *self.deps.me.client.user() {
                continue;
            }
            let key_packages = self.claim_for(&user, suite).await?;
            people.push(PersonKeyPackages { user, key_packages });
        }
        if people.iter().map(|p| p.key_packages.len()).sum::<usize>() > ADDS_PER_COMMIT_MAX {
            return Err(too_many);
        }
        Ok(people)
    }

    /// The head of a group that works and that this user is a member of.
    pub(super) async fn member_head(&self, group: GroupId) -> Result<GroupHead, Error> {
        let (_, head) = self.deps.store.read(move |v| v.head(&group)).await?.ok_or(Error::NoSuchGroup)?;
        match head.status {
            GroupStatus::Creating | GroupStatus::Active | GroupStatus::Leaving => Ok(head),
            GroupStatus::Left | GroupStatus::Removed { .. } => Err(Error::NotAMember),
            GroupStatus::Broken { .. } => Err(Error::GroupBroken),
        }
    }

    /// A person's role in a group; none if they are not in it.
    async fn role_of(&self, group: GroupId, user: &UserUri) -> Result<Option<Role>, Error> {
        let user = user.clone();
        Ok(self.deps.store.read(move |v| v.role_of(&group, &user)).await?)
    }

    /// Stores an intent, and has the group handle it.
    pub(super) async fn add_intent(&self, group: GroupId, kind: IntentKind) -> Result<(), Error> {
        let now = self.deps.clock.now();
        self.deps.store.write(move |tx| tx.add_intent(&group, &kind, now)).await?;
        self.intents_changed(group);
        Ok(())
    }

    /// Intents changed: has the group handle them, and the window show them.
    pub(super) fn intents_changed(&self, group: GroupId) {
        look(&self.registry, group);
        self.deps.bus.publish(crate::api::Event::Timeline { group: group.to_hex() });
        self.summary_changed(group);
    }

    /// What the list of groups shows of a group changed.
    pub(super) fn summary_changed(&self, group: GroupId) {
        self.deps.bus.publish(crate::api::Event::Group { group: group.to_hex() });
    }
}

/// Why a group was not created, as an error that a person can act on.
fn not_created(error: CreateError) -> Error {
    match error {
        CreateError::BadKeyPackages(of) => match of.first() {
            Some(user) => Error::NoKeyPackage { handle: user.handle().to_owned() },
            None => internal(&"bad key packages, but of no user"),
        },
        CreateError::NotAllowed => Error::TooMany { max: ADDS_PER_COMMIT_MAX as u64 },
        CreateError::BadSigner(SignerMismatch::NotLoaded) => Error::KeychainLocked,
        error @ (CreateError::BadName
        | CreateError::BadSigner(_)
        | CreateError::BadSuite(_)
        | CreateError::Failed(_)) => internal(&error),
    }
}

fn intent_id(text: &str) -> Result<IntentId, Error> {
    text.parse().map(IntentId).map_err(|_| Error::NoSuchMessage)
}
