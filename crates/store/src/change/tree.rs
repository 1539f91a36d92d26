//! The ratchet tree of an epoch, in chunks that its content defines: a commit changes a few nodes, so only a few chunks
//! are written, however large the tree.

use std::collections::{BTreeMap, BTreeSet};

use conclave_protocol::Epoch;
use fastcdc::v2020::FastCDC;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::row::Generation;
use crate::sql::{self, int};
use crate::tx::Tx;

/// Bytes of a chunk: small enough that the nodes of a path cost little, large enough that a tree of a thousand clients
/// is a few hundred rows.
const CHUNK_MIN: usize = 1024;
const CHUNK_AVERAGE: usize = 4096;
const CHUNK_MAX: usize = 16 * 1024;

type ChunkHash = [u8; 32];

impl Tx<'_> {
    /// Replaces the ratchet tree: chunks that are not stored yet are written, those no longer part of it deleted.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the generation is gone.
    pub fn put_tree(
        &mut self,
        generation: &Generation,
        epoch: Epoch,
        tree_hash: &[u8],
        tree: &[u8],
    ) -> Result<(), Error> {
        let row = self.place(generation)?.generation;
        let mut layout = Vec::new();
        let mut wanted = BTreeMap::<ChunkHash, &[u8]>::new();
        for chunk in FastCDC::new(tree, CHUNK_MIN, CHUNK_AVERAGE, CHUNK_MAX) {
            let bytes = &tree[chunk.offset..chunk.offset + chunk.length];
            let hash: ChunkHash = Sha256::digest(bytes).into();
            layout.extend_from_slice(&hash);
            wanted.insert(hash, bytes);
        }
        self.replace_chunks(row, &wanted)?;
        sql::run(
            self.conn,
            "INSERT OR REPLACE INTO trees (generation, epoch, tree_hash, length, layout) VALUES (?1, ?2, ?3, ?4, ?5)",
            (row, int(epoch.0, "epoch")?, tree_hash, tree.len(), layout),
        )?;
        Ok(())
    }

    fn replace_chunks(&mut self, row: i64, wanted: &BTreeMap<ChunkHash, &[u8]>) -> Result<(), Error> {
        let stored: BTreeSet<ChunkHash> =
            sql::all(self.conn, "SELECT hash FROM tree_chunks WHERE generation = ?1", [row], |c| {
                c.id("hash")
            })?
            .into_iter()
            .collect();
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
