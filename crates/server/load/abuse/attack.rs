//! The real program on default limits, hostile connections to it, a bystander who keeps working, and an uninvolved
//! person.

use std::net::Ipv4Addr;
use std::time::Duration;

use tempfile::TempDir;

use super::bystander::Bystander;
use super::figures::Figures;
use super::hostile::{Kind, Target};
use super::uninvolved::Uninvolved;
use super::watching::{Watched, watch};
use crate::program::start;

/// The address of everyone who does not attack.
const BYSTANDER: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 1);

/// The parameters of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Hostile connections; the kinds take turns.
    pub(crate) connections: usize,
    /// Number of addresses they come from.
    pub(crate) addresses: u8,
    /// How long the bystander runs alone, and then under attack.
    pub(crate) quiet: Duration,
    pub(crate) lasting: Duration,
    /// Only this kind, to investigate it.
    pub(crate) only: Option<Kind>,
}

impl Plan {
    /// What each hostile connection does. Connections of one kind come from different addresses.
    fn hostile(&self) -> impl Iterator<Item = (Kind, Ipv4Addr)> {
        let (addresses, only) = (usize::from(self.addresses.max(1)), self.only);
        (0..self.connections).map(move |number| {
            let kind = only.unwrap_or(Kind::ALL[number % Kind::ALL.len()]);
            let address = (number + number / Kind::ALL.len()) % addresses;
            (kind, Ipv4Addr::new(127, 0, 2, u8::try_from(address + 1).expect("few addresses")))
        })
    }
}

/// Runs it against a program of its own.
pub(crate) async fn carry_out(plan: &Plan) -> Figures {
    let folder = TempDir::new().unwrap();
    let mut program = start(&folder).await;
    let (to, process) = (program.address, program.child.id().unwrap());
    let mut log = program.log;
    tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
    let mut uninvolved = Uninvolved::arrive(to).await;
    let mut bystander = Bystander::arrive(BYSTANDER, to).await;
    let quiet = bystander.go_on(plan.quiet).await;

    let before = Watched::now(process, folder.path());
    let target = Target { address: to, victim: uninvolved.client(), group: bystander.group.clone() };
    let hostile = plan.hostile().map(|(kind, from)| tokio::spawn(kind.go_on(from, target.clone())));
    let hostile: Vec<_> = hostile.collect();
    let watching = watch(process, folder.path().to_owned());
    let attacked = bystander.go_on(plan.lasting).await;
    // While the attack is still running.
    let usable = uninvolved.try_everything().await;
    let most = watching.end().await;
    let after = Watched::now(process, folder.path());
    hostile.iter().for_each(tokio::task::JoinHandle::abort);
    program.child.kill().await.unwrap();
    Figures { plan: *plan, quiet, attacked, before, most, after, usable }
}
