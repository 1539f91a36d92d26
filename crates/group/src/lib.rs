//! One MLS group as a state machine, with its credentials, policy, message content and membership log.
//!
//! Sans-I/O: no async, SQL, actors or clock. [`Machine::handle`] takes an input and the time, and returns what to
//! write, submit and report ([`Effects`]). The caller makes the writes durable in one transaction before it submits or
//! reports anything; if the write fails, it drops the machine and loads it again.

pub mod content;
pub mod credential;
mod effect;
mod input;
pub mod key_package;
mod machine;
mod mls_rules;
pub mod parameters;
pub mod policy;
mod roster;
mod shared;
pub mod signer;
mod storage;

pub use effect::{Effects, Event};
pub use input::{FailedEntry, FailureScope, Input, LogItem, Now, Outcome};
pub use machine::{
    CreateError, Env, Failure, JoinError, LoadError, Machine, NewGroup, Random, ReadFrom, SignerMismatch,
    TreeRef, Waits, WelcomeInfo, access_key, inspect_welcome, sign_commit, welcome_references,
};
pub use roster::Roster;
