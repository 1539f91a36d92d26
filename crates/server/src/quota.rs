//! Allowances by token bucket, on tokio's clock: monotone, and virtual in tests.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use conclave_protocol::{InboxId, Timestamp, UserUri};
use tokio::time::{Duration, Instant};

use crate::kept_quotas::{Tags, full_again};
use crate::limits::{ALLOWANCES_MAX, Allowance, Limits};
use crate::refusal::Refusal;
use crate::storage::{AllowanceTag, StoredAllowance};

/// One allowance in use: when it will be full again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    full_at: Instant,
}

impl Bucket {
    pub(crate) fn full() -> Self {
        Self { full_at: Instant::now() }
    }

    /// Takes some, or returns how long to wait.
    pub(crate) fn take(&mut self, allowance: Allowance, number: u32) -> Result<(), Refusal> {
        let now = Instant::now();
        let full_at = self.full_at.max(now) + allowance.refill * number;
        let debt = full_at.duration_since(now);
        match debt.checked_sub(allowance.refill * allowance.burst) {
            None | Some(Duration::ZERO) => {
                self.full_at = full_at;
                Ok(())
            }
            Some(wait) => Err(Refusal::RateLimited(u32::try_from(wait.as_millis() + 1).unwrap_or(u32::MAX))),
        }
    }

    /// Gives some back.
    pub(crate) fn give_back(&mut self, allowance: Allowance, number: u32) {
        let now = Instant::now();
        self.full_at = self.full_at.checked_sub(allowance.refill * number).map_or(now, |at| at.max(now));
    }

    /// Takes some even if there are not enough; returns when there will be.
    pub(crate) fn overdraw(&mut self, allowance: Allowance, number: u32) -> Option<Instant> {
        let now = Instant::now();
        self.full_at = self.full_at.max(now) + allowance.refill * number;
        let debt = self.full_at.duration_since(now).checked_sub(allowance.refill * allowance.burst)?;
        (!debt.is_zero()).then(|| now + debt)
    }
}

/// Where a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// This process, which owns the service and has no limits by address.
    Local,
    /// An IPv4 address, or the IPv6 /64 that one subscriber has.
    Address(IpAddr),
}

impl Source {
    pub(crate) fn of(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V4(v4) => IpAddr::V4(v4),
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX))),
        })
    }
}

/// Which allowance, and whose.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Quota {
    Faults(Source),
    Claims(UserUri),
    ClaimsOf {
        by: UserUri,
        target: UserUri,
    },
    Enrolments(Source),
    LogsCreated(Source),
    BlobsStored(Source),
    Welcomes(Source, InboxId),
    /// Bytes.
    Stored(Source),
    /// Bytes over a short time.
    StoredLately(Source),
    /// Names looked up, or claimed from.
    LookUps(Source),
    /// The last key packages of a user, for one claimer, and for one address.
    RestBy {
        by: UserUri,
        target: UserUri,
    },
    RestFrom {
        source: Source,
        target: UserUri,
    },
}

impl Quota {
    /// Whether it is kept across a restart.
    fn is_kept(&self) -> bool {
        matches!(
            self,
            Self::Enrolments(_)
                | Self::LogsCreated(_)
                | Self::BlobsStored(_)
                | Self::Stored(_)
                | Self::LookUps(_)
                | Self::Claims(_)
        )
    }

    fn is_local(&self) -> bool {
        match self {
            Self::Claims(_) | Self::ClaimsOf { .. } | Self::RestBy { .. } => false,
            Self::Faults(source)
            | Self::Enrolments(source)
            | Self::LogsCreated(source)
            | Self::BlobsStored(source)
            | Self::Welcomes(source, _)
            | Self::Stored(source)
            | Self::StoredLately(source)
            | Self::LookUps(source)
            | Self::RestFrom { source, .. } => *source == Source::Local,
        }
    }
}

/// The allowances in use.
#[derive(Debug)]
pub(crate) struct Quotas {
    in_use: Mutex<InUse>,
    tags: Tags,
}

/// At most [`ALLOWANCES_MAX`] of each.
#[derive(Debug, Default)]
struct InUse {
    buckets: HashMap<Quota, Bucket>,
    /// Those kept across a restart that were used since the last save.
    changed: HashSet<Quota>,
    /// In use before a restart, and unused since: when each is full again.
    former: HashMap<AllowanceTag, Instant>,
}

/// Allowances to save.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) rows: Vec<StoredAllowance>,
    quotas: Vec<Quota>,
}

impl Changed {
    pub(crate) fn is_empty(&self) -> bool {
        self.quotas.is_empty()
    }
}

impl Quotas {
    pub(crate) fn new(tags: Tags) -> Self {
        Self { in_use: Mutex::default(), tags }
    }

    /// Restores what was in use before a restart.
    pub(crate) fn go_on(&self, kept: &[StoredAllowance], limits: &Limits, now: Timestamp) {
        let former = kept.iter().filter_map(|one| Some((one.tag, full_again(one, limits, now)?)));
        self.lock().former.extend(former);
    }

    /// At most this many of those used since the last save.
    pub(crate) fn changed(&self, most: usize, now: Timestamp) -> Changed {
        let mut in_use = self.lock();
        let quotas: Vec<_> = in_use.changed.iter().take(most).cloned().collect();
        let at = Instant::now();
        let mut rows = Vec::new();
        for quota in &quotas {
            in_use.changed.remove(quota);
            let full_at = in_use.buckets.get(quota).map(|bucket| bucket.full_at);
            if let (Some(full_at), Some(tag)) = (full_at, self.tags.of(quota)) {
                // 0 if it is full by now: its old record is replaced anyway.
                let ms = u64::try_from(full_at.duration_since(at).as_millis()).unwrap_or(u64::MAX);
                rows.push(StoredAllowance { tag, full_at: now.plus_ms(ms) });
            }
        }
        Changed { rows, quotas }
    }

    /// Saving failed: they are saved another time.
    pub(crate) fn not_kept(&self, changed: Changed) {
        self.lock().changed.extend(changed.quotas);
    }

    /// Takes one from an allowance, or returns how long to wait.
    pub(crate) fn take(&self, quota: Quota, allowance: Allowance) -> Result<(), Refusal> {
        self.take_many(quota, allowance, 1)
    }

    /// Takes this many from an allowance, or returns how long to wait.
    pub(crate) fn take_many(&self, quota: Quota, allowance: Allowance, number: usize) -> Result<(), Refusal> {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        self.with(quota, |bucket| bucket.take(allowance, number)).unwrap_or(Ok(()))
    }

    /// Gives back this many that were taken for something not done.
    pub(crate) fn give_back(&self, quota: Quota, allowance: Allowance, number: usize) {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        self.with(quota, |bucket| bucket.give_back(allowance, number));
    }

    /// Takes one even if there is none; returns when there will be.
    pub(crate) fn overdraw(&self, quota: Quota, allowance: Allowance) -> Option<Instant> {
        self.with(quota, |bucket| bucket.overdraw(allowance, 1)).flatten()
    }

    /// None for this process, which has no limits.
    fn with<T>(&self, quota: Quota, take: impl FnOnce(&mut Bucket) -> T) -> Option<T> {
        if quota.is_local() {
            return None;
        }
        let mut in_use = self.lock();
        let InUse { buckets, changed, former } = &mut *in_use;
        if buckets.len() >= ALLOWANCES_MAX && !buckets.contains_key(&quota) {
            make_room(buckets);
            changed.retain(|quota| buckets.contains_key(quota));
        }
        if quota.is_kept() && !changed.contains(&quota) {
            changed.insert(quota.clone());
        }
        let tag = |quota: &Quota| if former.is_empty() { None } else { self.tags.of(quota) };
        let begin = |quota: &Quota| {
            let full_at = tag(quota).and_then(|tag| former.get(&tag).copied());
            full_at.map_or_else(Bucket::full, |full_at| Bucket { full_at })
        };
        let bucket = buckets.entry(quota).or_insert_with_key(begin);
        Some(take(bucket))
    }

    fn lock(&self) -> MutexGuard<'_, InUse> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_room(buckets: &mut HashMap<Quota, Bucket>) {
    let now = Instant::now();
    buckets.retain(|_, bucket| bucket.full_at > now);
    if buckets.len() < ALLOWANCES_MAX {
        return;
    }
    let mut times: Vec<_> = buckets.values().map(|bucket| bucket.full_at).collect();
    let (_, median, _) = times.select_nth_unstable(ALLOWANCES_MAX / 2);
    let median = *median;
    buckets.retain(|_, bucket| bucket.full_at > median);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_bucket_gives_its_burst_and_refills() {
        let allowance = Allowance::per_second(3, 2);
        let mut bucket = Bucket::full();
        for _ in 0..3 {
            bucket.take(allowance, 1).unwrap();
        }
        assert_eq!(bucket.take(allowance, 1), Err(Refusal::RateLimited(501)));
        tokio::time::advance(Duration::from_millis(500)).await;
        bucket.take(allowance, 1).unwrap();
        assert!(bucket.take(allowance, 1).is_err());
        tokio::time::advance(Duration::from_secs(3600)).await;
        for _ in 0..3 {
            bucket.take(allowance, 1).unwrap();
        }
        assert!(bucket.take(allowance, 1).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn addresses_have_allowances_of_their_own_and_the_process_has_none() {
        let quotas = Quotas::new(Tags::under(&crate::keys::ServiceKey::new(
            &crate::keys::Keys::ephemeral().unwrap().service,
        )));
        let allowance = Allowance::per_hour(1, 1);
        let one = Source::of("203.0.113.1".parse().unwrap());
        let other = Source::of("203.0.113.2".parse().unwrap());
        quotas.take(Quota::Enrolments(one), allowance).unwrap();
        assert!(quotas.take(Quota::Enrolments(one), allowance).is_err());
        quotas.take(Quota::Enrolments(other), allowance).unwrap();
        for _ in 0..10 {
            quotas.take(Quota::Enrolments(Source::Local), allowance).unwrap();
        }
    }

    #[test]
    fn one_subscriber_is_one_source() {
        let of = |text: &str| Source::of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:203.0.113.1"), of("203.0.113.1"));
    }
}
