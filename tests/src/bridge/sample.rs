//! The story that most of the page's tests begin with: Alice and her groups, one for each way that a group can look. All
//! names are invented.

use std::collections::BTreeMap;

use conclave_engine::api::{Draft, TextFormat};
use conclave_protocol::Timestamp;
use conclave_protocol::clock::{Clock as _, SystemClock};
use conclave_protocol::wire::client_frame;
use conclave_protocol::wire::submitted;
use conclave_record::Role;

use super::sample_rows;
use crate::lawless::{Breach, tries};
use crate::network::Way;
use crate::world::DAY_MS;
use crate::{Kept, Person, Setup, World, story_with};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
/// How long ago the story begins. Keys are renewed after a week, which would be rows of their own.
const BEGAN_AGO_MS: u64 = 6 * DAY_MS;

/// After a sleep everybody is connected again within this time.
const AWAKE_MS: u64 = MINUTE_MS;

/// Who is in the story.
#[rustfmt::skip]
const CAST: &[&str] = &[
    "alice", "bob", "carol", "dave", "erin", "grace", "heidi", "ivan", "judy", "mallory", "quentin",
    "frank", "oscar", "nadia",
];
/// The groups that Mallory makes, most of which come to an end.
const WITH_MALLORY: [&str; 5] = ["Market stall", "Old school", "Book club", "Allotment", "Road watch"];
/// And so many sopranos.
const SOPRANOS: usize = 12;

/// Worlds to begin from.
pub(super) struct Samples {
    /// Everybody has an account, and nobody a group.
    pub(super) empty: Kept,
    /// Now.
    pub(super) ready: Kept,
}

/// Tells the story.
pub(super) fn tell() -> Samples {
    let now = SystemClock.now();
    let begin = Timestamp(now.0 - BEGAN_AGO_MS - HOUR_MS);
    story_with(Setup { service_on_disk: true, begin, ..Setup::seeded(1) }, |world| async move {
        let mut tale = Tale { world, now, people: BTreeMap::new() };
        let empty = tale.everybody_comes().await;
        tale.groups_are_made().await;
        tale.ends_come().await;
        tale.flat_talks().await;
        tale.choir_grows().await;
        tale.orchestra_talks().await;
        tale.harbour_talks().await;
        let ready = tale.end().await;
        Samples { empty, ready }
    })
}

struct Tale {
    world: World,
    now: Timestamp,
    people: BTreeMap<String, Person>,
}

impl Tale {
    fn of(&self, name: &str) -> &Person {
        &self.people[name]
    }

    /// Goes on so long before now.
    async fn ago(&self, ms: u64) {
        let then = self.now.0 - ms;
        let here = self.world.now().0;
        if let Some(left) = then.checked_sub(here + AWAKE_MS) {
            self.world.sleep(left).await;
            self.world.pass(AWAKE_MS).await;
        }
    }

    async fn group(&self, name: &str) -> String {
        let groups = self.of("alice").engine.groups().await.expect("the list is there");
        groups.into_iter().find(|group| group.name == name).expect("she is in it").id
    }

    async fn write(&self, who: &str, group: &str, text: &str) -> String {
        self.answer(who, group, text, None).await
    }

    /// What is written in a row is read before the next.
    async fn answer(&self, who: &str, group: &str, text: &str, to: Option<&str>) -> String {
        let draft =
            Draft { text: text.to_owned(), format: TextFormat::Markdown, reply_to: to.map(str::to_owned) };
        self.of(who).engine.send(group, draft).await.expect("a message is queued");
        self.world.pass(1_000).await;
        self.of(who).message(group, text).await
    }

    async fn everybody_comes(&mut self) -> Kept {
        let sopranos = (1..=SOPRANOS).map(|n| format!("soprano.{n}"));
        for name in CAST.iter().map(|name| (*name).to_owned()).chain(sopranos) {
            let person = self.world.newcomer(&name).await;
            if name == "nadia" {
                // She has an account, and nothing that she could be added by.
                person.network().upstream(|frame| match frame.body {
                    Some(client_frame::Body::PublishKeyPackages(_)) => Way::Cut,
                    _ => Way::Pass,
                });
            }
            let new = conclave_engine::api::NewAccount::new(&name, conclave_engine::api::Service::Own);
            person.engine.create_account(new).await.expect("an account is made");
            self.people.insert(name, person);
        }
        self.world.settle().await;
        self.stop(|_| true).await;
        let kept = self.world.keep(self.people.values()).await;
        self.start(|name| !matches!(name, "frank" | "oscar" | "nadia") && !name.starts_with("soprano")).await;
        kept
    }

    async fn stop(&mut self, who: impl Fn(&str) -> bool) {
        for (name, person) in &mut self.people {
            if who(name) {
                person.engine.close().await;
            }
        }
        self.world.settle().await;
    }

    async fn start(&mut self, who: impl Fn(&str) -> bool) {
        for (name, person) in &mut self.people {
            if who(name) {
                person.start().await;
            }
        }
        self.world.settle().await;
    }

    async fn groups_are_made(&mut self) {
        self.ago(BEGAN_AGO_MS).await;
        let of = |name| self.of(name);
        of("alice").creates("Summer camp", &[]).await;
        self.world.settle().await;
        for name in WITH_MALLORY {
            of("mallory").creates(name, &[of("alice")]).await;
        }
        of("alice").creates("Flat 12", &[of("heidi"), of("ivan")]).await;
        of("judy").creates("Reading circle", &[of("alice")]).await;
        let players = [of("alice"), of("ivan"), of("judy"), of("heidi")];
        of("grace").creates("Orchestra, brass", &players).await;
        let harbour = of("quentin").creates("Harbour", &[of("alice"), of("bob"), of("carol")]).await;
        self.world.quiet().await;
        for name in WITH_MALLORY {
            let group = self.group(name).await;
            self.write("mallory", &group, "Notes from the last meeting are out.").await;
        }
        self.has_roles(&harbour).await;
        self.write("bob", &harbour, "Welcome. This is the room for berths, dues and the *occasional* storm.")
            .await;
    }

    /// No app sets roles yet: this is what is left of a founder whose app could, and who went.
    async fn has_roles(&mut self, harbour: &str) {
        self.stop(|name| name == "quentin").await;
        let role = |name: &str, role| (self.of(name).user().parse().expect("a user"), role);
        let roles = vec![role("bob", Role::Owner), role("alice", Role::Admin), role("carol", Role::Admin)];
        let set =
            tries(self.of("quentin"), harbour, &Breach::SetsRoles(roles), self.world.now().seconds()).await;
        assert!(matches!(set, submitted::Outcome::Accepted(_)), "{set:?}");
        self.world.settle().await;
        self.of("bob").removes(harbour, self.of("quentin")).await;
        self.world.quiet().await;
    }

    async fn ends_come(&mut self) {
        self.ago(4 * DAY_MS).await;
        let (market, school) = (self.group("Market stall").await, self.group("Old school").await);
        self.of("mallory").removes(&market, self.of("alice")).await;
        self.of("alice").leaves(&school).await;
        self.world.quiet().await;
        self.stop(|name| name == "mallory").await;
        self.of("alice").leaves(&self.group("Book club").await).await;
        self.ago(3 * DAY_MS).await;
        let reading = self.group("Reading circle").await;
        self.write("judy", &reading, "Chapters four to six for Monday.").await;
    }

    async fn flat_talks(&mut self) {
        self.ago(2 * DAY_MS + 2 * HOUR_MS).await;
        let flat = self.group("Flat 12").await;
        self.write("heidi", &flat, "The boiler is fixed.").await;
        let gone = self.write("ivan", &flat, "gone").await;
        self.of("ivan").deletes(&flat, &gone).await;
        self.world.settle().await;
        for group in self.of("alice").engine.groups().await.expect("the list is there") {
            self.of("alice").looks(&group.id).await;
        }
        self.of("heidi").leaves(&flat).await;
        self.world.quiet().await;
    }

    async fn choir_grows(&mut self) {
        self.ago(DAY_MS + 4 * HOUR_MS).await;
        let harbour = self.group("Harbour").await;
        self.of("carol").adds(&harbour, &[self.of("erin")]).await;
        self.world.quiet().await;
        self.ago(DAY_MS + 3 * HOUR_MS).await;
        let pilots = "Thanks for having me. Two things from the pilots:\n\n- the **north light** is out again\n- `VHF 12` \
             is noisy after dark\n\n> Repairs are planned for Thursday";
        self.write("erin", &harbour, pilots).await;
        self.write("alice", &harbour, "Noted. I pass it on.").await;
        self.ago(DAY_MS).await;
        let choir = self.of("grace").creates("City choir", &[self.of("alice")]).await;
        self.world.quiet().await;
        self.write("grace", &choir, "I add the sopranos now.").await;
        self.of("alice").looks(&choir).await;
        self.ago(6 * HOUR_MS).await;
        self.start(|name| matches!(name, "soprano.1" | "soprano.5")).await;
        let sopranos: Vec<&Person> = (1..=SOPRANOS).map(|n| self.of(&format!("soprano.{n}"))).collect();
        self.of("grace").adds(&choir, &sopranos).await;
        self.world.quiet().await;
        self.of("grace").removes(&choir, self.of("soprano.3")).await;
        self.of("soprano.5").leaves(&choir).await;
        self.world.quiet().await;
        self.write("soprano.1", &choir, "That was quick. Thank you.").await;
        self.stop(|name| name.starts_with("soprano")).await;
    }

    async fn orchestra_talks(&mut self) {
        self.ago(3 * HOUR_MS).await;
        let orchestra = self.group("Orchestra, brass").await;
        for n in 0..7 {
            let who = ["grace", "ivan"][n % 2];
            self.write(who, &orchestra, sample_rows::LINES[(n * 3) % sample_rows::LINES.len()]).await;
        }
    }

    async fn harbour_talks(&mut self) {
        self.ago(38 * MINUTE_MS).await;
        let harbour = self.group("Harbour").await;
        let tide = "The tide tables for March are at https://tides.example.org/march. Can somebody check berth four?";
        let tide = self.write("carol", &harbour, tide).await;
        self.ago(35 * MINUTE_MS).await;
        let on_it = "On it. It silts up again, we have two metres at low water.";
        let on_it = self.answer("alice", &harbour, on_it, Some(&tide)).await;
        for who in ["carol", "bob"] {
            self.of(who).reacts(&harbour, &on_it, "🙏", true).await;
        }
        let boat = self.write("alice", &harbour, "I can take the boat out before ten.").await;
        self.of("alice")
            .edits_as(&harbour, &boat, "I can take the boat out tomorrow before ten.", TextFormat::Markdown)
            .await;
        self.ago(31 * MINUTE_MS).await;
        self.write("bob", &harbour, "מחר ב־9 במזח הצפוני?").await;
        self.of("alice").looks(&harbour).await;
        self.ago(20 * MINUTE_MS).await;
        self.of("bob").adds(&harbour, &[self.of("dave")]).await;
        self.ago(16 * MINUTE_MS).await;
        let hello = self.write("dave", &harbour, "Hello everyone, glad to be in.").await;
        for who in ["alice", "bob", "carol"] {
            self.of(who).reacts(&harbour, &hello, "👋", true).await;
        }
        self.ago(12 * MINUTE_MS).await;
        self.of("carol").renames(&harbour, "Harbour board").await;
        self.ago(8 * MINUTE_MS).await;
        let plan =
            "The berth plan is final. Please look it over before Friday, then I send it to the council.";
        self.write("bob", &harbour, plan).await;
    }

    async fn end(&mut self) -> Kept {
        self.ago(MINUTE_MS).await;
        self.stop(|_| true).await;
        sample_rows::write(self.of("alice"), &self.people, self.now);
        self.world.keep(self.people.values()).await
    }
}
