//! Blobs: encrypted by clients, under random ids that are their bearers.

use bytes::Bytes;
use conclave_protocol::limits::BLOB_BYTES_MAX;
use conclave_protocol::{Timestamp, wire};

use crate::refusal::Refusal;
use crate::storage::{StorageError, Tables};

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

    /// Stores it. The same again changes nothing; other data under a taken id are refused.
    pub(crate) fn run(&self, tables: &dyn Tables, now: Timestamp) -> Result<(), StorageError> {
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
