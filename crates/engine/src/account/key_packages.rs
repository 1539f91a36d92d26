//! Key packages: made here, published, counted, made anew (RFC 9420 §10, RFC 9750 §5.1).

use conclave_delivery::{KeyPackageUpload, ServiceError};
use conclave_group::StoredKeyPackage;
use conclave_group::key_package::{self, NewKeyPackage};
use conclave_group::parameters::KEY_PACKAGE_LIFETIME_S;
use conclave_protocol::limits::KEY_PACKAGES_MAX;

use super::CIPHER_SUITES;
use crate::deps::Deps;
use crate::executor::StoreFault;
use crate::keys::KeyFault;
use crate::persist::{chain_bytes, key_package_to_row};

/// More are published when fewer than this are left at the service.
const LEFT_MIN: u32 = 10;
/// A key package ends so long before the leaf certificate that was made with it.
const MARGIN_MS: u64 = 60_000;
/// A key package that ended is kept for so long: a Welcome may wait in the inbox. Beyond it, the log that the Welcome
/// leads to is past its retention.
const KEPT_MS: u64 = 90 * 24 * 60 * 60 * 1000;
/// Published in one request, so that the first ones are there soon.
const AT_ONCE: usize = 5;

/// Why key packages were not published.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PublishFault {
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Key(#[from] KeyFault),
    #[error(transparent)]
    Store(#[from] StoreFault),
    #[error("a key package was not made: {0}")]
    Make(String),
}

/// Sees to it that enough key packages, and a last-resort one, are at the service.
pub(super) async fn keep(deps: &Deps) -> Result<(), PublishFault> {
    delete_old(deps).await?;
    let (left, last_resort) = deps.gateway.count_key_packages().await?;
    if !last_resort {
        let package = make(deps, true).await?;
        deps.gateway.publish(Vec::new(), Some(upload(&package))).await?;
    }
    if left >= LEFT_MIN {
        return Ok(());
    }
    let mut wanted = KEY_PACKAGES_MAX.saturating_sub(left as usize);
    while wanted > 0 {
        let now = wanted.min(AT_ONCE);
        let mut uploads = Vec::with_capacity(now);
        for _ in 0..now {
            uploads.push(upload(&make(deps, false).await?));
        }
        deps.gateway.publish(uploads, None).await?;
        wanted -= now;
    }
    Ok(())
}

/// Deletes what no Welcome can be opened with any more; the keys go with the next sweep of the vault.
async fn delete_old(deps: &Deps) -> Result<(), StoreFault> {
    // Both clocks must say so: neither can be trusted with what can't be had back.
    let now = deps.now().min(deps.clock.now());
    let old = move |tx: &mut conclave_store::Tx<'_>| {
        for row in tx.view().key_packages()? {
            if row.not_after.plus_ms(KEPT_MS) < now {
                tx.delete_key_package(&row.reference)?;
            }
        }
        Ok(())
    };
    deps.store.write(old).await
}

/// Makes one; it is in the store, and its key in the vault, when this returns.
async fn make(deps: &Deps, last_resort: bool) -> Result<StoredKeyPackage, PublishFault> {
    let (handle, chain) = deps.new_leaf().await?;
    let now = deps.now();
    let new = NewKeyPackage {
        client: deps.me.client.clone(),
        handle: handle.clone(),
        chain: chain_bytes(&chain),
        suite: CIPHER_SUITES[0],
        not_after: now.plus_ms(KEY_PACKAGE_LIFETIME_S * 1000 - MARGIN_MS),
        last_resort,
    };
    let made = key_package::generate(&deps.env(), new, now);
    deps.unload_key(&handle);
    let package = made.map_err(|e| PublishFault::Make(e.to_string()))?;
    let row = key_package_to_row(package.clone());
    deps.store.write(move |tx| tx.put_key_package(&row)).await?;
    Ok(package)
}

fn upload(package: &StoredKeyPackage) -> KeyPackageUpload {
    KeyPackageUpload {
        key_package: package.public.clone(),
        cipher_suite: package.cipher_suite,
        not_after: package.not_after,
    }
}
