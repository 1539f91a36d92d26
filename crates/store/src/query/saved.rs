//! All that a group's machine is loaded from.

use bytes::Bytes;
use conclave_protocol::{Epoch, Seq, Timestamp};
use conclave_record::{
    AccessSeed, EpochSecret, Generation, IntentId, KeyHandle, RosterEntry, Saved, StagedCommit,
};

use super::View;
use crate::chunk;
use crate::error::{Error, Missing};
use crate::row::{LogPlace, Signers};
use crate::sql;

/// Bytes of a chunk's hash in a tree's layout.
const HASH: usize = 32;

struct Tree {
    epoch: Epoch,
    hash: Bytes,
    bytes: Bytes,
}

/// Occupied leaves, and former ones with the epoch that emptied them.
type Leaves = (Vec<RosterEntry>, Vec<(RosterEntry, Epoch)>);

struct LogEnd {
    next: u64,
    chain: [u8; 32],
}

impl View<'_> {
    /// What a generation's machine is loaded from; `None` if the generation is gone, forgotten, or has no state yet.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if a part of it is missing.
    pub fn saved(&self, generation: &Generation) -> Result<Option<Saved>, Error> {
        let Some(place) = self.place(generation)? else { return Ok(None) };
        let row = place.generation;
        let Some(snapshot) = self.snapshot(row)? else { return Ok(None) };
        let head = self.head_of(generation)?.ok_or(Error::Corrupt { what: "head" })?;
        let tree = self.tree(row)?;
        let (cursor, log_time, signer) = self.progress(row)?;
        let end = self.log_end(place.group_row, generation.number)?;
        let (roster, former) = self.leaves(row)?;
        Ok(Some(Saved {
            generation: *generation,
            snapshot,
            prior: self.prior(row)?,
            tree: tree.bytes,
            tree_epoch: tree.epoch,
            tree_hash: tree.hash,
            head,
            roster,
            former,
            staged: self.staged(row)?,
            submissions: self.submissions(row)?,
            access: self.access_seeds(generation)?,
            cursor,
            log_time,
            log_next: end.next,
            log_chain: end.chain,
            signer,
        }))
    }

    /// The signature keys that a generation signs with, or will sign with.
    pub fn signers(&self, generation: &Generation) -> Result<Signers, Error> {
        let Some(place) = self.place(generation)? else { return Ok(Signers::default()) };
        let leaf =
            sql::first(self.conn, "SELECT signer FROM generations WHERE id = ?1", [place.generation], |c| {
                c.maybe_handle()
            })?;
        let coming = sql::all(
            self.conn,
            "SELECT signer FROM intents WHERE group_row = ?1 AND signer IS NOT NULL ORDER BY id",
            [place.group_row],
            |c| c.handle(),
        )?;
        Ok(Signers { leaf: leaf.flatten(), coming })
    }

    /// How the service's log relates to a membership's cursor.
    ///
    /// # Errors
    /// [`Error::NotFound`] if it is gone.
    pub fn log_place(&self, generation: &Generation) -> Result<LogPlace, Error> {
        let place = self.place(generation)?.ok_or(Error::NotFound(Missing::Generation))?;
        let (offset, marks) = sql::only(
            self.conn,
            "SELECT log_offset, log_marks FROM generations WHERE id = ?1",
            [place.generation],
            Missing::Generation,
            |c| Ok((c.number("offset")?, c.bytes("marks")?.to_vec())),
        )?;
        Ok(LogPlace { offset, marks, newest: self.newest_seq(place.group_row)? })
    }

    fn snapshot(&self, row: i64) -> Result<Option<EpochSecret>, Error> {
        sql::first(self.conn, "SELECT epoch, snapshot FROM states WHERE generation = ?1", [row], |c| {
            Ok(EpochSecret { epoch: c.epoch()?, bytes: c.secret("snapshot")? })
        })
    }

    fn prior(&self, row: i64) -> Result<Vec<EpochSecret>, Error> {
        sql::all(
            self.conn,
            "SELECT epoch, record FROM prior_epochs WHERE generation = ?1 ORDER BY epoch",
            [row],
            |c| Ok(EpochSecret { epoch: c.epoch()?, bytes: c.secret("epoch record")? }),
        )
    }

    fn progress(&self, row: i64) -> Result<(Seq, Timestamp, Option<KeyHandle>), Error> {
        sql::only(
            self.conn,
            "SELECT cursor, log_time, signer FROM generations WHERE id = ?1",
            [row],
            Missing::Generation,
            |c| Ok((c.seq()?, c.time()?, c.maybe_handle()?)),
        )
    }

    fn tree(&self, row: i64) -> Result<Tree, Error> {
        let what = "tree";
        let (epoch, hash, length, layout) = sql::first(
            self.conn,
            "SELECT epoch, tree_hash, length, layout FROM trees WHERE generation = ?1",
            [row],
            |c| Ok((c.epoch()?, c.bytes(what)?, c.number::<usize>(what)?, c.bytes(what)?)),
        )?
        .ok_or(Error::Corrupt { what })?;
        let mut bytes = Vec::new();
        for hash in layout.chunks(HASH) {
            self.chunk(row, hash, what, &mut bytes)?;
        }
        if bytes.len() == length {
            Ok(Tree { epoch, hash, bytes: bytes.into() })
        } else {
            Err(Error::Corrupt { what })
        }
    }

    /// Appends a stored chunk.
    fn chunk(&self, row: i64, hash: &[u8], what: &'static str, bytes: &mut Vec<u8>) -> Result<(), Error> {
        let found = sql::first(
            self.conn,
            "SELECT bytes FROM tree_chunks WHERE generation = ?1 AND hash = ?2",
            (row, hash),
            |c| {
                c.blob(what, |chunk| {
                    bytes.extend_from_slice(chunk);
                    Ok(())
                })
            },
        )?;
        found.ok_or(Error::Corrupt { what })
    }

    fn leaves(&self, row: i64) -> Result<Leaves, Error> {
        let all = sql::all(
            self.conn,
            "SELECT p.uri, device, leaf, role, identity_key, signature_key, since_epoch, since, until_epoch
             FROM roster JOIN people p ON p.id = person WHERE generation = ?1 ORDER BY leaf, until_epoch",
            [row],
            |c| Ok((super::roster::leaf(c)?, c.maybe_number("epoch")?.map(Epoch))),
        )?;
        let mut roster = Vec::with_capacity(all.len());
        let mut former = Vec::new();
        for (leaf, until) in all {
            match until {
                Some(until) => former.push((leaf, until)),
                None => roster.push(leaf),
            }
        }
        Ok((roster, former))
    }

    fn staged(&self, row: i64) -> Result<Vec<StagedCommit>, Error> {
        let mut staged = sql::all(
            self.conn,
            "SELECT epoch, commit_hash, secrets, submission, intent FROM staged WHERE generation = ?1 ORDER BY id",
            [row],
            |c| {
                Ok(StagedCommit {
                    epoch: c.epoch()?,
                    commit: c.id("commit hash")?,
                    secrets: c.secret("commit secrets")?,
                    submission: c.id("submission")?,
                    intent: c.maybe_int("intent")?.map(IntentId),
                })
            },
        )?;
        let what = "commit secrets";
        for one in &mut staged {
            one.secrets =
                chunk::unpack(&one.secrets, what, |hash, bytes| self.chunk(row, hash, what, bytes))?.into();
        }
        Ok(staged)
    }

    /// The access keys of a generation, by epoch.
    pub fn access_seeds(&self, generation: &Generation) -> Result<Vec<AccessSeed>, Error> {
        let Some(place) = self.place(generation)? else { return Ok(Vec::new()) };
        sql::all(
            self.conn,
            "SELECT epoch, seed FROM access_keys WHERE generation = ?1 ORDER BY epoch",
            [place.generation],
            |c| Ok(AccessSeed { epoch: c.epoch()?, seed: c.id("access key")? }),
        )
    }

    fn log_end(&self, group_row: i64, number: u32) -> Result<LogEnd, Error> {
        let last = sql::first(
            self.conn,
            "SELECT place - n.log_base + 1, chain_hash FROM membership m JOIN generations n ON n.group_row = m.group_row AND n.number = m.generation
             WHERE m.group_row = ?1 AND m.generation = ?2 ORDER BY place DESC LIMIT 1",
            (group_row, number),
            |c| {
                Ok(LogEnd { next: c.number("log index")?, chain: c.id("chain hash")? })
            },
        )?;
        Ok(last.unwrap_or(LogEnd { next: 0, chain: [0; 32] }))
    }
}
