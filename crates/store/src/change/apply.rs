//! A group machine's writes, inside the one transaction of a step.

use conclave_record::{Generation, Write};

use crate::error::Error;
use crate::tx::Tx;

impl Tx<'_> {
    /// Applies the writes of a step of this generation's machine, in order.
    ///
    /// # Errors
    /// Those of the change that fails; then don't commit the transaction.
    pub fn apply(&mut self, generation: &Generation, writes: &[Write]) -> Result<(), Error> {
        writes.iter().try_for_each(|write| self.apply_one(generation, write))
    }

    fn apply_one(&mut self, generation: &Generation, write: &Write) -> Result<(), Error> {
        match write {
            Write::State { snapshot, prior, prior_from } => {
                self.put_state(generation, snapshot, prior, *prior_from)
            }
            Write::Tree { epoch, tree_hash, tree } => self.put_tree(generation, *epoch, tree_hash, tree),
            Write::AccessKey { seed, keep_from } => self.put_access_seed(generation, seed, *keep_from),
            Write::Head(head) => self.put_head(generation, head),
            Write::RosterPut(entries) => self.roster_put(generation, entries),
            Write::RosterEnd { leaves, until } => self.roster_end(generation, leaves, *until),
            Write::Membership(rows) => self.add_membership(generation, rows),
            Write::Message(message) => self.add_message(generation, message).map(drop),
            Write::Name { user, name } => self.put_name(generation, user, name),
            Write::Introduce { due, at } => self.introduce(&generation.group, *due, *at),
            Write::Sent { message, seq, at, epoch } => {
                self.sent(generation, message, *seq, *at, *epoch).map(drop)
            }
            Write::Unreadable(row) => self.add_unreadable(generation, row),
            Write::Intent { intent, change } => {
                self.set_intent(&generation.group, *intent, *change).map(drop)
            }
            Write::Submission(row) => self.put_submission(generation, row),
            Write::SubmissionDone(id) => self.delete_submission(generation, id).map(drop),
            Write::Staged(staged) => self.put_staged(generation, staged),
            Write::StagedDrop => self.delete_staged(generation),
            Write::Cursor { seq, at } => self.set_cursor(generation, *seq, *at),
            Write::SayAgain { after } => self.say_again(generation, *after).map(drop),
            Write::Forget => self.forget(generation),
            Write::KeyPackageUsed { reference } => self.delete_key_package(reference).map(drop),
        }
    }
}
