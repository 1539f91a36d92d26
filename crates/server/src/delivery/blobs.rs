//! Blobs: encrypted by clients, under random ids that are their bearers.

use bytes::Bytes;
use conclave_protocol::limits::BLOB_BYTES_MAX;
use conclave_protocol::{Timestamp, wire};

use super::beside_reserve;
use crate::limits::Limits;
use crate::refusal::Refusal;
use crate::storage::{StorageError, Tables};

/// What a blob takes besides its data: its row and its places in the indexes.
const OVERHEAD: usize = 128;

/// A blob to be stored.
#[derive(Debug)]
pub(crate) struct PutBlob {
    id: [u8; 16],
    data: Bytes,
}

impl PutBlob {
    pub(crate) fn parse(request: wire::PutBlob) -> Result<Self, Refusal> {
        if request.data.len() > BLOB_BYTES_MAX {
            return Err(Refusal::TooLarge("the blob", BLOB_BYTES_MAX));
        }
        Ok(Self { id: id(&request.id)?, data: request.data })
    }

    /// Bytes that it takes of what its address may store.
    pub(crate) fn size(&self) -> usize {
        self.data.len() + OVERHEAD
    }

    /// Stores it. The same again changes nothing; other data under a taken id are refused.
    pub(crate) fn run(
        &self,
        tables: &dyn Tables,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        beside_reserve(tables, limits, self.size())?;
        if tables.put_blob(&self.id, now, &self.data)? {
            return Ok(());
        }
        match tables.blob(&self.id)? {
            Some(kept) if kept == self.data => Ok(()),
            _ => Err(Refusal::Malformed("the id is taken").into()),
        }
    }
}

/// A blob's id.
pub(crate) fn id(bytes: &Bytes) -> Result<[u8; 16], Refusal> {
    bytes.as_ref().try_into().map_err(|_| Refusal::Malformed("id"))
}
