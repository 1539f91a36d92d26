//! A test's processes: they and their children end with it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::window::until;

/// A process in its own process group; dropping it ends the group.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    name: String,
}

impl Process {
    pub(crate) fn start(mut command: Command) -> Self {
        use std::os::unix::process::CommandExt;

        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.process_group(0).spawn();
        let child = child.unwrap_or_else(|error| panic!("{name} can't be started: {error}"));
        Self { child, name }
    }

    /// Starts a program that prints something in its first line, and returns that.
    pub(crate) fn start_told(mut command: Command) -> (Self, String) {
        let mut process = Self::start({
            command.stdout(Stdio::piped());
            command
        });
        let out = process.child.stdout.take().expect("it is piped");
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).expect("a line");
        let line = line.trim().to_owned();
        assert!(!line.is_empty(), "{} said nothing", process.name);
        (process, line)
    }

    pub(crate) fn stdin(&mut self) -> std::process::ChildStdin {
        self.child.stdin.take().expect("it is piped")
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let name = self.name.clone();
        until(&format!("the end of {name}"), async || self.child.try_wait().expect("it is ours")).await
    }

    /// Kills it and its children at once.
    pub(crate) fn kill(&mut self) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // All of it may have exited already.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
