//! Runs other programs: with output shown, captured, or both.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use crate::failure::Failure;
use crate::{place, tools};

/// The result of a program whose output was captured.
pub(crate) struct Kept {
    pub(crate) status: ExitStatus,
    /// Its standard output; standard error was only shown.
    pub(crate) output: String,
}

/// A program to run in the workspace's folder.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(place::root());
    command
}

/// The cargo that runs this tool.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// npm in the page's folder.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    let mut command = command("npm");
    command.args(arguments).current_dir(place::ui()).env("PATH", tools::path_with_node());
    command
}

/// Runs it with its output shown.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|error| not_started(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("{} ended with {status}", words(command))))
    }
}

/// Runs it silently; returns its standard output if it succeeded, else `None`.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs it with its standard error shown; returns its standard output.
pub(crate) fn answer_or_fail(command: &mut Command) -> Result<String, Failure> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| not_started(command, &error))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Failure::new(format!("{} ended with {}", words(command), output.status)))
    }
}

/// Runs it with its output shown line by line and its standard output captured.
pub(crate) fn keep(command: &mut Command) -> Result<Kept, Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| not_started(command, &error))?;
    let mut reader = BufReader::new(child.stdout.take().expect("standard output is piped"));
    let (mut output, mut line) = (String::new(), Vec::new());
    let lost = |error| Failure::new(format!("{}: its output was lost: {error}", words(command)));
    while reader.read_until(b'\n', &mut line).map_err(lost)? > 0 {
        let mut shown = std::io::stdout().lock();
        // A closed output is no reason to stop.
        let _ = shown.write_all(&line).and_then(|()| shown.flush());
        output.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    let status = child.wait().map_err(lost)?;
    Ok(Kept { status, output })
}

/// Whether a program of this name is on the path.
pub(crate) fn exists(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else { return false };
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The command as a person would type it.
pub(crate) fn words(command: &Command) -> String {
    let all = std::iter::once(command.get_program()).chain(command.get_args());
    let name = |word: &OsStr| {
        let word = word.to_string_lossy();
        if word.contains(' ') { format!("'{word}'") } else { word.into_owned() }
    };
    let mut words: Vec<String> = all.map(name).collect();
    if let Some(program) = Path::new(&words[0]).file_name() {
        words[0] = program.to_string_lossy().into_owned();
    }
    words.join(" ")
}

fn not_started(command: &Command, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} could not be started: {error}", words(command)))
}
