//! A member with a modified app: what the service lets through, the others refuse.

use conclave_engine::api::{MembershipKind, MessageBody, RowBody, UnreadableCause};
use conclave_group::content::{Content, Disposition};
use conclave_protocol::clock::Clock as _;
use conclave_protocol::wire::submitted;
use conclave_record::TextFormat;
use conclave_tests::lawless::{Breach, tries};
use conclave_tests::{Person, World, oracle, story};

async fn causes(person: &Person, group: &str) -> Vec<UnreadableCause> {
    let rows = person.timeline(group).await;
    let cause = |body| match body {
        RowBody::Unreadable { cause, .. } => Some(cause),
        _ => None,
    };
    rows.into_iter().filter_map(|row| cause(row.body)).collect()
}

/// Bob, a member, tries it while his own app is closed; then everybody has seen it.
async fn bob_tries(world: &World, group: &str, bob: &mut Person, breach: Breach) {
    bob.stop().await;
    let outcome = tries(bob, group, &breach, bob.clock().now().seconds()).await;
    assert!(
        matches!(outcome, submitted::Outcome::Accepted(_)),
        "the service can't see what it is: {outcome:?}"
    );
    world.settle().await;
    bob.start().await;
    world.settle().await;
}

/// It is shown as what it is; bob's own app can't decrypt what it did not create, and shows that.
async fn refused_by_all(group: &str, [alice, bob, carol]: [&Person; 3]) {
    for (person, cause) in [
        (alice, UnreadableCause::RefusedChange),
        (bob, UnreadableCause::Damaged),
        (carol, UnreadableCause::RefusedChange),
    ] {
        assert_eq!(causes(person, group).await, [cause], "{} sees it", person.name());
    }
}

#[test]
fn a_member_cannot_remove_another() {
    story(1401, |world| async move {
        let [alice, mut bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        let epoch = alice.sees(&group).await.epoch;
        bob_tries(&world, &group, &mut bob, Breach::Removes(2)).await;
        for person in [&alice, &bob, &carol] {
            assert_eq!(person.roster(&group).await, ["alice", "bob", "carol"], "{} knows", person.name());
            assert_eq!(person.sees(&group).await.epoch, epoch);
            assert!(!person.changes(&group).await.contains(&MembershipKind::Removed));
        }
        refused_by_all(&group, [&alice, &bob, &carol]).await;
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn a_member_cannot_make_themselves_owner() {
    story(1402, |world| async move {
        let [alice, mut bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        bob_tries(&world, &group, &mut bob, Breach::TakesOver).await;
        for person in [&alice, &bob, &carol] {
            assert_eq!(person.sees(&group).await.name, "Harbour");
        }
        refused_by_all(&group, [&alice, &bob, &carol]).await;
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn a_proposal_against_the_rules_is_dropped_and_holds_nobody_up() {
    story(1403, |world| async move {
        let [alice, mut bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        bob_tries(&world, &group, &mut bob, Breach::ProposesRemoval(2)).await;
        for person in [&alice, &bob, &carol] {
            person.says(&group, &format!("{} is still here", person.name())).await;
        }
        alice.renames(&group, "Quay").await;
        world.quiet().await;
        assert_eq!(alice.roster(&group).await, ["alice", "bob", "carol"]);
        assert_eq!(carol.reads(&group).await.len(), 3);
        assert_eq!(carol.sees(&group).await.name, "Quay");
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn a_proposal_against_the_owner_is_dropped_too() {
    story(1404, |world| async move {
        let [alice, mut bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        bob_tries(&world, &group, &mut bob, Breach::ProposesRemoval(0)).await;
        // Carol's leaving makes somebody commit pending proposals.
        carol.leaves(&group).await;
        world.quiet().await;
        assert_eq!(alice.roster(&group).await, ["alice", "bob"]);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn bytes_that_are_no_content_show_as_such() {
    story(1405, |world| async move {
        let [alice, mut bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        bob_tries(&world, &group, &mut bob, Breach::Says(b"\xff not CBOR at all".to_vec())).await;
        assert_eq!(causes(&alice, &group).await, [UnreadableCause::BadContent]);
        alice.says(&group, "what was that?").await;
        world.quiet().await;
        assert_eq!(bob.reads(&group).await, ["what was that?"]);
        assert_eq!(alice.reads(&group).await, ["what was that?"]);
    });
}

#[test]
fn nobody_takes_back_or_edits_what_another_said_whatever_app_they_have() {
    story(1406, |world| async move {
        let [alice, mut bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        alice.says(&group, "I never said that").await;
        world.settle().await;
        let message = alice.message(&group, "I never said that").await;
        let id: [u8; 32] = hex::decode(message).expect("hex").try_into().expect("32 bytes");
        let first = conclave_protocol::MessageId::new(id);
        let edit = Content::edit([7; 16], first, None, "I said that", TextFormat::Plain);
        let bytes = edit.encode().expect("it encodes");
        bob_tries(&world, &group, &mut bob, Breach::Says(bytes)).await;
        for person in [&alice, &carol] {
            let shown = person.messages(&group).await;
            assert_eq!(
                shown[0].body,
                MessageBody::Text {
                    text: "I never said that".to_owned(),
                    format: conclave_engine::api::TextFormat::Plain,
                }
            );
            assert!(!shown[0].edited, "{} sees what alice said", person.name());
        }
    });
}

#[test]
fn content_of_another_kind_is_kept_and_says_what_it_is() {
    story(1407, |world| async move {
        let [alice, mut bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        let mut content = Content::text([8; 16], "BEGIN:VCARD", TextFormat::Plain);
        content.part.disposition = Disposition::RENDER;
        let conclave_group::content::Body::Single { content_type, .. } = &mut content.part.body else {
            panic!("a text is a single part");
        };
        *content_type = "text/vcard".to_owned();
        let bytes = content.encode().expect("it encodes");
        bob_tries(&world, &group, &mut bob, Breach::Says(bytes)).await;
        let shown = alice.messages(&group).await;
        assert_eq!(shown[0].body, MessageBody::Unknown { content_type: "text/vcard".to_owned() });
    });
}
