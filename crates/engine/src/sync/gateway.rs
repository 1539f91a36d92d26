//! Calls to the services that have an answer at once: key packages, look-ups, blobs, inbox receipts.

use std::sync::Arc;

use bytes::Bytes;
use conclave_delivery::{
    AccessKey, AuthenticationService, Claimed, DeliveryService, KeyPackageUpload, LogPage, ReadFrom,
    RemoteService, ServiceError,
};
use conclave_protocol::{Epoch, GroupId, Handle, Seq, Timestamp, UserUri};

/// The services as the other actors see them. Clones share the connections.
#[derive(Debug, Clone)]
pub(crate) struct Gateway(Arc<RemoteService>);

impl Gateway {
    pub(crate) fn new(service: RemoteService) -> Self {
        Self(Arc::new(service))
    }

    pub(super) fn delivery(&self) -> Arc<dyn DeliveryService> {
        Arc::<RemoteService>::clone(&self.0)
    }

    /// The service's time, where it is known.
    pub(crate) fn service_time(&self) -> Option<Timestamp> {
        self.0.service_time()
    }

    pub(crate) async fn look_up(&self, name: &Handle) -> Result<(UserUri, Bytes), ServiceError> {
        self.0.look_up(name).await
    }

    pub(crate) async fn claim(&self, user: &UserUri, suites: &[u16]) -> Result<Vec<Claimed>, ServiceError> {
        self.0.claim_key_packages(user, suites).await
    }

    pub(crate) async fn count_key_packages(&self) -> Result<(u32, bool), ServiceError> {
        self.0.count_key_packages().await
    }

    pub(crate) async fn publish(
        &self,
        once: Vec<KeyPackageUpload>,
        last_resort: Option<KeyPackageUpload>,
    ) -> Result<(), ServiceError> {
        self.0.publish_key_packages(once, last_resort).await
    }

    pub(crate) async fn withdraw_key_packages(&self) -> Result<(), ServiceError> {
        self.0.withdraw_key_packages().await
    }

    pub(crate) async fn subscribe_inbox(&self, after: Seq) -> Result<(), ServiceError> {
        self.0.subscribe_inbox(after).await
    }

    pub(crate) async fn acknowledge_inbox(&self, upto: Seq) -> Result<(), ServiceError> {
        self.0.acknowledge_inbox(upto).await
    }

    /// Reads the first entry of an epoch.
    pub(crate) async fn read_start(
        &self,
        log: GroupId,
        key: AccessKey,
        epoch: Epoch,
    ) -> Result<LogPage, ServiceError> {
        self.0.read(log, key, ReadFrom::StartOf(epoch), 1).await
    }

    pub(crate) async fn blob(&self, id: [u8; 16]) -> Result<Bytes, ServiceError> {
        self.0.get_blob(id).await
    }
}
