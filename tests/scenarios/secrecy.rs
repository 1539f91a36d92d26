//! Forward secrecy on disk: deleted secrets can't be found in a store any more, even with its key.

use std::collections::BTreeSet;

use conclave_protocol::GroupId;
use conclave_record::Saved;
use conclave_store::Store;
use conclave_tests::{DAY_MS, Person, World, oracle, story};
use conclave_vault::Vault as _;

/// The MLS state that the store has now, read from a copy of its file.
fn saved(person: &Person, group: &str) -> Saved {
    let file = person.copy_of_store();
    let store = Store::open(&file, &person.store_key()).expect("the copy opens");
    let id: [u8; 16] = hex::decode(group).expect("an id is hex").try_into().expect("16 bytes");
    let id = GroupId::new(id);
    let read = store.read(|v| match v.generation(&id)? {
        Some(generation) => v.saved(&generation),
        None => Ok(None),
    });
    let saved = read.expect("it can be read").expect("there is a state");
    drop(store);
    std::fs::remove_dir_all(file.parent().expect("a folder of its own")).expect("it can be removed");
    saved
}

/// Shorter matches with public data are chance.
const PUBLIC_RUN: usize = 12;

/// All runs of 32 bytes of an epoch's state, except those that overlap what every member may see: tree with
/// certificates, policy, hashes.
fn secret_runs(saved: &Saved) -> BTreeSet<[u8; 32]> {
    let head = &saved.head;
    let group = saved.generation.group;
    let public: [&[u8]; 5] =
        [&saved.tree, &head.policy, &head.tree_hash, &head.epoch_authenticator, group.as_bytes()];
    let known: BTreeSet<&[u8]> = public.iter().flat_map(|part| part.windows(PUBLIC_RUN)).collect();
    let seeds = saved.access.iter().map(|access| access.seed.as_slice());
    let prior = saved.prior.iter().map(|prior| &*prior.bytes);
    let mut secrets = BTreeSet::new();
    for part in seeds.chain(prior).chain([&*saved.snapshot.bytes]) {
        let touches = |at: usize| {
            let (from, upto) =
                (at.saturating_sub(PUBLIC_RUN - 1), (at + 32 + PUBLIC_RUN - 1).min(part.len()));
            part[from..upto].windows(PUBLIC_RUN).any(|run| known.contains(run))
        };
        for (at, run) in part.windows(32).enumerate() {
            // Numbers and lengths are not secrets.
            let varied = run.iter().collect::<BTreeSet<_>>().len() > 20;
            if varied && !touches(at) {
                secrets.insert(run.try_into().expect("32 bytes"));
            }
        }
    }
    secrets
}

/// Everybody renews their keys: all but the owner, who commits, join again.
async fn epochs_pass(world: &World, group: &str, alice: &Person, bob: &Person, rounds: u32) {
    for round in 0..rounds {
        alice.renames(group, &format!("Harbour {round}")).await;
        world.settle().await;
        bob.says(group, &format!("round {round}")).await;
        world.settle().await;
    }
    world.quiet().await;
}

#[test]
fn no_old_key_is_left_once_the_epoch_has_moved() {
    story(1101, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        bob.says(&group, "in an early epoch").await;
        alice.says(&group, "in an early epoch, too").await;
        world.settle().await;
        let old = saved(&alice, &group);
        let secrets = secret_runs(&old);
        assert!(secrets.len() > 200, "an epoch has secrets: {}", secrets.len());
        assert!(old.access.iter().all(|access| secrets.contains(&access.seed)));
        let there = oracle::found(&oracle::pages(&alice), &secrets);
        assert!(there.is_some(), "what is there now is found: the search works");
        epochs_pass(&world, &group, &alice, &bob, 6).await;
        let new = saved(&alice, &group);
        assert!(new.head.epoch.0 >= old.head.epoch.0 + 6);
        assert!(new.prior.iter().all(|prior| prior.epoch.0 + 3 >= new.head.epoch.0), "three former epochs");
        assert!(new.access.iter().all(|access| access.epoch > old.head.epoch));
        let left = oracle::found(&oracle::pages(&alice), &secrets);
        assert_eq!(left, None, "nothing of epoch {} is left", old.head.epoch);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn nothing_of_a_group_one_left_or_was_removed_from_can_be_used() {
    story(1102, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        let secrets = [&bob, &carol].map(|person| secret_runs(&saved(person, &group)));
        bob.leaves(&group).await;
        alice.removes(&group, &carol).await;
        world.quiet().await;
        for (person, secrets) in [&bob, &carol].into_iter().zip(&secrets) {
            assert!(secrets.len() > 200);
            assert_eq!(oracle::found(&oracle::pages(person), secrets), None, "of {}", person.name());
            oracle::no_keys_on_disk(person);
        }
        oracle::agree(&group, &[&alice]).await;
    });
}

fn holds(person: &Person, text: &str) -> bool {
    oracle::pages(person).windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_text_taken_back_is_gone_from_every_disk() {
    story(1103, |world| async move {
        let [alice, mut bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        let (kept, regretted) = ("we meet at the old crane at nine", "the safe opens with 24-17-33");
        alice.says(&group, kept).await;
        alice.says(&group, regretted).await;
        world.settle().await;
        for person in [&alice, &bob] {
            assert!(holds(person, kept) && holds(person, regretted), "what is said is kept");
        }
        alice.deletes(&group, &alice.message(&group, regretted).await).await;
        world.quiet().await;
        for person in [&alice, &bob] {
            assert!(holds(person, kept), "{} keeps what stands", person.name());
            assert!(!holds(person, regretted), "{} keeps nothing of what was taken back", person.name());
        }
        bob.restart().await;
        bob.engine.groups().await.expect("the list is there");
        assert!(!holds(&bob, regretted));
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn a_forgotten_group_leaves_no_text() {
    story(1104, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("A very secret harbour", &[&bob]).await;
        world.quiet().await;
        alice.says(&group, "nobody must know of the tunnel").await;
        world.settle().await;
        bob.leaves(&group).await;
        world.quiet().await;
        assert!(holds(&bob, "nobody must know of the tunnel"), "what was read stays until it is forgotten");
        bob.engine.forget_group(group.clone()).await.expect("bob is not in it any more");
        world.quiet().await;
        for text in ["nobody must know of the tunnel", "A very secret harbour"] {
            assert!(!holds(&bob, text), "{text}");
        }
    });
}

/// Keys in the vault that no row of the store names.
fn unnamed_keys(person: &Person) -> Vec<String> {
    let file = person.copy_of_store();
    let store = Store::open(&file, &person.store_key()).expect("the copy opens");
    let named = store.read(|v| v.vault_handles()).expect("it can be read");
    let items = person.vault().list().expect("the vault is open");
    let keys = items.iter().map(|item| item.as_str().to_owned());
    keys.filter(|key| key != "store/key" && !named.contains(key)).collect()
}

#[test]
fn a_key_that_nothing_needs_any_more_goes_from_the_vault() {
    story(1105, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        assert_eq!(unnamed_keys(&bob), Vec::<String>::new());
        bob.leaves(&group).await;
        world.quiet().await;
        bob.engine.forget_group(group.clone()).await.expect("bob is not in it any more");
        world.settle().await;
        assert_eq!(unnamed_keys(&bob).len(), 1, "the leaf's key is still there");
        // Not while the keychain is locked: what can't be read is not absent.
        bob.vault().set_available(false);
        world.pass(7 * 60 * 60 * 1000).await;
        bob.vault().set_available(true);
        assert_eq!(unnamed_keys(&bob).len(), 1);
        world.pass(7 * 60 * 60 * 1000).await;
        assert_eq!(unnamed_keys(&bob), Vec::<String>::new());
        alice.adds(&group, &[&bob]).await;
        world.quiet().await;
        bob.says(&group, "back, with all the keys I need").await;
        world.quiet().await;
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn key_packages_of_another_year_are_gone() {
    story(1106, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        world.settle().await;
        let old: BTreeSet<_> = bob.vault().list().expect("the vault is open").into_iter().collect();
        world.sleep(365 * DAY_MS).await;
        world.pass(7 * 60 * 60 * 1000).await;
        let kept = bob.vault().list().expect("the vault is open");
        let leaf = |item: &&conclave_vault::ItemName| item.as_str().starts_with("leaf/");
        let kept: Vec<_> = kept.iter().filter(leaf).collect();
        assert!(kept.len() > 20, "new ones are there");
        assert!(kept.iter().all(|item| !old.contains(*item)), "the old ones are not");
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn no_two_groups_share_a_signature_key() {
    story(1190, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let mut keys = BTreeSet::new();
        for number in 0..3 {
            let group = alice.creates(&format!("Group {number}"), &[&bob]).await;
            world.quiet().await;
            let saved = saved(&alice, &group);
            assert_eq!(saved.roster.len(), 2);
            keys.extend(saved.roster.into_iter().map(|entry| entry.signature_key));
        }
        assert_eq!(keys.len(), 6, "one of each member in each group");
    });
}
