//! Key packages (RFC 9750 §5.1): each is handed out once, the oldest first, one for each device of a user; the
//! last-resort one if there is no other.

use bytes::Bytes;
use conclave_protocol::limits::{KEY_PACKAGE_BYTES_MAX, KEY_PACKAGES_MAX, KEY_PACKAGES_RESERVED};
use conclave_protocol::{ClientUri, Timestamp, UserUri, wire};

use super::framing;
use crate::limits::Limits;
use crate::refusal::Refusal;
use crate::storage::{NewKeyPackage, StorageError, Tables};

/// Cipher suites of a client, and of a request.
const SUITES_MAX: usize = 8;
/// Expired ones deleted with each upload.
const EXPIRED_MAX: usize = 1_000;
/// Longest time that a key package is kept, in milliseconds: 100 days. Clients accept none that is valid for longer
/// than 84.
const LIFETIME_MS_MAX: u64 = 100 * 24 * 3600 * 1000;
/// Storage overhead of a key package: its row and index entries.
const OVERHEAD: usize = 384;

/// Key packages to store for a client.
#[derive(Debug)]
pub(crate) struct Publish {
    once: Vec<NewKeyPackage>,
    last_resort: Option<NewKeyPackage>,
}

impl Publish {
    pub(crate) fn parse(request: wire::PublishKeyPackages, now: Timestamp) -> Result<Self, Refusal> {
        let most = KEY_PACKAGES_MAX * SUITES_MAX;
        if request.key_packages.len() > most {
            return Err(Refusal::TooMany("key packages in a request", most));
        }
        let once = request.key_packages.into_iter().map(|k| upload(k, now)).collect::<Result<_, _>>()?;
        let last_resort = request.last_resort.map(|k| upload(k, now)).transpose()?;
        Ok(Self { once, last_resort })
    }

    /// Bytes charged to the storage allowance of its address.
    pub(crate) fn size(&self) -> usize {
        self.once.iter().chain(&self.last_resort).map(|new| new.key_package.len() + OVERHEAD).sum()
    }

    /// Stores all of them, or none if there would be too many.
    pub(crate) fn run(
        &self,
        tables: &dyn Tables,
        client: &ClientUri,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        // First, so that short-lived ones do not accumulate uncounted.
        tables.trim_key_packages(now, EXPIRED_MAX)?;
        let devices = tables.devices(client.user(), now)?;
        if !devices.contains(client) && devices.len() >= limits.devices_max {
            return Err(Refusal::TooMany("devices of a user", limits.devices_max).into());
        }
        for new in &self.once {
            tables.put_key_package(client, new)?;
        }
        if let Some(new) = &self.last_resort {
            tables.put_last_resort(client, new)?;
        }
        let suites = tables.key_package_suites(client)?;
        if suites.len() > SUITES_MAX {
            return Err(Refusal::TooMany("cipher suites of a client", SUITES_MAX).into());
        }
        for suite in suites {
            let (at_hand, _) = tables.count_key_packages(client, Some(suite), now)?;
            if at_hand > KEY_PACKAGES_MAX {
                return Err(Refusal::TooMany("key packages of a suite", KEY_PACKAGES_MAX).into());
            }
        }
        Ok(())
    }
}

fn upload(upload: wire::KeyPackageUpload, now: Timestamp) -> Result<NewKeyPackage, Refusal> {
    if upload.key_package.len() > KEY_PACKAGE_BYTES_MAX {
        return Err(Refusal::TooLarge("a key package", KEY_PACKAGE_BYTES_MAX));
    }
    if !framing::is_key_package(&upload.key_package) {
        return Err(Refusal::Malformed("key_package"));
    }
    if upload.not_after_ms <= now.0 {
        return Err(Refusal::Malformed("not_after_ms"));
    }
    let not_after = Timestamp(upload.not_after_ms.min(now.plus_ms(LIFETIME_MS_MAX).0));
    Ok(NewKeyPackage {
        cipher_suite: suite(upload.cipher_suite)?,
        not_after,
        key_package: upload.key_package,
    })
}

fn suite(number: u32) -> Result<u16, Refusal> {
    u16::try_from(number).map_err(|_| Refusal::Malformed("cipher_suite"))
}

/// How many key packages of a client are stored.
pub(crate) fn count(
    tables: &dyn Tables,
    client: &ClientUri,
    now: Timestamp,
) -> Result<wire::KeyPackageCount, StorageError> {
    let (at_hand, last_resort) = tables.count_key_packages(client, None, now)?;
    Ok(wire::KeyPackageCount { count: u32::try_from(at_hand).unwrap_or(u32::MAX), last_resort })
}

/// A claim for all devices of a user.
#[derive(Debug)]
pub(crate) struct Claim {
    user: UserUri,
    /// In order of preference.
    suites: Vec<u16>,
}

impl Claim {
    pub(crate) fn parse(request: &wire::ClaimKeyPackages, domain: &str) -> Result<Self, Refusal> {
        if request.cipher_suites.is_empty() || request.cipher_suites.len() > SUITES_MAX {
            return Err(Refusal::Malformed("cipher_suites"));
        }
        let user: UserUri = request.user.parse().map_err(|_| Refusal::Malformed("user"))?;
        if user.domain() != domain {
            return Err(Refusal::NoSuchUser);
        }
        let suites = request.cipher_suites.iter().map(|s| suite(*s)).collect::<Result<_, _>>()?;
        Ok(Self { user, suites })
    }

    pub(crate) fn user(&self) -> &UserUri {
        &self.user
    }

    /// Hands them out: one for each device that has any. The last few of a device are reserved for users who have not
    /// claimed recently; others, for whom `may_take_rest` returns a refusal, get the last-resort one.
    pub(crate) fn run(
        &self,
        tables: &dyn Tables,
        may_take_rest: &dyn Fn() -> Result<(), Refusal>,
        now: Timestamp,
    ) -> Result<wire::ClaimedKeyPackages, StorageError> {
        let mut key_packages = Vec::new();
        for client in tables.devices(&self.user, now)? {
            if let Some((key_package, last_resort)) = self.of_device(tables, &client, may_take_rest, now)? {
                let client = client.to_string();
                key_packages.push(wire::ClaimedKeyPackage { client, key_package, last_resort });
            }
        }
        Ok(wire::ClaimedKeyPackages { key_packages })
    }

    fn of_device(
        &self,
        tables: &dyn Tables,
        client: &ClientUri,
        may_take_rest: &dyn Fn() -> Result<(), Refusal>,
        now: Timestamp,
    ) -> Result<Option<(Bytes, bool)>, StorageError> {
        let mut refused = None;
        for suite in &self.suites {
            let Some(found) = tables.oldest_key_package(client, *suite, now)? else { continue };
            let (at_hand, _) = tables.count_key_packages(client, Some(*suite), now)?;
            if at_hand <= KEY_PACKAGES_RESERVED
                && let Err(refusal) = may_take_rest()
            {
                refused = Some(refusal);
                continue;
            }
            tables.hand_out(found.row)?;
            return Ok(Some((found.key_package, false)));
        }
        for suite in &self.suites {
            if let Some(found) = tables.last_resort(client, *suite, now)? {
                return Ok(Some((found.key_package, true)));
            }
        }
        // There are some, but none for this claimer now: nothing is handed out.
        refused.map_or(Ok(None), |refusal| Err(refusal.into()))
    }
}

/// The claimed user must exist; this reveals no more than looking up the name.
pub(crate) fn check_user(tables: &dyn Tables, user: &UserUri) -> Result<(), StorageError> {
    let name = user.handle().parse().map_err(|_| Refusal::NoSuchUser)?;
    tables.account(&name)?.map(|_| ()).ok_or_else(|| Refusal::NoSuchUser.into())
}
