//! What the facade refuses, and why.

use conclave_engine::api::{Error, NewAccount, PersonMay, Refusal, Role as ShownRole, Service};
use conclave_protocol::clock::Clock as _;
use conclave_protocol::wire::submitted;
use conclave_record::Role;
use conclave_tests::lawless::{Breach, tries};
use conclave_tests::{Person, oracle, story};

fn new(handle: &str) -> NewAccount {
    NewAccount::new(handle, Service::Own)
}

#[test]
fn a_name_belongs_to_who_took_it_first() {
    story(701, |world| async move {
        let [alice] = world.people(["alice"]).await;
        let other = world.newcomer("alice").await;
        assert_eq!(other.engine.create_account(new("alice")).await, Err(Error::HandleTaken));
        for bad in ["", "Alice", "1alice", "a b", "ä", &"a".repeat(33)] {
            assert_eq!(other.engine.create_account(new(bad)).await, Err(Error::BadHandle), "{bad:?}");
        }
        let account = other.engine.create_account(new("alice.2")).await.expect("a free name");
        assert_eq!((account.handle.as_str(), account.domain.as_str()), ("alice.2", "example.org"));
        assert_eq!(other.engine.create_account(new("alice.3")).await, Err(Error::AccountExists));
        world.settle().await;
        let group = alice.engine.create_group("Two".to_owned(), vec!["alice.2".to_owned()]).await;
        let group = group.expect("the other can be added");
        world.quiet().await;
        oracle::agree(&group, &[&alice, &other]).await;
    });
}

#[test]
fn without_the_service_there_is_no_account_and_no_harm() {
    story(702, |world| async move {
        let alice = world.newcomer("alice").await;
        alice.network().cut();
        assert_eq!(alice.engine.create_account(new("alice")).await, Err(Error::ServiceUnreachable));
        alice.network().mend();
        alice.engine.create_account(new("alice")).await.expect("the second try");
    });
}

#[test]
fn nobody_is_added_who_is_not_there_or_is_there_already() {
    story(703, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let nobody = |handle: &str| Error::NoSuchPerson { handle: handle.to_owned() };
        let made = alice.engine.create_group("Harbour".to_owned(), vec!["nobody".to_owned()]).await;
        assert_eq!(made, Err(nobody("nobody")));
        assert!(alice.engine.groups().await.expect("the list is there").is_empty());
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        let add = |handle: &str| alice.engine.add_people(group.clone(), vec![handle.to_owned()]);
        assert_eq!(add("nobody").await, Err(nobody("nobody")));
        assert_eq!(add("bob").await, Err(Error::NotAllowed { why: Refusal::AlreadyMember }));
        assert_eq!(add("alice").await, Err(Error::NotAllowed { why: Refusal::AlreadyMember }));
        assert_eq!(add("not a name").await, Err(Error::BadHandle));
        assert_eq!(alice.engine.add_people(group.clone(), Vec::new()).await, Err(Error::Empty));
        let remove = alice.engine.remove_person(group.clone(), "mimi://example.org/u/carol".to_owned()).await;
        assert_eq!(remove, Err(Error::NotAllowed { why: Refusal::NotAMember }));
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn a_member_may_talk_and_leave_and_nothing_else() {
    story(704, |world| async move {
        let [alice, bob, carol, dave] = world.people(["alice", "bob", "carol", "dave"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        let not = |why| Err(Error::NotAllowed { why });
        let added = bob.engine.add_people(group.clone(), vec![dave.name().to_owned()]).await;
        assert_eq!(added, not(Refusal::MayNotAdd));
        let removed = bob.engine.remove_person(group.clone(), carol.user()).await;
        assert_eq!(removed, not(Refusal::MayNotRemove));
        assert_eq!(
            bob.engine.rename_group(group.clone(), "Bob's".to_owned()).await,
            not(Refusal::MayNotRename)
        );
        bob.says(&group, "I only wanted to see").await;
        world.quiet().await;
        assert_eq!(carol.reads(&group).await.len(), 1);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn one_who_was_removed_may_nothing() {
    story(705, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        alice.removes(&group, &bob).await;
        world.settle().await;
        assert_eq!(bob.tries_to_say(&group, "let me in").await, Err(Error::NotAMember));
        assert_eq!(bob.engine.leave_group(group.clone()).await, Err(Error::NotAMember));
        assert_eq!(bob.engine.rename_group(group.clone(), "Mine".to_owned()).await, Err(Error::NotAMember));
        assert_eq!(
            bob.engine.add_people(group.clone(), vec!["alice".to_owned()]).await,
            Err(Error::NotAMember)
        );
        assert_eq!(
            alice.engine.forget_group(group.clone()).await,
            Err(Error::NotAllowed { why: Refusal::AlreadyMember }),
            "who is a member leaves first"
        );
        oracle::agree(&group, &[&alice]).await;
    });
}

#[test]
fn who_asks_too_much_is_told_how_long_to_wait() {
    story(790, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let mut refused = None;
        for number in 0..20 {
            let made = alice.engine.create_group(format!("Group {number}"), vec!["bob".to_owned()]).await;
            if let Err(error) = made {
                refused = Some(error);
                break;
            }
            world.settle().await;
        }
        let Some(Error::ServiceBusy { minutes }) = refused else { panic!("{refused:?}") };
        assert!((1..=60).contains(&minutes), "{minutes}");
        world.pass(u64::from(minutes) * 60_000).await;
        let group = alice.creates("At last", &[&bob]).await;
        world.quiet().await;
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

/// The actions that the roster offers this person on that one.
async fn offered(person: &Person, group: &str, target: &Person) -> PersonMay {
    let roster = person.engine.roster(group.to_owned(), 0).await.expect("the roster is there");
    let one = roster.people.into_iter().find(|one| one.person.user == target.user());
    one.expect("they are in the group").may
}

#[test]
fn what_a_role_may_do_is_offered_and_what_it_may_not_is_refused() {
    story(720, |world| async move {
        let [mut alice, bob, carol, dave, erin, frank] =
            world.people(["alice", "bob", "carol", "dave", "erin", "frank"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol, &dave, &erin, &frank]).await;
        world.quiet().await;
        alice.stop().await;
        let role = |person: &Person, role| (person.user().parse().expect("a user"), role);
        let roles = vec![role(&bob, Role::Owner), role(&carol, Role::Admin), role(&dave, Role::Admin)];
        let set = tries(&alice, &group, &Breach::SetsRoles(roles), alice.clock().now().seconds()).await;
        assert!(matches!(set, submitted::Outcome::Accepted(_)), "{set:?}");
        world.settle().await;
        let refused = |why| Err(Error::NotAllowed { why });
        // From the least to the most: each can remove those whom the previous one could not.
        let table = [
            (&erin, ShownRole::Member, [false, false, false], Refusal::MayNotRemove),
            (&carol, ShownRole::Admin, [false, false, true], Refusal::OnlyOwnersRemove),
            (&bob, ShownRole::Owner, [true, true, true], Refusal::OnlyOwnersRemove),
        ];
        for (by, shown, may, why) in table {
            let sees = by.sees(&group).await;
            assert_eq!(sees.my_role, Some(shown));
            assert_eq!(
                (sees.may.add, sees.may.rename),
                (shown > ShownRole::Member, shown > ShownRole::Member)
            );
            assert!(!offered(by, &group, by).await.remove, "{} may not remove themselves", by.name());
            for (target, may) in [&alice, &dave, &frank].into_iter().zip(may) {
                if !by.roster(&group).await.contains(&target.name().to_owned()) {
                    continue;
                }
                let what = format!("{} removes {}", by.name(), target.name());
                assert_eq!(offered(by, &group, target).await.remove, may, "{what}");
                let removed = by.engine.remove_person(group.clone(), target.user()).await;
                assert_eq!(removed, if may { Ok(()) } else { refused(why) }, "{what}");
                world.quiet().await;
                assert_eq!(!by.roster(&group).await.contains(&target.name().to_owned()), may, "{what}");
            }
        }
        assert_eq!(
            erin.engine.rename_group(group.clone(), "Quay".to_owned()).await,
            refused(Refusal::MayNotRename)
        );
        assert_eq!(
            erin.engine.add_people(group.clone(), vec!["frank".to_owned()]).await,
            refused(Refusal::MayNotAdd)
        );
        oracle::agree(&group, &[&bob, &carol, &erin]).await;
        erin.leaves(&group).await;
        let sees = erin.sees(&group).await;
        assert!(!sees.may.add && !sees.may.rename, "who leaves changes nothing more");
    });
}
