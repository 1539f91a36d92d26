//! Whether the membership log is as it was written: each row carries a hash of all rows before it.

use conclave_protocol::GroupId;
use sha2::{Digest, Sha256};

use super::View;
use crate::error::Error;
use crate::row::ChainState;
use crate::sql;

impl View<'_> {
    /// Walks a group's whole log: rows follow each other without gaps, and each chain hash is
    /// SHA-256(chain hash before ‖ row hash), starting from 32 zero bytes in each generation.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such group.
    pub fn verify_chain(&self, group: &GroupId) -> Result<ChainState, Error> {
        let group_row = self.known_group(group)?;
        let mut expected = 0_u64;
        let mut former = None;
        let mut broken = None;
        sql::all(
            self.conn,
            "SELECT place, generation, row_hash, chain_hash FROM membership WHERE group_row = ?1 ORDER BY place",
            [group_row],
            |c| {
                let (place, generation) = (c.number::<u64>("log index")?, c.int("generation")?);
                let (row, chain) = (c.id::<[u8; 32]>("row hash")?, c.id::<[u8; 32]>("chain hash")?);
                let before = former.filter(|(of, _)| *of == generation).map_or([0; 32], |(_, chain)| chain);
                let fits = chain_hash(&before, &row) == chain && place == expected;
                if !fits && broken.is_none() {
                    broken = Some(expected);
                }
                expected = place + 1;
                former = Some((generation, chain));
                Ok(())
            },
        )?;
        Ok(broken.map_or(ChainState::Intact, |index| ChainState::BrokenAt { index }))
    }
}

/// The chain hash of a row, after the chain hash of the row before it.
fn chain_hash(before: &[u8; 32], row: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(before).chain_update(row).finalize().into()
}
