//! Who may do what in a group, decided by one pure function: every member calls it with the same arguments, when it
//! builds a commit and when it receives one, and reaches the same verdict.

mod decide;
mod extension;
mod grounds;
mod rights;
mod role_bytes;
#[cfg(test)]
mod tests;

pub(crate) use decide::settled;
pub use decide::{Addition, CommitSummary, Refusal, Removal, Verdict, decide};
pub use extension::{BadPolicy, GroupPolicy};
pub use grounds::{BadGrounds, Grounds};
pub use rights::{Action, Rights};
