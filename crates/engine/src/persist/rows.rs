//! The machine's types as the store's and back. Enums are matched out in full, so that a new variant on either side
//! does not compile until it is placed here.

use bytes::Bytes;
use conclave_group as group;
use conclave_group::policy::Role;
use conclave_group::signer::KeyHandle;
use conclave_store as store;

pub(super) fn snapshot(s: group::Snapshot) -> store::EpochSecret {
    store::EpochSecret { epoch: s.epoch, bytes: s.bytes.into() }
}

pub(super) fn prior(p: group::PriorEpoch) -> store::EpochSecret {
    store::EpochSecret { epoch: p.epoch, bytes: p.bytes.into() }
}

pub(super) fn access(a: &group::AccessSeed) -> store::AccessSeed {
    store::AccessSeed { epoch: a.epoch, seed: a.seed }
}

pub(crate) fn role_row(r: Role) -> store::Role {
    match r {
        Role::Member => store::Role::Member,
        Role::Admin => store::Role::Admin,
        Role::Owner => store::Role::Owner,
    }
}

pub(crate) fn role_from_row(r: store::Role) -> Role {
    match r {
        store::Role::Member => Role::Member,
        store::Role::Admin => Role::Admin,
        store::Role::Owner => Role::Owner,
    }
}

fn cause(c: group::UnreadableCause) -> store::UnreadableCause {
    use group::UnreadableCause as G;
    use store::UnreadableCause as S;
    match c {
        G::Damaged => S::Damaged,
        G::KeyGone => S::KeyGone,
        G::TooOld => S::TooOld,
        G::OtherEpoch => S::OtherEpoch,
        G::SenderGone => S::SenderGone,
        G::BadContent => S::BadContent,
        G::RefusedChange => S::RefusedChange,
        G::Diverged => S::Diverged,
        G::Missing => S::Missing,
        G::SetBack => S::SetBack,
    }
}

fn cause_back(c: store::UnreadableCause) -> group::UnreadableCause {
    use group::UnreadableCause as G;
    use store::UnreadableCause as S;
    match c {
        S::Damaged => G::Damaged,
        S::KeyGone => G::KeyGone,
        S::TooOld => G::TooOld,
        S::OtherEpoch => G::OtherEpoch,
        S::SenderGone => G::SenderGone,
        S::BadContent => G::BadContent,
        S::RefusedChange => G::RefusedChange,
        S::Diverged => G::Diverged,
        S::Missing => G::Missing,
        S::SetBack => G::SetBack,
    }
}

fn status(s: group::GroupStatus) -> store::GroupStatus {
    use group::GroupStatus as G;
    use store::GroupStatus as S;
    match s {
        G::Creating => S::Creating,
        G::Active => S::Active,
        G::Leaving => S::Leaving,
        G::Left => S::Left,
        G::Removed { by } => S::Removed { by },
        G::Broken { cause: c } => S::Broken { cause: cause(c) },
    }
}

fn status_back(s: store::GroupStatus) -> group::GroupStatus {
    use group::GroupStatus as G;
    use store::GroupStatus as S;
    match s {
        S::Creating => G::Creating,
        S::Active => G::Active,
        S::Leaving => G::Leaving,
        S::Left => G::Left,
        S::Removed { by } => G::Removed { by },
        S::Broken { cause: c } => G::Broken { cause: cause_back(c) },
    }
}

fn renewal(r: group::Renewal) -> store::Renewal {
    match r {
        group::Renewal::Done => store::Renewal::Done,
        group::Renewal::Leaf => store::Renewal::Leaf,
        group::Renewal::Signer => store::Renewal::Signer,
    }
}

fn renewal_back(r: store::Renewal) -> group::Renewal {
    match r {
        store::Renewal::Done => group::Renewal::Done,
        store::Renewal::Leaf => group::Renewal::Leaf,
        store::Renewal::Signer => group::Renewal::Signer,
    }
}

pub(super) fn head(h: group::GroupHead) -> store::HeadRow {
    store::HeadRow {
        name: h.name,
        status: status(h.status),
        epoch: h.epoch,
        tree_hash: h.tree_hash,
        epoch_authenticator: h.epoch_authenticator,
        policy: h.policy,
        cipher_suite: h.cipher_suite,
        own_leaf: h.own_leaf,
        own_role: role_row(h.own_role),
        people: h.people,
        devices: h.devices,
        key_renewed: h.key_renewed,
        renewal: renewal(h.renewal),
        added_by: h.added_by,
        parent: h.parent,
        stated: h.stated,
        behind: h.behind,
    }
}

fn head_back(group: conclave_protocol::GroupId, h: store::HeadRow) -> group::GroupHead {
    group::GroupHead {
        group,
        name: h.name,
        status: status_back(h.status),
        epoch: h.epoch,
        tree_hash: h.tree_hash,
        epoch_authenticator: h.epoch_authenticator,
        policy: h.policy,
        cipher_suite: h.cipher_suite,
        own_leaf: h.own_leaf,
        own_role: role_from_row(h.own_role),
        people: h.people,
        devices: h.devices,
        key_renewed: h.key_renewed,
        renewal: renewal_back(h.renewal),
        added_by: h.added_by,
        parent: h.parent,
        stated: h.stated,
        behind: h.behind,
    }
}

pub(super) fn roster(e: group::RosterEntry) -> store::RosterRow {
    store::RosterRow {
        leaf: e.leaf,
        client: e.client,
        role: role_row(e.role),
        identity_key: e.identity_key,
        signature_key: e.signature_key,
        since_epoch: e.since_epoch,
        since: e.since,
    }
}

fn roster_back(e: store::RosterRow) -> group::RosterEntry {
    group::RosterEntry {
        leaf: e.leaf,
        client: e.client,
        role: role_from_row(e.role),
        identity_key: e.identity_key,
        signature_key: e.signature_key,
        since_epoch: e.since_epoch,
        since: e.since,
    }
}

fn kind(k: group::MembershipKind) -> store::MembershipKind {
    use group::MembershipKind as G;
    use store::MembershipKind as S;
    match k {
        G::Created => S::Created,
        G::Added => S::Added,
        G::Removed => S::Removed,
        G::Left => S::Left,
        G::RoleChanged => S::RoleChanged,
        G::Renamed => S::Renamed,
        G::PolicyChanged => S::PolicyChanged,
        G::KeyRotated => S::KeyRotated,
        G::KeysRenewed => S::KeysRenewed,
    }
}

pub(super) fn membership(r: group::MembershipRow) -> store::MembershipRow {
    store::MembershipRow {
        index: r.index,
        kind: kind(r.kind),
        actor: r.actor,
        target: r.target,
        devices: r.devices,
        name: r.name,
        role: r.role.map(role_row),
        epoch: r.epoch,
        at: r.at,
        seq: r.seq,
        commit: r.commit,
        row_hash: r.row_hash,
        chain_hash: r.chain_hash,
    }
}

fn message_kind(k: group::MessageKind) -> store::MessageKind {
    use group::MessageKind as G;
    use store::MessageKind as S;
    match k {
        G::Text { text, markdown } => S::Text { text, markdown },
        G::Reaction { target, emoji } => S::Reaction { target, emoji },
        G::Edit { target, text, markdown } => S::Edit { target, text, markdown },
        G::Delete { target } => S::Delete { target },
        G::Unknown { content_type } => S::Unknown { content_type },
    }
}

pub(super) fn message(m: group::MessageRow) -> store::MessageRow {
    store::MessageRow {
        message: m.message,
        sender: m.sender,
        epoch: m.epoch,
        seq: m.seq,
        at: m.at,
        kind: message_kind(m.kind),
        in_reply_to: m.in_reply_to,
        content: m.content,
    }
}

pub(super) fn unreadable(r: group::UnreadableRow) -> store::UnreadableRow {
    store::UnreadableRow { seq: r.seq, at: r.at, epoch: r.epoch, sender: r.sender, cause: cause(r.cause) }
}

pub(super) fn intent_change(c: &group::IntentChange) -> store::IntentChange {
    match *c {
        group::IntentChange::Queued { attempts } => store::IntentChange::Queued { attempts },
        group::IntentChange::Submitted => store::IntentChange::Submitted,
        group::IntentChange::Done => store::IntentChange::Done,
        group::IntentChange::Failed(reason) => store::IntentChange::Failed(fail_reason(reason)),
    }
}

fn fail_reason(r: group::FailReason) -> store::FailReason {
    use group::FailReason as G;
    use store::FailReason as S;
    match r {
        G::Refused => S::Refused,
        G::NotAllowed => S::NotAllowed,
        G::NotAMember => S::NotAMember,
        G::BadKeyPackage => S::BadKeyPackage,
        G::GroupBroken => S::GroupBroken,
        G::TooManyAttempts => S::TooManyAttempts,
        G::NotBuilt => S::NotBuilt,
    }
}

pub(super) fn staged(s: group::SavedStaged) -> store::StagedRow {
    store::StagedRow {
        epoch: s.epoch,
        commit: s.commit,
        secrets: s.secrets.into(),
        submission: s.submission,
        intent: s.intent.map(|i| store::IntentId(i.0)),
    }
}

fn staged_back(s: store::StagedRow) -> group::SavedStaged {
    group::SavedStaged {
        epoch: s.epoch,
        commit: s.commit,
        secrets: s.secrets.into_inner(),
        submission: s.submission,
        intent: s.intent.map(|i| group::IntentId(i.0)),
    }
}

pub(super) fn submission(s: group::SavedSubmission) -> store::SubmissionRow {
    let (submission, epoch, body) = match s.submission {
        group::Submission::Commit { submission, epoch, bundle, welcomes, first_access_key, blob } => {
            let welcomes = welcomes.into_iter();
            let body = store::SubmissionBody::Commit {
                bundle,
                welcomes: welcomes.map(|w| store::Welcome { inbox: w.inbox, welcome: w.welcome }).collect(),
                first_access_key,
                blob: blob.map(|b| store::TreeBlob { id: b.id, data: b.data }),
            };
            (submission, epoch, body)
        }
        group::Submission::Entry { submission, epoch, entry } => {
            (submission, epoch, store::SubmissionBody::Entry { entry })
        }
    };
    let intent = s.intent.map(|i| store::IntentId(i.0));
    store::SubmissionRow { submission, epoch, body, intent, message: s.message, accepted: s.accepted }
}

fn submission_back(s: store::SubmissionRow) -> group::SavedSubmission {
    let (submission, epoch) = (s.submission, s.epoch);
    let body = match s.body {
        store::SubmissionBody::Commit { bundle, welcomes, first_access_key, blob } => {
            let welcome = |w: store::Welcome| group::WelcomeFor { inbox: w.inbox, welcome: w.welcome };
            group::Submission::Commit {
                submission,
                epoch,
                bundle,
                welcomes: welcomes.into_iter().map(welcome).collect(),
                first_access_key,
                blob: blob.map(|b| group::TreeBlob { id: b.id, data: b.data }),
            }
        }
        store::SubmissionBody::Entry { entry } => group::Submission::Entry { submission, epoch, entry },
    };
    let intent = s.intent.map(|i| group::IntentId(i.0));
    group::SavedSubmission { submission: body, intent, message: s.message, accepted: s.accepted }
}

/// What a machine is loaded from, out of the store.
pub(crate) fn saved_from_row(s: store::SavedGroup) -> group::Saved {
    let id = s.generation.group;
    let prior = |p: store::EpochSecret| group::PriorEpoch { epoch: p.epoch, bytes: p.bytes.into_inner() };
    group::Saved {
        group: id,
        snapshot: group::Snapshot { epoch: s.snapshot.epoch, bytes: s.snapshot.bytes.into_inner() },
        prior: s.prior.into_iter().map(prior).collect(),
        tree: s.tree,
        tree_epoch: s.tree_epoch,
        tree_hash: s.tree_hash,
        head: head_back(id, s.head),
        roster: s.roster.into_iter().map(roster_back).collect(),
        former: s.former.into_iter().map(|(row, until)| (roster_back(row), until)).collect(),
        staged: s.staged.into_iter().map(staged_back).collect(),
        submissions: s.submissions.into_iter().map(submission_back).collect(),
        access: s.access.into_iter().map(|a| group::AccessSeed { epoch: a.epoch, seed: a.seed }).collect(),
        cursor: s.cursor,
        log_time: s.log_time,
        log_next: s.log_next,
        log_chain: s.log_chain,
    }
}

/// An intent out of the store.
pub(crate) fn intent_from_row(row: store::IntentRow) -> group::Intent {
    use group::IntentKind as G;
    use store::IntentKind as S;
    let kind = match row.kind {
        S::Send { message, content } => G::Send { message, content },
        S::Add { people } => {
            let person = |p: store::PersonKeyPackages| group::PeopleKeyPackages {
                user: p.user,
                key_packages: p.key_packages,
            };
            G::Add { people: people.into_iter().map(person).collect() }
        }
        S::Remove { people } => G::Remove { people },
        S::Rename { name } => G::Rename { name },
        S::Update { signer } => G::Update { signer: signer.map(signer_back) },
        S::Leave => G::Leave,
        S::Profile { name, due } => G::Profile { name, due },
    };
    group::Intent { id: group::IntentId(row.id.0), kind, attempts: row.attempts }
}

fn signer_back(s: store::NewSigner) -> group::NewSigner {
    group::NewSigner { handle: KeyHandle::new(s.handle), chain: s.chain }
}

/// A key package of ours that was just made, for the store.
pub(crate) fn key_package_to_row(k: group::StoredKeyPackage) -> store::KeyPackageRow {
    store::KeyPackageRow {
        reference: k.reference,
        handle: k.handle.as_str().to_owned(),
        last_resort: k.last_resort,
        cipher_suite: k.cipher_suite,
        not_after: k.not_after,
        data: k.data.into(),
        public: k.public,
        chain: k.chain,
        published: false,
        used: false,
    }
}

/// A key package of ours, out of the store.
pub(crate) fn key_package_from_row(k: store::KeyPackageRow) -> group::StoredKeyPackage {
    group::StoredKeyPackage {
        reference: k.reference,
        handle: KeyHandle::new(k.handle),
        last_resort: k.last_resort,
        cipher_suite: k.cipher_suite,
        not_after: k.not_after,
        data: k.data.into_inner(),
        public: k.public,
        chain: k.chain,
    }
}

/// A certificate chain as rows keep it: DER, leaf first.
pub(crate) fn chain_bytes(chain: &conclave_protocol::certificate::Chain) -> Vec<Bytes> {
    [chain.leaf(), chain.device(), chain.identity()].map(|c| Bytes::copy_from_slice(c.der())).to_vec()
}
