//! The ratchet tree of an epoch, in content-defined chunks: a commit changes a few nodes, so only a few chunks are
//! written, however large the tree.

use std::collections::{BTreeMap, BTreeSet};

use conclave_protocol::Epoch;
use conclave_record::Generation;

use crate::chunk::{ChunkHash, chunks};
use crate::error::Error;
use crate::sql::{self, int};
use crate::tx::Tx;

impl Tx<'_> {
    /// Replaces the ratchet tree: writes chunks that are not stored yet, and deletes those no longer part of it and
    /// the staged commits of earlier epochs, which name chunks of the tree they were built on.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the generation is gone.
    pub fn put_tree(
        &mut self,
        generation: &Generation,
        epoch: Epoch,
        tree_hash: &[u8],
        tree: &[u8],
    ) -> Result<(), Error> {
        let row = self.place(generation)?.generation;
        let before = int(epoch.0, "epoch")?;
        sql::run(self.conn, "DELETE FROM staged WHERE generation = ?1 AND epoch < ?2", (row, before))?;
        let mut layout = Vec::new();
        let mut wanted = BTreeMap::<ChunkHash, &[u8]>::new();
        for (hash, bytes) in chunks(tree) {
            layout.extend_from_slice(&hash);
            wanted.insert(hash, bytes);
        }
        self.replace_chunks(row, &wanted)?;
        sql::run(
            self.conn,
            "INSERT OR REPLACE INTO trees (generation, epoch, tree_hash, length, layout) VALUES (?1, ?2, ?3, ?4, ?5)",
            (row, before, tree_hash, tree.len(), layout),
        )?;
        Ok(())
    }

    /// The chunk hashes of a generation's tree.
    pub(super) fn stored_chunks(&self, row: i64) -> Result<BTreeSet<ChunkHash>, Error> {
        let hash = "SELECT hash FROM tree_chunks WHERE generation = ?1";
        Ok(sql::all(self.conn, hash, [row], |c| c.id("hash"))?.into_iter().collect())
    }

    fn replace_chunks(&mut self, row: i64, wanted: &BTreeMap<ChunkHash, &[u8]>) -> Result<(), Error> {
        let stored = self.stored_chunks(row)?;
        for gone in stored.iter().filter(|hash| !wanted.contains_key(*hash)) {
            sql::run(
                self.conn,
                "DELETE FROM tree_chunks WHERE generation = ?1 AND hash = ?2",
                (row, gone.as_slice()),
            )?;
        }
        for (hash, bytes) in wanted.iter().filter(|(hash, _)| !stored.contains(*hash)) {
            sql::insert(
                self.conn,
                "INSERT INTO tree_chunks (generation, hash, bytes) VALUES (?1, ?2, ?3)",
                (row, hash.as_slice(), bytes),
            )?;
        }
        Ok(())
    }
}
