//! The account of a profile: identity, device, key packages, inbox.

mod actor;
mod inbox;
mod key_packages;
mod renewal;
mod welcome;
mod welcomes;

pub(crate) use actor::{AccountActor, AccountStart, MembershipOver, WasSetBack};
