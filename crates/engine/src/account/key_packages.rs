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
