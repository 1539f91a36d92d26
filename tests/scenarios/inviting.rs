//! Somebody is invited to a service, and joins it.

use conclave_engine::api::{AppState, BadInvitation, Error, Invitation, NewAccount, Service};
use conclave_tests::{Person, World, oracle, story};

const URL: &str = "https://chat.example.org";

async fn at_a_server(world: &World, name: &str, invitation: Option<String>) -> (Person, Result<(), Error>) {
    let person = world.newcomer(name).await;
    let service = Service::Server { url: URL.to_owned() };
    let new = NewAccount { invitation, ..NewAccount::new(name, service) };
    let made = person.engine.create_account(new).await.map(drop);
    (person, made)
}

async fn inviter(person: &Person) -> Option<String> {
    match person.engine.app_state().await {
        Ok(AppState::Ready { account }) => account.invited_by,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_invitation_leads_to_the_service_and_to_who_invited() {
    story(2301, |world| async move {
        let (alice, made) = at_a_server(&world, "alice", None).await;
        made.expect("an account");
        let link = alice.engine.invitation().await.expect("it is read").expect("a server has one");
        let read = alice.engine.read_invitation(&link).expect("it is one");
        assert_eq!(
            read,
            Invitation { service: Service::Server { url: URL.to_owned() }, by: "alice".to_owned() }
        );

        let (mut bob, made) = at_a_server(&world, "bob", Some(link)).await;
        made.expect("the service shows the key");
        world.settle().await;
        assert_eq!(inviter(&bob).await.as_deref(), Some("alice"));
        assert_eq!(inviter(&alice).await, None);
        bob.restart().await;
        world.settle().await;
        let by = inviter(&bob).await.expect("it outlives the program");
        let group = bob.engine.create_group("Hello".to_owned(), vec![by]).await.expect("she can be added");
        bob.says(&group, "I am here").await;
        world.quiet().await;
        assert_eq!(alice.reads(&group).await, ["I am here"]);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

/// The inviter is not shown any more once the two were in a group, which may be gone.
#[test]
fn who_invited_is_forgotten_with_the_first_group_of_both() {
    story(2305, |world| async move {
        let (alice, made) = at_a_server(&world, "alice", None).await;
        made.expect("an account");
        let (carol, made) = at_a_server(&world, "carol", None).await;
        made.expect("an account");
        let link = alice.engine.invitation().await.expect("it is read").expect("a server has one");
        let (mut bob, made) = at_a_server(&world, "bob", Some(link)).await;
        made.expect("the service shows the key");
        world.settle().await;
        let ends = async |name: &str, others: Vec<String>| {
            let group = bob.engine.create_group(name.to_owned(), others).await.expect("they can be added");
            world.quiet().await;
            bob.leaves(&group).await;
            world.quiet().await;
            bob.engine.forget_group(group).await.expect("bob is not in it any more");
        };
        ends("Others", vec!["carol".to_owned()]).await;
        assert_eq!(inviter(&bob).await.as_deref(), Some("alice"), "they did not meet");
        ends("Hello", vec!["alice".to_owned(), "carol".to_owned()]).await;
        assert_eq!(inviter(&bob).await, None);
        bob.restart().await;
        world.settle().await;
        assert_eq!(inviter(&bob).await, None, "nor after a restart");
        drop((alice, carol));
    });
}

#[test]
fn a_service_with_another_key_than_the_invitations_gets_no_account() {
    story(2302, |world| async move {
        let (alice, made) = at_a_server(&world, "alice", None).await;
        made.expect("an account");
        let link = alice.engine.invitation().await.expect("it is read").expect("a server has one");
        let (start, key) = link.rsplit_once('=').expect("the key is last");
        let other = if key.starts_with('0') { '1' } else { '0' };
        let forged = format!("{start}={other}{}", &key[1..]);
        let (bob, made) = at_a_server(&world, "bob", Some(forged)).await;
        assert_eq!(made, Err(Error::WrongService));
        assert!(!bob.store_file().exists());
        // Nothing was registered at the service.
        assert!(matches!(alice.engine.look_up("bob".to_owned()).await, Err(Error::NoSuchPerson { .. })));
    });
}

#[test]
fn an_invitation_to_another_service_is_not_one_to_this() {
    story(2303, |world| async move {
        let (alice, made) = at_a_server(&world, "alice", None).await;
        made.expect("an account");
        let link = alice.engine.invitation().await.expect("it is read").expect("a server has one");
        let elsewhere = link.replace("chat.example.org", "chat.example.net");
        let (_, made) = at_a_server(&world, "bob", Some(elsewhere)).await;
        assert_eq!(made, Err(Error::BadServiceUrl));
        let damaged = BadInvitation::Damaged;
        let (_, made) = at_a_server(&world, "bob", Some(format!("{link}0"))).await;
        assert_eq!(made, Err(Error::BadInvitation { why: damaged }));
        let why = |text: &str| alice.engine.read_invitation(text);
        assert_eq!(why("hello"), Err(Error::BadInvitation { why: BadInvitation::Other }));
        assert_eq!(why("conclave:invite/2?x"), Err(Error::BadInvitation { why: BadInvitation::Version }));
    });
}

#[test]
fn a_service_of_this_computer_has_no_link() {
    story(2304, |world| async move {
        let alice = world.person("alice").await;
        assert_eq!(alice.engine.invitation().await, Ok(None));
    });
}
