//! A separate process that uses a `KeychainVault`, with one command per line. A process's environment fixes its bus, so
//! every session needs its own process; and only a process that survives a failure can show that the failure did not
//! persist.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use conclave_vault::{BuildKind, KeychainVault, Namespace, Secret, Vault, VaultError};

use crate::conformance::{conforms, item};

/// Set in the probe's process.
const ROLE: &str = "CONCLAVE_VAULT_PROBE";
/// Marks answers among the test harness's output.
const ANSWER: &str = "answer: ";

/// The other end of a probe.
pub(super) struct Probe {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Probe {
    /// Starts one. `session` builds a command for the session that the probe runs in.
    pub(super) fn start(session: impl FnOnce(std::path::PathBuf) -> Command) -> Self {
        let mut child = session(std::env::current_exe().expect("the test binary has a path"))
            .args(["secret_service::probe::the_probe_itself", "--exact", "--ignored", "--nocapture"])
            .env(ROLE, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test binary starts");
        let (input, output) = (child.stdin.take(), child.stdout.take().expect("piped"));
        Self { child, input, output: BufReader::new(output) }
    }

    /// Sends the probe a command and returns its answer.
    pub(super) fn ask(&mut self, request: &str) -> String {
        writeln!(self.input.as_mut().expect("open until dropped"), "{request}").expect("the probe listens");
        let mut line = String::new();
        while self.output.read_line(&mut line).expect("the probe answers") > 0 {
            if let Some((_, answer)) = line.trim_end_matches('\n').split_once(ANSWER) {
                return answer.to_owned();
            }
            line.clear();
        }
        panic!("the probe ended at {request:?}");
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        // Closing its input ends it.
        self.input = None;
        drop(self.child.wait());
    }
}

#[test]
#[allow(clippy::print_stdout, reason = "standard output is how the probe answers")]
#[ignore = "not a test: the process that the Secret Service tests start and talk to"]
fn the_probe_itself() {
    if std::env::var_os(ROLE).is_none() {
        return;
    }
    let mut vault = None;
    for line in std::io::stdin().lines() {
        let line = line.expect("text");
        let answer = obey(&mut vault, &line).unwrap_or_else(|error| match error {
            VaultError::Unavailable { reason, detail } => format!("unavailable {reason:?} ({detail})"),
            other => format!("error {other}"),
        });
        println!("\n{ANSWER}{answer}");
    }
}

fn obey(vault: &mut Option<KeychainVault>, line: &str) -> Result<String, VaultError> {
    let words: Vec<_> = line.split(' ').collect();
    if let ["open" | "open-existing", profile] = words[..] {
        let namespace = Namespace::new(profile, BuildKind::Debug).expect("a valid profile");
        let open = if words[0] == "open" { KeychainVault::open } else { KeychainVault::open_existing };
        *vault = Some(open(namespace)?);
        return Ok("opened".to_owned());
    }
    let vault = vault.as_ref().expect("opened before");
    Ok(match words[..] {
        ["get", name] => match vault.get(&item(name))? {
            Some(secret) => format!("found {}", String::from_utf8_lossy(secret.expose())),
            None => "absent".to_owned(),
        },
        ["put", name, secret] => {
            vault.put(&item(name), &Secret::new(secret.as_bytes().to_vec()))?;
            "put".to_owned()
        }
        ["delete", name] => {
            vault.delete(&item(name))?;
            "deleted".to_owned()
        }
        ["list"] => vault.list()?.iter().map(|name| format!("{name};")).collect(),
        ["conform"] => {
            conforms(vault);
            "conforms".to_owned()
        }
        _ => panic!("{line:?} is not a request"),
    })
}
