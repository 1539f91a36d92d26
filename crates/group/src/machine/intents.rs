//! Carries out the user's intents in order: what follows a removal is not encrypted to the removed.

use conclave_protocol::{GroupName, UserUri};
use conclave_record::{FailReason, GroupStatus, Intent, IntentChange, IntentId, IntentKind, Renewal};

use super::commit_own::{Plan, Staging};
use super::output::Output;
use super::profile::is_profile;
use super::{Failure, Machine};
use crate::effect::Event;
use crate::input::Now;
use crate::parameters::{IN_FLIGHT_MAX, REFUSALS_MAX};
use crate::policy::GroupPolicy;

/// Whether to continue with the next intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Next,
    Wait,
}

/// What an intent means in the group's present state.
enum Derived {
    Commit(Plan),
    /// Nothing is left to do.
    Done,
    Failed(FailReason),
    ClaimAgain(Vec<UserUri>),
}

impl Machine {
    /// Takes over intents that are queued in the store.
    pub(super) fn take_intents(&mut self, intents: Vec<Intent>, out: &mut Output) {
        for intent in intents {
            let reason = match self.head.status {
                GroupStatus::Left | GroupStatus::Removed { .. } => Some(FailReason::NotAMember),
                GroupStatus::Broken { .. } => Some(FailReason::GroupBroken),
                GroupStatus::Creating | GroupStatus::Active | GroupStatus::Leaving => None,
            };
            if let Some(reason) = reason {
                out.intent(intent.id, IntentChange::Failed(reason));
                continue;
            }
            let pending = self.submissions.values_mut().find(|p| p.saved.intent == Some(intent.id));
            match pending {
                // Loaded again since it was submitted: now its text is known too.
                Some(pending) => pending.intent = Some(intent),
                None => {
                    if is_profile(&intent) {
                        self.drop_profiles();
                    }
                    self.queue.insert(intent.id, intent);
                }
            }
        }
    }

    /// Does what is possible now.
    pub(super) fn advance(&mut self, now: Now, out: &mut Output) -> Result<(), Failure> {
        if let GroupStatus::Broken { .. } = self.head.status {
            for (id, _) in std::mem::take(&mut self.queue) {
                out.intent(id, IntentChange::Failed(FailReason::GroupBroken));
            }
            return Ok(());
        }
        if self.is_over() {
            return Ok(());
        }
        self.resend(out);
        if !self.is_ready() {
            return Ok(());
        }
        if self.own_refusals >= REFUSALS_MAX && self.timers.rested(now) {
            self.own_refusals = 0;
        }
        if self.head.status == GroupStatus::Leaving {
            self.keep_leaving(now, out)?;
        }
        while !self.is_over()
            && let Some(id) = self.front(now)
            && self.carry_out(id, now, out)? == Step::Next
        {}
        if self.is_over() { Ok(()) } else { self.housekeep(now, out) }
    }

    /// The first input after loading: submissions under way are sent again.
    fn resend(&mut self, out: &mut Output) {
        if !std::mem::take(&mut self.resubmit) {
            return;
        }
        let mut pending: Vec<_> = self.pending().collect();
        pending.sort_by_key(|saved| (saved.intent, saved.submission.id));
        let submissions: Vec<_> = pending.into_iter().map(|saved| saved.submission.clone()).collect();
        out.submissions.extend(submissions);
    }

    /// Whether anything may be sent: only a client that has read the whole log knows the group's state.
    fn is_ready(&self) -> bool {
        matches!(self.head.status, GroupStatus::Active | GroupStatus::Leaving) && self.has_read_all()
    }

    /// Whether the log was read to its end, as far as known.
    pub(super) fn has_read_all(&self) -> bool {
        self.at_head && self.is_anchored() && self.head.epoch >= self.floor
    }

    /// The next intent: the oldest, but a needed new signature key comes first; and a name when it is due, or before
    /// the next message.
    fn front(&mut self, now: Now) -> Option<IntentId> {
        if self.head.renewal == Renewal::Signer
            && let Some((id, _)) = self.queue.iter().find(|(_, intent)| renews_signer(intent))
        {
            return Some(*id);
        }
        let next = self.queue.iter().find(|(_, intent)| !is_profile(intent));
        let next = next.map(|(id, intent)| (*id, matches!(intent.kind, IntentKind::Send { .. })));
        let speaks = next.is_some_and(|(_, message)| message);
        let profile = self.profile_to_send(speaks, now);
        match (profile, next) {
            // What follows a removal is not for the removed, nor is a name.
            (Some(profile), Some((next, message))) if message || profile < next => Some(profile),
            (Some(profile), None) => Some(profile),
            (_, next) => next.map(|(next, _)| next),
        }
    }

    fn carry_out(&mut self, id: IntentId, now: Now, out: &mut Output) -> Result<Step, Failure> {
        let Some(intent) = self.queue.get(&id) else { return Ok(Step::Wait) };
        let waits = match intent.kind {
            IntentKind::Send { .. } | IntentKind::Profile { .. } => {
                self.live.as_ref().is_some_and(|live| live.blocks)
                    || self.group.commit_required()
                    || self.in_flight() >= IN_FLIGHT_MAX
            }
            IntentKind::Leave => self.live.is_some(),
            // While the leaf comes from a last-resort key package, only the new key is committed.
            _ => self.live.is_some() || (self.head.renewal == Renewal::Signer && !renews_signer(intent)),
        };
        if waits {
            return Ok(Step::Wait);
        }
        let Some(intent) = self.queue.remove(&id) else { return Ok(Step::Wait) };
        match intent.kind {
            IntentKind::Profile { .. } if self.is_unheard() => out.intent(id, IntentChange::Done),
            IntentKind::Send { .. } | IntentKind::Profile { .. } => self.seal(intent, out)?,
            IntentKind::Leave => self.leave(id, now, out)?,
            _ => self.derive(intent, now, out)?,
        }
        Ok(if self.queue.contains_key(&id) { Step::Wait } else { Step::Next })
    }

    /// Own messages that are encrypted and not yet in the log.
    fn in_flight(&self) -> usize {
        self.submissions.values().filter(|pending| pending.saved.message.is_some()).count()
    }

    /// Derives a commit from an intent.
    fn derive(&mut self, intent: Intent, now: Now, out: &mut Output) -> Result<(), Failure> {
        match self.derived(&intent, now) {
            Derived::Done => {
                self.races.remove(&intent.id);
                out.intent(intent.id, IntentChange::Done);
            }
            Derived::Failed(reason) => self.fail(&intent, reason, out),
            Derived::ClaimAgain(people) => claim_again(&intent, people, out),
            Derived::Commit(plan) => match self.stage(&plan, Some(&intent), now, out)? {
                Staging::Staged => {}
                // Continues once the new key is there.
                Staging::NeedsSigner => {
                    self.queue.insert(intent.id, intent);
                }
                Staging::NotAllowed => self.fail(&intent, FailReason::NotAllowed, out),
                Staging::TooLarge | Staging::BadSigner => self.fail(&intent, FailReason::Refused, out),
                Staging::NotBuilt => self.fail(&intent, FailReason::NotBuilt, out),
                Staging::BadKeyPackage => {
                    let people = match &intent.kind {
                        IntentKind::Add { people } => {
                            people.iter().map(|person| person.user.clone()).collect()
                        }
                        _ => Vec::new(),
                    };
                    claim_again(&intent, people, out);
                }
            },
        }
        Ok(())
    }

    /// Gives up an intent. Users don't retry new signature keys: another one is requested where needed, in one epoch as
    /// often as anything without an intent.
    pub(super) fn fail(&mut self, intent: &Intent, reason: FailReason, out: &mut Output) {
        self.races.remove(&intent.id);
        if renews_signer(intent) {
            self.own_refusals += 1;
            self.signer_asked = false;
        }
        out.intent(intent.id, IntentChange::Failed(reason));
    }

    fn derived(&mut self, intent: &Intent, now: Now) -> Derived {
        match &intent.kind {
            IntentKind::Add { people } => match self.vet(people, self.building_time(now)) {
                Ok(additions) if additions.is_empty() => Derived::Done,
                Ok(additions) => Derived::Commit(Plan { additions, ..Plan::default() }),
                Err(people) => Derived::ClaimAgain(people),
            },
            IntentKind::Remove { people } => self.removal_of(people),
            IntentKind::Rename { name } if *name == self.policy.name => Derived::Done,
            IntentKind::Rename { name } if !GroupName::is_clean(name) => {
                Derived::Failed(FailReason::NotAllowed)
            }
            IntentKind::Rename { name } => {
                let policy = GroupPolicy { name: name.clone(), ..self.policy.clone() };
                Derived::Commit(Plan { policy: Some(policy), ..Plan::default() })
            }
            IntentKind::Update { signer } => {
                Derived::Commit(Plan { signer: signer.clone(), ..Plan::default() })
            }
            IntentKind::Send { .. } | IntentKind::Profile { .. } | IntentKind::Leave => Derived::Done,
        }
    }

    fn removal_of(&self, people: &[UserUri]) -> Derived {
        let view = self.rules.view();
        let mut leaves: Vec<u32> =
            people.iter().flat_map(|user| view.roster.leaves_of(user)).copied().collect();
        leaves.sort_unstable();
        leaves.dedup();
        if leaves.contains(&self.own_leaf()) {
            return Derived::Failed(FailReason::NotAllowed);
        }
        if leaves.is_empty() {
            Derived::Done
        } else {
            Derived::Commit(Plan { removals: leaves, ..Plan::default() })
        }
    }
}

pub(super) fn renews_signer(intent: &Intent) -> bool {
    matches!(intent.kind, IntentKind::Update { signer: Some(_) })
}

/// Requests other key packages; the intent comes back with them, one attempt more counted.
fn claim_again(intent: &Intent, people: Vec<UserUri>, out: &mut Output) {
    if intent.attempts + 1 >= REFUSALS_MAX {
        return out.intent(intent.id, IntentChange::Failed(FailReason::BadKeyPackage));
    }
    out.report(Event::ClaimAgain { intent: intent.id, people });
}
