//! Three separate processes against the server program, one of them killed repeatedly (`cargo xtask test "three
//! processes"`).
#![allow(clippy::unwrap_used, reason = "a test says what it expected by failing")]
#![allow(clippy::print_stderr, reason = "a long test says how far it is, and its seed")]

mod guests;
mod member;
mod words;

use std::collections::HashSet;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use guests::Guests;
use member::Member;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

const MESSAGES: usize = 2_000;
const CHANGES: usize = 30;
const KILLS: usize = 20;
/// Longest wait for anything to arrive.
const PATIENCE: Duration = Duration::from_secs(120);

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn server(folder: &std::path::Path) -> (Server, String) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let program = std::env::var("CONCLAVE_SERVER_BIN").expect("cargo xtask test names the server");
    let child = Command::new(program)
        .arg("--data")
        .arg(folder)
        .args(["--listen", &format!("127.0.0.1:{port}"), "--domain", "example.org"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the server starts");
    let by = Instant::now() + PATIENCE;
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < by, "the server does not listen");
        std::thread::yield_now();
    }
    (Server(child), format!("http://127.0.0.1:{port}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the programs that cargo xtask test builds"]
async fn killed_at_any_moment_nothing_is_lost() {
    let seed = StdRng::from_os_rng().random::<u64>();
    let seed = std::env::var("CONCLAVE_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(seed);
    eprintln!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let (_server, url) = server(&folder.path().join("server"));
    let names = ["ada", "bea", "cyd"];
    let mut members: Vec<Member> = names.iter().map(|n| Member::start(&folder.path().join(n), n)).collect();
    for member in &mut members {
        member.ask(&json!({ "do": "account", "handle": member.name(), "server": url }));
    }
    let guests = Guests::new(folder.path(), &url).await;
    let group = members[0].ask_until(&json!({ "do": "create", "name": "Harbour", "people": ["bea", "cyd"] }));
    let group = group.as_str().unwrap().to_owned();
    for member in &mut members {
        member
            .wait_for(&json!({ "do": "head", "group": group }), |head| head["health"]["state"] == "healthy");
    }

    let mut killed = HashSet::new();
    while killed.len() < KILLS {
        killed.insert(random.random_range(0..CHANGES));
    }
    let mut said = 0;
    for round in 0..CHANGES {
        let share = MESSAGES * (round + 1) / CHANGES - said;
        for i in 0..share {
            let text = words::text(said + i);
            members[(said + i) % 3].post(json!({ "do": "send", "group": group, "text": text }));
        }
        said += share;
        if killed.contains(&round) {
            members[2].answered(random.random_range(0..=share / 3));
            members[2].kill_and_restart(&group);
        }
        guests.change(round, &group, &mut members[0]);
        for member in &mut members {
            member.answered(usize::MAX);
        }
        eprintln!("{} messages, {} changes, {} s", said, round + 1, member::since_start());
    }
    settled(&mut members, &group);
}

/// All three hold the same messages, each once.
fn settled(members: &mut [Member], group: &str) {
    let ask = |what: &str| json!({ "do": what, "group": group });
    for member in &mut *members {
        member.wait_for(&ask("head"), |head| head["queued"] == 0);
        member.wait_for(&ask("texts"), |texts| texts.as_array().is_some_and(|t| t.len() >= MESSAGES));
    }
    let newest = members.iter_mut().map(|m| m.ask(&ask("head"))["epoch"].as_u64().unwrap()).max().unwrap();
    for member in &mut *members {
        member.wait_for(&ask("head"), |head| head["epoch"].as_u64() >= Some(newest));
    }
    let view = |member: &mut Member| -> [Value; 5] {
        let head = member.ask(&ask("head"));
        let mut roster = member.ask(&ask("roster"));
        for person in roster["people"].as_array_mut().unwrap() {
            // Joining is dated by each member's own view; "me" and what one may do differ by nature.
            person["sinceMs"] = Value::Null;
            person["may"] = Value::Null;
            person["person"]["me"] = Value::Null;
            for device in person["devices"].as_array_mut().unwrap() {
                device["thisDevice"] = Value::Null;
                device["sinceEpoch"] = Value::Null;
            }
        }
        let log = member.ask(&ask("log"));
        let common: Vec<Value> =
            log.as_array().unwrap().iter().filter(|r| r[0].as_u64() > Some(1)).cloned().collect();
        [
            head["epoch"].clone(),
            head["epochAuthenticator"].clone(),
            roster,
            json!(common),
            member.ask(&ask("texts")),
        ]
    };
    let by = Instant::now() + PATIENCE;
    loop {
        let views: Vec<_> = members.iter_mut().map(view).collect();
        let same = views.iter().all(|v| *v == views[0]);
        if same || Instant::now() > by {
            for (name, part) in ["epoch", "authenticator", "roster", "log", "texts"].iter().zip(0..) {
                for other in &views[1..] {
                    assert_eq!(other[part], views[0][part], "{name}");
                }
            }
            let texts = views[0][4].as_array().unwrap();
            assert_eq!(texts.len(), MESSAGES, "each message is there");
            let once: HashSet<String> = texts.iter().map(Value::to_string).collect();
            assert_eq!(once.len(), MESSAGES, "each message is there once");
            // Everybody who joined renews their keys after some time.
            let log = views[0][3].as_array().unwrap();
            let changes: Vec<_> = log.iter().filter(|row| row[2] != "keysRenewed").collect();
            assert_eq!(changes.len(), CHANGES, "each change is in the log, and no other: {changes:#?}");
            return;
        }
    }
}
