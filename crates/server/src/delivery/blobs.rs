//! Blobs: encrypted by clients, stored under random ids; knowing the id gives access.

use bytes::Bytes;
use conclave_protocol::limits::BLOB_BYTES_MAX;
use conclave_protocol::{Timestamp, wire};

use super::beside_reserve;
use crate::limits::Limits;
use crate::refusal::Refusal;
use crate::storage::{StorageError, Tables};

/// Storage overhead of a blob: its row and index entries.
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

    /// Bytes charged to the storage allowance of its address.
    pub(crate) fn size(&self) -> usize {
        self.data.len() + OVERHEAD
    }

    /// Stores it. Repeating it changes nothing; other data under a used id is refused.
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
