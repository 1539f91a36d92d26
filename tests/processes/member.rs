//! One of the three processes, and its commands that have no answer yet.

use std::collections::{HashSet, VecDeque};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::PATIENCE;

/// How long to wait before repeating a command.
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// Whole seconds since the first attempt.
pub(crate) fn since_start() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs()
}

struct Process {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL; it may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) struct Member {
    name: String,
    folder: PathBuf,
    process: Process,
    /// Commands sent and not answered.
    open: VecDeque<Value>,
}

impl Member {
    pub(crate) fn start(folder: &Path, name: &str) -> Self {
        since_start();
        Self {
            name: name.to_owned(),
            folder: folder.to_owned(),
            process: start(folder),
            open: VecDeque::new(),
        }
    }

    pub(crate) fn name(&self) -> String {
        self.name.clone()
    }

    /// Sends a command without waiting for the answer.
    pub(crate) fn post(&mut self, command: Value) {
        writeln!(self.process.to, "{command}").unwrap();
        self.open.push_back(command);
    }

    /// Takes this many answers, or all that are still to come.
    pub(crate) fn answered(&mut self, count: usize) {
        for _ in 0..count {
            let Some(command) = self.open.pop_front() else { return };
            let answer = self.answer();
            assert!(answer.get("ok").is_some(), "{}: {command}: {answer}", self.name);
        }
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.process.from.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{} answered {line:?}: {e}", self.name))
    }

    fn try_ask(&mut self, command: &Value) -> Value {
        self.answered(usize::MAX);
        writeln!(self.process.to, "{command}").unwrap();
        self.answer()
    }

    /// Sends a command that must succeed.
    pub(crate) fn ask(&mut self, command: &Value) -> Value {
        let answer = self.try_ask(command);
        assert!(answer.get("ok").is_some(), "{}: {command}: {answer}", self.name);
        answer["ok"].clone()
    }

    /// Repeats a command that succeeds after a while (the service may be busy, a key package may be on its way).
    pub(crate) fn ask_until(&mut self, command: &Value) -> Value {
        let by = Instant::now() + PATIENCE;
        loop {
            let answer = self.try_ask(command);
            if let Some(value) = answer.get("ok") {
                return value.clone();
            }
            assert!(Instant::now() < by, "{}: {command}: {answer}", self.name);
            std::thread::park_timeout(ASK_AGAIN);
        }
    }

    /// Repeats a command until the answer is as expected.
    pub(crate) fn wait_for(&mut self, command: &Value, expected: impl Fn(&Value) -> bool) {
        let by = Instant::now() + PATIENCE;
        loop {
            let answer = self.try_ask(command);
            if answer.get("ok").is_some_and(&expected) {
                return;
            }
            assert!(Instant::now() < by, "{}: {command} is still {answer}", self.name);
            std::thread::park_timeout(ASK_AGAIN);
        }
    }

    /// SIGKILL; then restarts it on the same folder, and repeats the commands that left no row.
    pub(crate) fn kill_and_restart(&mut self, group: &str) {
        let open = std::mem::take(&mut self.open);
        self.process.child.kill().unwrap();
        self.process.child.wait().unwrap();
        self.process = start(&self.folder);
        let texts = self.ask(&json!({ "do": "texts", "group": group }));
        let there: HashSet<&str> = texts.as_array().unwrap().iter().filter_map(|t| t[1].as_str()).collect();
        for command in open {
            let text = command["text"].as_str().unwrap();
            if !there.contains(hex::encode(Sha256::digest(text)).as_str()) {
                self.post(command);
            }
        }
    }
}

fn start(folder: &Path) -> Process {
    let program = std::env::var("CONCLAVE_HEADLESS_BIN").expect("cargo xtask test names the program");
    let mut child = Command::new(program)
        .arg(folder)
        .env("CONCLAVE_PASSPHRASE", "a test's own")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let to = child.stdin.take().unwrap();
    let from = BufReader::new(child.stdout.take().unwrap());
    Process { child, to, from }
}
