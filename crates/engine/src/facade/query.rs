//! Queries: always answered from the store, so that a busy or broken group still shows.

use conclave_group::credential::suite_name;
use conclave_protocol::{DeviceId, Epoch, GroupId, UserUri};
use conclave_record as record;
use conclave_store as store;
use conclave_store::{ChainState, LogFilter, PageFrom};

use super::log_export::exported;
use super::people::People;
use super::permissions::Permissions;
use super::shown::{shown_change, shown_last, shown_row};
use super::waiting::{CHANGES_MAX, Conditions};
use super::{Engine, Open};
use crate::api::{
    Error, GroupDetail, GroupHealth, GroupSummary, LIMITS, LogChain, LogExport, LogPage, LogQuery, LogRow,
    PersonMay, Roster, RosterDevice, RosterPerson, TimelinePage, TimelineQuery,
};
use crate::live::{Live, LiveStates};

/// Rows in a page of a timeline, by default.
const TIMELINE_LIMIT: u32 = 60;
/// Rows in a page of a log, by default.
const LOG_LIMIT: u32 = 50;
/// Most people in a page of a roster.
const PEOPLE_MAX: u32 = 10_000;

impl Engine {
    /// All groups, pinned ones first, then by newest activity.
    pub async fn groups(&self) -> Result<Vec<GroupSummary>, Error> {
        let open = self.account()?;
        let read = |v: &store::View<'_>| v.groups()?.into_iter().map(|entry| named(v, entry)).collect();
        let groups: Vec<_> = open.deps.store.read(read).await?;
        Ok(groups.into_iter().map(|(entry, names)| open.summary(entry, names)).collect())
    }

    /// One group, as in the list of groups.
    pub async fn group_summary(&self, group: String) -> Result<GroupSummary, Error> {
        let (open, group) = self.in_group(&group)?;
        let read = move |v: &store::View<'_>| v.group(&group)?.map(|entry| named(v, entry)).transpose();
        let (entry, names) = open.deps.store.read(read).await?.ok_or(Error::NoSuchGroup)?;
        Ok(open.summary(entry, names))
    }

    /// One group in detail.
    pub async fn group(&self, group: String) -> Result<GroupDetail, Error> {
        let (open, group) = self.in_group(&group)?;
        let found = open
            .deps
            .store
            .read(move |v| match v.head(&group)? {
                Some((_, head)) => {
                    let by = match &head.status {
                        record::GroupStatus::Removed { by } => by.as_ref(),
                        _ => None,
                    };
                    let waiting = v.waiting_changes(&group, CHANGES_MAX)?;
                    let targets = waiting.first.iter().flat_map(|change| change.kind.people());
                    let names = v.names_of(&group, &by.into_iter().chain(targets).collect())?;
                    Ok(Some((head, v.waiting(&group)?, waiting, names)))
                }
                None => Ok(None),
            })
            .await?;
        let Some((head, queued, waiting, names)) = found else { return Err(Error::NoSuchGroup) };
        let (conditions, people) = (Conditions::of(&open.deps, &group, &head), open.people(names));
        let permissions = Permissions::of(&head)?;
        let member = !matches!(head.status, record::GroupStatus::Left | record::GroupStatus::Removed { .. });
        Ok(GroupDetail {
            id: group.to_hex(),
            name: head.name,
            health: health(&open.deps.live, &group, (&head.status, head.behind.is_some()), &people),
            epoch: head.epoch.0,
            epoch_authenticator: hex::encode(head.epoch_authenticator.get(..8).unwrap_or_default()),
            people: head.people,
            devices: head.devices,
            my_role: member.then_some(head.own_role),
            policy: permissions.policy(),
            may: permissions.group_may(),
            key_renewed_ms: member.then_some(head.key_renewed.0),
            cipher_suite: suite_name(head.cipher_suite).unwrap_or("unknown").to_owned(),
            queued,
            waiting: waiting.first.iter().map(|change| conditions.shown(change, &people)).collect(),
            waiting_total: waiting.total,
        })
    }

    /// Who is in a group.
    pub async fn roster(&self, group: String, limit: u32) -> Result<Roster, Error> {
        let (open, group) = self.in_group(&group)?;
        let limit = if limit == 0 { LIMITS.page_rows } else { limit.min(PEOPLE_MAX) };
        let read =
            move |v: &store::View<'_>| Ok((v.head(&group)?, v.roster(&group, limit)?, v.names(&group)?));
        let (head, page, names) = open.deps.store.read(read).await?;
        let permissions = Permissions::of(&head.ok_or(Error::NoSuchGroup)?.1)?;
        let (me, people) = (&open.deps.me.client, open.people(names));
        let device = |user: &UserUri, (device, leaf, since): (DeviceId, u32, Epoch)| RosterDevice {
            this_device: user == me.user() && device == me.device(),
            device: device.to_string(),
            leaf,
            since_epoch: since.0,
        };
        let may = |p: &store::RosterPerson| match p.user == *me.user() {
            true => PersonMay { remove: false },
            false => permissions.person_may(p.role),
        };
        let one = |p: store::RosterPerson| RosterPerson {
            person: people.person(&p.user),
            role: p.role,
            may: may(&p),
            devices: p.devices.into_iter().map(|d| device(&p.user, d)).collect(),
            since_ms: p.since.0,
            fingerprint: fingerprint(&p.identity_key),
        };
        Ok(Roster {
            epoch: page.epoch.0,
            tree_hash: hex::encode(&page.tree_hash),
            people: page.people.into_iter().map(one).collect(),
            total: page.total,
        })
    }

    /// Rows of a group's timeline.
    pub async fn timeline(&self, group: String, query: TimelineQuery) -> Result<TimelinePage, Error> {
        let (open, group) = self.in_group(&group)?;
        let from = match (query.before, query.from) {
            (Some(before), _) => PageFrom::Before(before),
            (None, Some(from)) => PageFrom::From(from),
            (None, None) => PageFrom::Newest,
        };
        let limit = limit(query.limit, TIMELINE_LIMIT);
        let read = move |v: &store::View<'_>| {
            let page = v.timeline(&group, from, limit)?;
            let names =
                v.names_of(&group, &page.rows.iter().flat_map(store::TimelineRow::people).collect())?;
            Ok((page, names))
        };
        let (page, names) = open.deps.store.read(read).await?;
        let people = open.people(names);
        Ok(TimelinePage {
            rows: page.rows.into_iter().map(|row| shown_row(row, &people)).collect(),
            more_before: page.more_before,
            more_after: page.more_after,
            first_unread: page.first_unread.map(|r| r.0.to_string()),
        })
    }

    /// Rows of a group's membership log, newest first, and whether its chain holds.
    pub async fn membership_log(&self, group: String, query: LogQuery) -> Result<LogPage, Error> {
        let (open, group) = self.in_group(&group)?;
        let limit = limit(query.limit, LOG_LIMIT);
        let filter = log_filter(query)?;
        let read = move |v: &store::View<'_>| {
            let page = v.membership_log(&group, &filter, limit)?;
            let names =
                v.names_of(&group, &page.rows.iter().flat_map(|entry| entry.row.people()).collect())?;
            Ok((page, names, v.verify_chain(&group)?))
        };
        let (page, names, chain) = open.deps.store.read(read).await?;
        let people = open.people(names);
        Ok(LogPage {
            rows: page.rows.into_iter().map(|row| log_row(row, &people)).collect(),
            more: page.more,
            total: page.total,
            chain: match chain {
                ChainState::Intact { entries } => LogChain::Intact { entries },
                ChainState::EpochMissing { epoch } => LogChain::EpochMissing { epoch: epoch.0 },
                ChainState::BrokenAt { index } => LogChain::BrokenAt { index },
            },
        })
    }

    /// A group's membership log as a file's text: all rows that match the query, not only one page.
    pub async fn export_log(
        &self,
        group: String,
        query: LogQuery,
        format: LogExport,
    ) -> Result<String, Error> {
        let (open, id) = self.in_group(&group)?;
        // A file is read elsewhere and later, where only logins identify people.
        let people = open.logins();
        let all = LogFilter { before: None, ..log_filter(query)? };
        let complete = all == LogFilter::default();
        let mut rows = Vec::new();
        let mut before = None;
        // Each page ends at a smaller index than the one before it.
        loop {
            let filter = LogFilter { before, ..all.clone() };
            let page =
                open.deps.store.read(move |v| v.membership_log(&id, &filter, LIMITS.page_rows)).await?;
            before = page.rows.last().map(|r| r.row.index);
            rows.extend(page.rows.into_iter().map(|row| log_row(row, &people)));
            if !page.more || before.is_none() {
                break;
            }
        }
        rows.reverse();
        exported(&group, &rows, complete, format)
    }
}

impl Open {
    fn summary(&self, entry: store::GroupEntry, names: store::Names) -> GroupSummary {
        let people = self.people(names);
        GroupSummary {
            id: entry.generation.group.to_hex(),
            name: entry.name,
            health: health(&self.deps.live, &entry.generation.group, (&entry.status, entry.behind), &people),
            people: entry.people,
            unread: entry.unread,
            unseen_changes: entry.unseen,
            activity_ms: entry.activity.0,
            last: entry.last.map(|last| shown_last(last, &people)),
            draft: entry.draft,
            pinned: entry.pinned,
            archived: entry.archived,
            marked_unread: entry.marked_unread,
            waits_since_ms: entry.waits_since.map(|since| since.0),
            muted_until_ms: (entry.muted_until > self.deps.clock.now()).then_some(entry.muted_until.0),
        }
    }
}

/// A group's entry, with the names of the people in it.
fn named(
    view: &store::View<'_>,
    entry: store::GroupEntry,
) -> Result<(store::GroupEntry, store::Names), store::Error> {
    let names = view.names_of(&entry.generation.group, &entry.people().collect())?;
    Ok((entry, names))
}

fn log_filter(query: LogQuery) -> Result<LogFilter, Error> {
    let person = query.person.as_deref().map(str::parse).transpose();
    Ok(LogFilter {
        before: query.before,
        person: person.map_err(|_| Error::NoSuchPerson { handle: query.person.unwrap_or_default() })?,
        kinds: query.kinds,
        text: query.text.filter(|t| !t.trim().is_empty()),
    })
}

fn limit(asked: u32, default: u32) -> u32 {
    if asked == 0 { default } else { asked.min(LIMITS.page_rows) }
}

fn log_row(entry: store::MembershipEntry, people: &People) -> LogRow {
    LogRow {
        index: entry.row.index,
        commit_hash: entry.row.commit.to_hex(),
        row_hash: hex::encode(entry.row.row_hash),
        seen: entry.seen,
        change: shown_change(entry.row, people),
    }
}

/// A group's health: from its stored status, whether it is behind, and its live state.
fn health(
    live: &LiveStates,
    group: &GroupId,
    (status, behind): (&record::GroupStatus, bool),
    people: &People,
) -> GroupHealth {
    use record::GroupStatus as S;
    let not_followed = live.not_followed(group).map(|why| GroupHealth::NotFollowed { why });
    let not_followed = not_followed.or(behind.then_some(GroupHealth::Behind));
    match (status, live.get(group)) {
        (S::Left, _) => GroupHealth::Left,
        (S::Removed { by }, _) => GroupHealth::Removed { by: by.as_ref().map(|u| people.person(u)) },
        (S::Broken { cause }, _) => GroupHealth::Broken { cause: *cause },
        (_, Some(Live::HeldUp(why))) => GroupHealth::Quarantined { cause: why },
        (_, Some(Live::CatchingUp { done, total })) => GroupHealth::CatchingUp { done, total },
        (S::Creating, None) => not_followed.unwrap_or(GroupHealth::Creating),
        (S::Leaving, None) => not_followed.unwrap_or(GroupHealth::Leaving),
        (S::Active, None) => not_followed.unwrap_or(GroupHealth::Healthy),
    }
}

/// A fingerprint for people to compare: the first 16 bytes of SHA-256 over the identity key, in groups of four digits.
fn fingerprint(key: &[u8; 32]) -> String {
    use sha2::{Digest as _, Sha256};
    let digits = hex::encode(&Sha256::digest(key)[..16]);
    let groups: Vec<&str> = (0..digits.len()).step_by(4).filter_map(|i| digits.get(i..i + 4)).collect();
    groups.join(" ")
}
