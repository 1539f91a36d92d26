//! The decision as a table, and the policy's encoding.
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use conclave_protocol::{ClientUri, DeviceId, Epoch, GroupId, Timestamp, UserUri};
use conclave_record::{Role, RosterEntry};

use super::*;
use crate::machine::KeyPackageFacts;
use crate::parameters;
use crate::roster::Roster;

const NOW: Timestamp = Timestamp(1_750_000_000_000);

fn user(name: &str) -> UserUri {
    format!("mimi://chat.example/u/{name}").parse().unwrap()
}

fn client(name: &str, device: u8) -> ClientUri {
    user(name).client(DeviceId([device; 8]))
}

/// owner 0, admin 1, a second admin 2, members 3 and 4, and the owner's second device 5.
fn roster() -> Roster {
    let names = ["owner", "admin", "second", "member", "other", "owner"];
    let entry = |(leaf, name): (usize, &&str)| RosterEntry {
        leaf: leaf as u32,
        client: client(name, leaf as u8),
        role: Role::Member,
        identity_key: [name.len() as u8; 32],
        signature_key: Bytes::new(),
        since_epoch: Epoch(0),
        since: NOW,
    };
    names.iter().enumerate().map(entry).collect()
}

fn policy() -> GroupPolicy {
    let mut policy = GroupPolicy::new(&GroupId::new([7; 16]), "Club".to_owned(), &user("owner"));
    policy.roles.insert(user("admin"), Role::Admin);
    policy.roles.insert(user("second"), Role::Admin);
    policy
}

fn by(committer: u32) -> CommitSummary {
    CommitSummary {
        committer,
        additions: vec![],
        removals: vec![],
        policy: None,
        grounds: Grounds { stated: NOW },
        foreign: false,
    }
}

fn adding(committer: u32, name: &str, key: u8) -> CommitSummary {
    let addition = Addition {
        client: client(name, 9),
        identity_key: [key; 32],
        not_after_s: NOW.seconds(),
        facts: KeyPackageFacts { sound_keys: true, lifetime_s: parameters::LIFETIME_S_MAX },
    };
    CommitSummary { additions: vec![addition], ..by(committer) }
}

fn removing(committer: u32, leaves: &[u32]) -> CommitSummary {
    let removals: Vec<_> = leaves.iter().map(|leaf| Removal { leaf: *leaf, proposer: committer }).collect();
    let commit = CommitSummary { removals, ..by(committer) };
    CommitSummary { policy: Some(settled(&policy(), &roster(), &commit)), ..commit }
}

fn leaving(committer: u32, leaves: &[u32]) -> CommitSummary {
    let removals: Vec<_> = leaves.iter().map(|leaf| Removal { leaf: *leaf, proposer: *leaf }).collect();
    let commit = CommitSummary { removals, ..by(committer) };
    CommitSummary { policy: Some(settled(&policy(), &roster(), &commit)), ..commit }
}

fn with(commit: CommitSummary, change: impl Fn(&mut GroupPolicy)) -> CommitSummary {
    let mut policy = commit.policy.clone().unwrap_or_else(policy);
    change(&mut policy);
    CommitSummary { policy: Some(policy), ..commit }
}

fn verdict(commit: &CommitSummary) -> Verdict {
    decide(&policy(), &roster(), commit, NOW)
}

fn allowed(commit: &CommitSummary) {
    assert_eq!(verdict(commit), Verdict::Allowed, "{commit:?}");
}

fn refused(commit: &CommitSummary, refusal: Refusal) {
    assert_eq!(verdict(commit), Verdict::Refused(refusal), "{commit:?}");
}

#[test]
fn anybody_renews_keys_and_nobody_unknown_commits() {
    (0..6).for_each(|leaf| allowed(&by(leaf)));
    refused(&by(6), Refusal::NotAMember);
    refused(&CommitSummary { foreign: true, ..by(0) }, Refusal::ForeignProposal);
}

#[test]
fn who_adds() {
    [0, 1, 2, 5].into_iter().for_each(|leaf| allowed(&adding(leaf, "new", 1)));
    [3, 4].into_iter().for_each(|leaf| refused(&adding(leaf, "new", 1), Refusal::MayNotAdd));
    // Another device of a member, and another person with that name.
    allowed(&adding(1, "member", 6));
    refused(&adding(1, "member", 1), Refusal::OtherIdentityKey);
    let mut twice = adding(1, "new", 1);
    twice.additions.extend(adding(1, "new", 2).additions);
    refused(&twice, Refusal::OtherIdentityKey);
    // In place of the one removed.
    let swap = CommitSummary { additions: adding(1, "member", 1).additions, ..removing(1, &[3]) };
    allowed(&swap);
    let mut expired = adding(1, "new", 1);
    expired.additions[0].not_after_s -= 1;
    refused(&expired, Refusal::KeyPackageExpired);
    let mut unsound = adding(1, "new", 1);
    unsound.additions[0].facts.sound_keys = false;
    refused(&unsound, Refusal::UnsoundKey);
    let mut lasting = adding(1, "new", 1);
    lasting.additions[0].facts.lifetime_s += 1;
    refused(&lasting, Refusal::LifetimeTooLong);
    let many = CommitSummary { additions: vec![adding(1, "new", 1).additions[0].clone(); 101], ..by(1) };
    refused(&many, Refusal::TooManyAdditions);
}

#[test]
fn a_commit_changes_so_many_members_and_roles_at_most() {
    let most = parameters::CHANGES_PER_COMMIT_MAX;
    let leaf = |i: usize| RosterEntry {
        leaf: i as u32,
        client: client(&format!("p{i}"), 1),
        ..roster().get(0).unwrap().clone()
    };
    let crowd: Roster = (0..=most + 1).map(leaf).collect();
    let mut policy = GroupPolicy::new(&GroupId::new([7; 16]), "Club".to_owned(), &user("p0"));
    let verdict = |policy: &GroupPolicy, commit: &CommitSummary| decide(policy, &crowd, commit, NOW);
    let removing = |n: usize, policy: &GroupPolicy| {
        let removals = (1..=n).map(|leaf| Removal { leaf: leaf as u32, proposer: 0 }).collect();
        let commit = CommitSummary { removals, ..by(0) };
        CommitSummary { policy: Some(settled(policy, &crowd, &commit)), ..commit }
    };
    assert_eq!(verdict(&policy, &removing(most, &policy)), Verdict::Allowed);
    let too_many = Verdict::Refused(Refusal::TooManyChanges);
    assert_eq!(verdict(&policy, &removing(most + 1, &policy)), too_many);
    // One of them has a role, which ends with it.
    policy.roles.insert(user("p1"), Role::Admin);
    assert_eq!(verdict(&policy, &removing(most, &policy)), too_many);
    let mut promoted = policy.clone();
    promoted.roles.extend((2..=most + 1).map(|i| (user(&format!("p{i}")), Role::Admin)));
    let promotes = |policy: &GroupPolicy| CommitSummary { policy: Some(policy.clone()), ..by(0) };
    assert_eq!(verdict(&policy, &promotes(&promoted)), Verdict::Allowed);
    promoted.roles.remove(&user("p1"));
    assert_eq!(verdict(&policy, &promotes(&promoted)), too_many);
}

#[test]
fn who_removes_whom() {
    for (committer, target, ok) in [
        (0, 1, true),
        (0, 3, true),
        (0, 5, true),
        (5, 0, true),
        (1, 3, true),
        (1, 2, false),
        (1, 0, false),
        (3, 4, false),
        (3, 1, false),
        (3, 0, false),
    ] {
        let commit = removing(committer, &[target]);
        if ok { allowed(&commit) } else { refused(&commit, Refusal::MayNotRemove) }
    }
    refused(&removing(1, &[1]), Refusal::NoSuchLeaf);
    refused(&removing(1, &[3, 3]), Refusal::NoSuchLeaf);
    refused(&removing(1, &[9]), Refusal::NoSuchLeaf);
    let foreign = CommitSummary { removals: vec![Removal { leaf: 3, proposer: 4 }], ..by(0) };
    refused(&foreign, Refusal::ForeignProposal);
}

#[test]
fn anybody_carries_out_leaving() {
    (1..5).for_each(|leaf| allowed(&leaving(3, &[leaf]).clone_for(leaf)));
    // The owner leaves with all devices: the admin with the lowest leaf that stays inherits.
    let commit = leaving(3, &[0, 5]);
    assert_eq!(commit.policy.as_ref().unwrap().role(&user("admin")), Role::Owner);
    allowed(&commit);
    let other_heir = with(leaving(3, &[0, 5]), |policy| {
        policy.roles.insert(user("admin"), Role::Admin);
        policy.roles.insert(user("member"), Role::Owner);
    });
    refused(&other_heir, Refusal::MayNotChangeRoles);
    // Not the member with the lowest leaf.
    let next = leaving(3, &[0, 5, 1]);
    assert_eq!(next.policy.as_ref().unwrap().role(&user("second")), Role::Owner);
    allowed(&next);
    // Without an admin, it is.
    let plain = leaving(3, &[0, 5, 1, 2]);
    assert_eq!(plain.policy.as_ref().unwrap().role(&user("member")), Role::Owner);
    allowed(&plain);
    // With one device only, nothing changes hands.
    assert_eq!(leaving(3, &[0]).policy.unwrap(), policy());
}

impl CommitSummary {
    /// A leaving member can't be the committer of that.
    fn clone_for(&self, leaver: u32) -> Self {
        if self.committer == leaver { leaving(4, &[leaver]) } else { self.clone() }
    }
}

#[test]
fn roles_follow_who_is_there() {
    let forgotten = CommitSummary { policy: None, ..removing(0, &[1]) };
    refused(&forgotten, Refusal::RolesAstray);
    let stranger = with(by(0), |policy| {
        policy.roles.insert(user("stranger"), Role::Admin);
    });
    refused(&stranger, Refusal::RolesAstray);
    let nobody = with(by(0), |policy| {
        policy.roles.remove(&user("owner"));
    });
    refused(&nobody, Refusal::RolesAstray);
}

#[test]
fn who_changes_what() {
    let promote = |committer| {
        with(by(committer), |policy| {
            policy.roles.insert(user("member"), Role::Admin);
        })
    };
    allowed(&promote(0));
    [1, 3].into_iter().for_each(|leaf| refused(&promote(leaf), Refusal::MayNotChangeRoles));
    let rename = |committer| with(by(committer), |policy| policy.name = "Choir".to_owned());
    [0, 1].into_iter().for_each(|leaf| allowed(&rename(leaf)));
    refused(&rename(3), Refusal::MayNotRename);
    let open = |committer| with(by(committer), |policy| policy.external_joins = true);
    allowed(&open(0));
    refused(&open(1), Refusal::MayNotChangePolicy);
    let free = |committer| with(by(committer), |policy| policy.rights.add = Role::Member);
    allowed(&free(0));
    refused(&free(3), Refusal::MayNotChangePolicy);
    let moved = with(by(0), |policy| policy.room.push('x'));
    refused(&moved, Refusal::RoomChanged);
}

/// What is in every group's context: a changed encoding needs a new version.
#[test]
fn the_policy_has_these_bytes() {
    let bytes = policy().encode();
    let expected = concat!(
        "0001",
        "04436c7562",
        "366d696d693a2f2f636861742e6578616d706c652f722f",
        "3037303730373037303730373037303730373037303730373037303730373037",
        "4058",
        "1b6d696d693a2f2f636861742e6578616d706c652f752f61646d696e",
        "01",
        "1b6d696d693a2f2f636861742e6578616d706c652f752f6f776e6572",
        "02",
        "1c6d696d693a2f2f636861742e6578616d706c652f752f7365636f6e64",
        "01",
        "0101010201",
        "00",
        "00093a80",
        "0076a700",
        "00000000",
    );
    assert_eq!(hex::encode(&bytes), expected);
    assert_eq!(GroupPolicy::decode(&bytes), Ok(policy()));
}

#[test]
fn other_bytes_are_no_policy() {
    let bytes = policy().encode();
    for cut in 0..bytes.len() {
        assert!(GroupPolicy::decode(&bytes[..cut]).is_err());
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(GroupPolicy::decode(&longer), Err(BadPolicy::Malformed));
    let mut later = bytes.clone();
    later[1] = 2;
    assert_eq!(GroupPolicy::decode(&later), Err(BadPolicy::Version(2)));
    for name in ["\u{7}", "", "x\u{202E}y", "\u{3164}", " x", &"x".repeat(1025)] {
        let named = GroupPolicy { name: name.to_owned(), ..policy() };
        assert_eq!(GroupPolicy::decode(&named.encode()), Err(BadPolicy::OutOfBounds("name")), "{name:?}");
    }
    let mut spelled_out = policy();
    spelled_out.roles.insert(user("member"), Role::Member);
    assert_eq!(GroupPolicy::decode(&spelled_out.encode()), Err(BadPolicy::Malformed));
}

#[test]
fn values_out_of_bounds_are_no_policy() {
    const DAY: u32 = 86_400;
    let with = |change: &dyn Fn(&mut GroupPolicy)| {
        let mut changed = policy();
        change(&mut changed);
        let read = GroupPolicy::decode(&changed.encode());
        assert!(read.is_err() || read.as_ref() == Ok(&changed));
        read.map(|_| ())
    };
    for (interval_s, ok) in [(0, false), (1, false), (DAY - 1, false), (DAY, true), (30 * DAY, true)] {
        let expected = if ok { Ok(()) } else { Err(BadPolicy::OutOfBounds("update interval")) };
        assert_eq!(with(&|policy| policy.update_interval_s = interval_s), expected, "{interval_s}");
    }
    for interval_s in [30 * DAY + 1, u32::MAX] {
        let refused = with(&|policy| {
            policy.update_interval_s = interval_s;
            policy.evict_idle_after_s = 0;
        });
        assert_eq!(refused, Err(BadPolicy::OutOfBounds("update interval")), "{interval_s}");
    }
    // Never; at least 14 days; at least three update intervals.
    for (interval_s, idle_s, ok) in [
        (DAY, 0, true),
        (DAY, 1, false),
        (DAY, 14 * DAY - 1, false),
        (DAY, 14 * DAY, true),
        (7 * DAY, 21 * DAY - 1, false),
        (7 * DAY, 21 * DAY, true),
        (30 * DAY, u32::MAX, true),
    ] {
        let expected = if ok { Ok(()) } else { Err(BadPolicy::OutOfBounds("idle time")) };
        let read = with(&|policy| {
            policy.update_interval_s = interval_s;
            policy.evict_idle_after_s = idle_s;
        });
        assert_eq!(read, expected, "{interval_s} {idle_s}");
    }
    let long = format!("mimi://{}", "a".repeat(506));
    for room in ["", "mimi://", "https://conclave.example/r/1", "mimi://a b", "mimi://a\u{202e}b", &long] {
        let read = with(&|policy| policy.room = room.to_owned());
        assert_eq!(read, Err(BadPolicy::OutOfBounds("room")), "{room}");
    }
    let many = |policy: &mut GroupPolicy| {
        let granted = (0..crate::parameters::CLIENTS_MAX).map(|i| (user(&format!("p{i}")), Role::Admin));
        policy.roles.extend(granted);
    };
    assert_eq!(with(&many), Err(BadPolicy::OutOfBounds("roles")));
}

/// A commit that does this, with the leaf's member as the target if it has one.
fn doing(action: Action, committer: u32, target: u32) -> CommitSummary {
    match action {
        Action::Add => adding(committer, "new", 1),
        Action::Remove => removing(committer, &[target]),
        Action::Rename => with(by(committer), |policy| policy.name = "Choir".to_owned()),
        Action::ChangeRoles => {
            with(by(committer), |policy| _ = policy.roles.insert(user("other"), Role::Admin))
        }
        Action::ChangePolicy => with(by(committer), |policy| policy.external_joins = !policy.external_joins),
    }
}

/// `may` and `may_on` agree with the decision on the commit: for every role, action, target and right.
#[test]
fn what_may_be_done_is_what_is_decided() {
    let roles = [Role::Member, Role::Admin, Role::Owner];
    let who = [(3, Role::Member), (1, Role::Admin), (0, Role::Owner)];
    // Another member of each role as the target; there is one owner, whose second device is not another.
    let targets = [(4, Role::Member), (2, Role::Admin), (0, Role::Owner)];
    let mut seen = [0, 0];
    for least in roles {
        let rights = Rights { add: least, remove: least, rename: least, change: least, invite: least };
        let policy = GroupPolicy { rights, ..policy() };
        for ((committer, role), action, (target, target_role)) in combinations(who, targets) {
            if committer == target {
                continue;
            }
            let commit = doing(action, committer, target);
            let commit =
                CommitSummary { policy: commit.policy.map(|p| GroupPolicy { rights, ..p }), ..commit };
            let on_somebody = action == Action::Remove;
            let may =
                if on_somebody { policy.may_on(role, action, target_role) } else { policy.may(role, action) };
            let expected = if may { Verdict::Allowed } else { Verdict::Refused(action.refusal()) };
            assert_eq!(
                decide(&policy, &roster(), &commit, NOW),
                expected,
                "{role:?} {action:?} {target_role:?}"
            );
            seen[usize::from(may)] += 1;
        }
    }
    assert!(seen.iter().all(|times| *times > 20), "{seen:?}");
    assert!(
        policy().may(Role::Admin, Action::Remove)
            && !policy().may_on(Role::Admin, Action::Remove, Role::Admin)
    );
}

fn combinations<A: Copy, B: Copy>(who: [A; 3], targets: [B; 3]) -> impl Iterator<Item = (A, Action, B)> {
    let actions = move |one| Action::ALL.map(|action| (one, action));
    who.into_iter()
        .flat_map(actions)
        .flat_map(move |(one, action)| targets.map(|target| (one, action, target)))
}
