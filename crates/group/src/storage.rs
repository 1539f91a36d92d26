//! The storage that mls-rs writes to: memory, from which the machine takes what must become durable. mls-rs's own
//! storage providers would open their own connections, and could not share the transaction of the message rows.

use std::collections::BTreeMap;
use std::convert::Infallible;

use conclave_protocol::Epoch;
use conclave_record::EpochSecret;
use mls_rs_core::group::{EpochRecord, GroupState, GroupStateStorage};
use mls_rs_core::key_package::{KeyPackageData, KeyPackageStorage};
use zeroize::Zeroizing;

use crate::parameters::EPOCHS_RETAINED;
use crate::shared::Shared;

/// One group's state. Clones share it: mls-rs holds one, the machine another.
#[derive(Debug, Clone, Default)]
pub(crate) struct CapturedGroup(Shared<Group>);

#[derive(Default)]
struct Group {
    /// For loading only; removed afterwards.
    state: Option<Zeroizing<Vec<u8>>>,
    /// Records of the retained former epochs: at most [`EPOCHS_RETAINED`], trimmed at each write.
    prior: BTreeMap<u64, Zeroizing<Vec<u8>>>,
    written: Option<Written>,
}

#[derive(Default)]
struct Written {
    state: Zeroizing<Vec<u8>>,
    prior: Vec<u64>,
}

impl CapturedGroup {
    /// For loading: a group as it was stored.
    pub(crate) fn of(snapshot: &EpochSecret, prior: &[EpochSecret]) -> Self {
        let prior = prior.iter().map(|p| (p.epoch.0, p.bytes.clone().into_inner())).collect();
        Self(Shared::new(Group { state: Some(snapshot.bytes.clone().into_inner()), prior, written: None }))
    }

    /// Drops the stored state, which is not needed once it is loaded.
    pub(crate) fn forget_loaded(&self) {
        self.0.lock().state = None;
    }

    /// What was written since the last call: the state, and new or changed epoch records.
    pub(crate) fn take(&self, current: Epoch) -> Option<(EpochSecret, Vec<EpochSecret>)> {
        let mut group = self.0.lock();
        let from = current.0.saturating_sub(EPOCHS_RETAINED);
        group.prior.retain(|epoch, _| *epoch >= from);
        let written = group.written.take()?;
        let record = |epoch| {
            group
                .prior
                .get(&epoch)
                .map(|bytes| EpochSecret { epoch: Epoch(epoch), bytes: bytes.clone().into() })
        };
        let prior = written.prior.iter().copied().filter_map(record).collect();
        Some((EpochSecret { epoch: current, bytes: written.state.into() }, prior))
    }
}

impl GroupStateStorage for CapturedGroup {
    type Error = Infallible;

    fn state(&self, _: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Infallible> {
        Ok(self.0.lock().state.clone())
    }

    fn epoch(&self, _: &[u8], epoch: u64) -> Result<Option<Zeroizing<Vec<u8>>>, Infallible> {
        Ok(self.0.lock().prior.get(&epoch).cloned())
    }

    fn write(
        &mut self,
        state: GroupState,
        inserts: Vec<EpochRecord>,
        updates: Vec<EpochRecord>,
    ) -> Result<(), Infallible> {
        let mut group = self.0.lock();
        let mut written = Written { state: state.data, prior: Vec::new() };
        for record in inserts.into_iter().chain(updates) {
            written.prior.push(record.id);
            group.prior.insert(record.id, record.data);
        }
        group.written = Some(written);
        Ok(())
    }

    fn max_epoch_id(&self, _: &[u8]) -> Result<Option<u64>, Infallible> {
        Ok(self.0.lock().prior.keys().next_back().copied())
    }
}

/// The key package being made or used: at most one. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct CapturedKeyPackage(Shared<Option<Named>>);

/// A key package with its reference.
type Named = (Vec<u8>, KeyPackageData);

impl CapturedKeyPackage {
    /// For joining with this one.
    pub(crate) fn of(reference: Vec<u8>, data: KeyPackageData) -> Self {
        Self(Shared::new(Some((reference, data))))
    }

    /// What was made.
    pub(crate) fn take(&self) -> Option<Named> {
        self.0.lock().take()
    }
}

impl KeyPackageStorage for CapturedKeyPackage {
    type Error = Infallible;

    fn delete(&mut self, _: &[u8]) -> Result<(), Infallible> {
        *self.0.lock() = None;
        Ok(())
    }

    fn insert(&mut self, id: Vec<u8>, data: KeyPackageData) -> Result<(), Infallible> {
        *self.0.lock() = Some((id, data));
        Ok(())
    }

    fn get(&self, id: &[u8]) -> Result<Option<KeyPackageData>, Infallible> {
        Ok(self.0.lock().as_ref().filter(|(found, _)| found == id).map(|(_, data)| data.clone()))
    }
}
