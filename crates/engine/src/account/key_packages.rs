//! Key packages: made, published, counted, replaced (RFC 9420 §10, RFC 9750 §5.1).

use conclave_delivery::{KeyPackageUpload, ServiceError};
use conclave_group::credential::CIPHER_SUITE;
use conclave_group::key_package::{self, NewKeyPackage};
use conclave_group::parameters::KEY_PACKAGE_LIFETIME_S;
use conclave_protocol::limits::{KEY_PACKAGES_MAX, KEY_PACKAGES_RESERVED, RETENTION_DAYS};
use conclave_record::KeyPackageRow;

use crate::deps::Deps;
use crate::executor::StoreFault;
use crate::keys::KeyFault;
use crate::keys::chain_bytes;

/// More are published when fewer than this are left at the service, which is counted as often as
/// `account/actor/publishing.rs` says.
const LEFT_MIN: u32 = 10;
const _: () =
    assert!(LEFT_MIN as usize > KEY_PACKAGES_RESERVED, "more come before the service rations the last ones");
/// A key package expires this much earlier than its leaf certificate.
const MARGIN_MS: u64 = 60_000;
/// An expired key package is kept this long: a Welcome may wait in the inbox. After that, the Welcome's log is past its
/// retention.
const KEPT_MS: u64 = RETENTION_DAYS as u64 * 24 * 60 * 60 * 1000;
/// One that expires sooner is not published any more.
const LASTS_MS: u64 = 24 * 60 * 60 * 1000;
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

/// Makes sure that the service has enough key packages, and a last-resort one that nobody has used. Those that were made
/// and are not known to be there go first.
pub(super) async fn keep(deps: &Deps) -> Result<(), PublishFault> {
    delete_old(deps).await?;
    withdraw_old(deps).await?;
    let (left, at_service) = deps.service.count_key_packages().await?;
    let mut stock = Stock::of(deps).await?;
    if stock.needs_last_resort(at_service) {
        let package = match stock.last_resort.take() {
            Some(package) => package,
            None => make(deps, true).await?,
        };
        deps.service.publish_key_packages(Vec::new(), Some(upload(&package))).await?;
        published(deps, vec![package]).await?;
    }
    if left >= LEFT_MIN {
        return Ok(());
    }
    let mut wanted = KEY_PACKAGES_MAX.saturating_sub(left as usize);
    while wanted > 0 {
        let now = wanted.min(AT_ONCE);
        let mut batch: Vec<_> = stock.once.drain(..now.min(stock.once.len())).collect();
        while batch.len() < now {
            batch.push(make(deps, false).await?);
        }
        deps.service.publish_key_packages(batch.iter().map(upload).collect(), None).await?;
        published(deps, batch).await?;
        wanted -= now;
    }
    Ok(())
}

/// Key packages in the store that are not about to expire.
struct Stock {
    /// Not known to be at the service, oldest first.
    once: Vec<KeyPackageRow>,
    /// The same, of last resort.
    last_resort: Option<KeyPackageRow>,
    /// There is one of last resort that was published and that nobody has used.
    fresh_last_resort: bool,
}

impl Stock {
    async fn of(deps: &Deps) -> Result<Self, StoreFault> {
        let until = deps.now().max(deps.clock.now()).plus_ms(LASTS_MS);
        let mut rows = deps.store.read(|view| view.key_packages()).await?;
        rows.retain(|row| row.not_after > until && !row.used);
        let fresh_last_resort = rows.iter().any(|row| row.last_resort && row.published);
        let (last_resort, once): (Vec<_>, Vec<_>) =
            rows.into_iter().filter(|row| !row.published).partition(|row| row.last_resort);
        Ok(Self { once, last_resort: last_resort.into_iter().next(), fresh_last_resort })
    }

    /// `at_service`: the service has one that is not about to expire.
    fn needs_last_resort(&self, at_service: bool) -> bool {
        !at_service || !self.fresh_last_resort || self.last_resort.is_some()
    }
}

async fn published(deps: &Deps, packages: Vec<KeyPackageRow>) -> Result<(), StoreFault> {
    let note = move |tx: &mut conclave_store::Tx<'_>| {
        packages.iter().try_for_each(|package| tx.set_key_package_published(&package.reference))
    };
    deps.store.write(note).await
}

/// A service that was set back has key packages again that were handed out before: those who claimed one of them would add
/// a client that can't open their Welcome. Withdraws all; they stay here for Welcomes that are on their way.
async fn withdraw_old(deps: &Deps) -> Result<(), PublishFault> {
    if !deps.store.read(|view| view.was_set_back()).await? {
        return Ok(());
    }
    deps.service.withdraw_key_packages().await?;
    deps.store.write(|tx| tx.set_back_handled()).await?;
    Ok(())
}

/// Deletes what no Welcome can be opened with any more; the keys go with the next sweep of the vault.
async fn delete_old(deps: &Deps) -> Result<(), StoreFault> {
    // By both clocks: neither is trusted alone with what can't be undone.
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
async fn make(deps: &Deps, last_resort: bool) -> Result<KeyPackageRow, PublishFault> {
    let (handle, chain) = deps.new_leaf().await?;
    let now = deps.now();
    let new = NewKeyPackage {
        client: deps.me.client.clone(),
        handle: handle.clone(),
        chain: chain_bytes(&chain),
        suite: CIPHER_SUITE,
        not_after: now.plus_ms(KEY_PACKAGE_LIFETIME_S * 1000 - MARGIN_MS),
        last_resort,
    };
    let made = key_package::generate(&deps.env(), new, now).map_err(|e| PublishFault::Make(e.to_string()));
    let kept = match made {
        Ok(package) => {
            let row = package.clone();
            let put = deps.store.write(move |tx| tx.put_key_package(&row)).await;
            put.map(|()| package).map_err(PublishFault::from)
        }
        Err(fault) => Err(fault),
    };
    // Only once a row names it: the sweep deletes keys that no row names and that are not loaded.
    deps.unload_key(&handle);
    kept
}

fn upload(package: &KeyPackageRow) -> KeyPackageUpload {
    KeyPackageUpload {
        key_package: package.public.clone(),
        cipher_suite: package.cipher_suite,
        not_after: package.not_after,
    }
}
