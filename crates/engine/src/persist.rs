//! A machine's writes as changes of the store, one for one, inside the one transaction of a step.

use conclave_group as group;
use conclave_store as store;
use conclave_store::{Error, Generation, Tx};

mod rows;

pub(crate) use rows::{
    chain_bytes, intent_from_row, key_package_from_row, key_package_to_row, role_from_row, role_row,
    saved_from_row,
};

/// Applies a step's writes, in order.
pub(crate) fn apply(
    tx: &mut Tx<'_>,
    generation: &Generation,
    writes: Vec<group::Write>,
) -> Result<(), Error> {
    writes.into_iter().try_for_each(|write| apply_one(tx, generation, write))
}

fn apply_one(tx: &mut Tx<'_>, generation: &Generation, write: group::Write) -> Result<(), Error> {
    use group::Write as W;
    match write {
        W::State { snapshot, prior, prior_from } => {
            let prior: Vec<_> = prior.into_iter().map(rows::prior).collect();
            tx.put_state(generation, &rows::snapshot(snapshot), &prior, prior_from)
        }
        W::Tree { epoch, tree_hash, tree } => tx.put_tree(generation, epoch, &tree_hash, &tree),
        W::AccessKey { seed, keep_from } => tx.put_access_seed(generation, &rows::access(&seed), keep_from),
        W::Head(head) => tx.put_head(generation, &rows::head(head)),
        W::RosterPut(entries) => {
            let entries: Vec<_> = entries.into_iter().map(rows::roster).collect();
            tx.roster_put(generation, &entries)
        }
        W::RosterEnd { leaves, until } => tx.roster_end(generation, &leaves, until),
        W::Membership(entries) => {
            let entries: Vec<_> = entries.into_iter().map(rows::membership).collect();
            tx.add_membership(generation, &entries)
        }
        W::Message(message) => tx.add_message(generation, &rows::message(message)).map(drop),
        W::Name { user, name } => tx.put_name(generation, &user, &name),
        W::Introduce { due, at } => tx.introduce(&generation.group, due, at),
        W::Sent { message, seq, at, epoch } => tx.sent(generation, &message, seq, at, epoch).map(drop),
        W::Unreadable(row) => tx.add_unreadable(generation, &rows::unreadable(row)),
        W::Intent { intent, change } => {
            let intent = store::IntentId(intent.0);
            tx.set_intent(&generation.group, intent, rows::intent_change(&change)).map(drop)
        }
        W::Submission(submission) => tx.put_submission(generation, &rows::submission(submission)),
        W::SubmissionDone(id) => tx.delete_submission(generation, &id).map(drop),
        W::Staged(staged) => tx.put_staged(generation, &rows::staged(staged)),
        W::StagedDrop => tx.delete_staged(generation),
        W::Cursor { seq, at } => tx.set_cursor(generation, seq, at),
        W::SayAgain { after } => tx.say_again(generation, after).map(drop),
        W::Forget => tx.forget(generation),
        W::KeyPackageUsed { reference } => tx.delete_key_package(&reference).map(drop),
    }
}
