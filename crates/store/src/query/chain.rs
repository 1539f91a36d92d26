//! Verifies the membership log: each row carries a hash of all rows before it.

use conclave_protocol::{Epoch, GroupId};
use sha2::{Digest, Sha256};

use super::View;
use crate::error::Error;
use crate::row::ChainState;
use crate::sql;

impl View<'_> {
    /// Walks a group's whole log: rows follow each other without gaps, and each chain hash is
    /// SHA-256(chain hash before ‖ row hash), starting from 32 zero bytes in each generation. Within a generation each
    /// epoch has a row.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn verify_chain(&self, group: &GroupId) -> Result<ChainState, Error> {
        let group_row = self.known_group(group)?;
        let mut expected = 0_u64;
        let mut former: Option<(i64, [u8; 32], Epoch)> = None;
        let mut broken = None;
        let mut missing = None;
        sql::all(
            self.conn,
            "SELECT place, generation, row_hash, chain_hash, epoch FROM membership WHERE group_row = ?1 ORDER BY place",
            [group_row],
            |c| {
                let (place, generation) = (c.number::<u64>("log index")?, c.int("generation")?);
                let (row, chain) = (c.id::<[u8; 32]>("row hash")?, c.id::<[u8; 32]>("chain hash")?);
                let epoch = c.epoch()?;
                let same = former.filter(|(of, ..)| *of == generation);
                let before = same.map_or([0; 32], |(_, chain, _)| chain);
                let due = same.map_or(epoch, |(.., last)| last.next());
                if epoch > due && missing.is_none() {
                    missing = Some(due);
                }
                let fits = chain_hash(&before, &row) == chain && place == expected;
                if !fits && broken.is_none() {
                    broken = Some(expected);
                }
                expected = place + 1;
                former = Some((generation, chain, epoch));
                Ok(())
            },
        )?;
        Ok(match (broken, missing) {
            (Some(index), _) => ChainState::BrokenAt { index },
            (None, Some(epoch)) => ChainState::EpochMissing { epoch },
            (None, None) => ChainState::Intact { entries: expected },
        })
    }
}

/// The chain hash of a row, given that of the row before it.
fn chain_hash(before: &[u8; 32], row: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(before).chain_update(row).finalize().into()
}
