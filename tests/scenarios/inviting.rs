//! Somebody is invited to a service, and comes.

use conclave_engine::api::{BadInvitation, Error, Invitation, NewAccount, Service};
use conclave_tests::{Person, World, oracle, story};

const URL: &str = "https://chat.example.org";

async fn at_a_server(world: &World, name: &str, invitation: Option<String>) -> (Person, Result<(), Error>) {
    let person = world.newcomer(name).await;
    let service = Service::Server { url: URL.to_owned() };
    let new = NewAccount { invitation, ..NewAccount::new(name, service) };
    let made = person.engine.create_account(new).await.map(drop);
    (person, made)
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
        let inviter = async |person: &Person| match person.engine.app_state().await {
            Ok(conclave_engine::api::AppState::Ready { account }) => account.invited_by,
            other => panic!("{other:?}"),
        };
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
        // Nothing was taken at the service.
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
