//! A service that was set back, as from a backup: where its log parts from the one that was handled here.

use conclave_delivery::{AccessKey, LogPage, RemoteService, ServiceError};
use conclave_protocol::limits::LOG_ENTRIES_MAX;
use conclave_protocol::{GroupId, Seq};

use super::marks::Mark;
use super::place::Place;

/// Reads of one comparison: each brings an entry at least.
const READS_MAX: usize = LOG_ENTRIES_MAX;

/// What was handled of a log.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) cursor: Seq,
    pub(super) place: Place,
}

/// How far two histories are one, and the entry with which the service's goes on otherwise.
#[derive(Debug, PartialEq, Eq)]
struct Common {
    kept: Seq,
    then: Option<Mark>,
}

impl Known {
    /// The last entry, by its place here, that the service's log has in common with it; the cursor where nothing is lost,
    /// or where the service contradicts itself.
    pub(super) async fn in_common(
        &self,
        service: &RemoteService,
        group: GroupId,
        key: &AccessKey,
    ) -> Result<Seq, ServiceError> {
        let first = self.look(service, group, key).await?;
        if first.kept == self.cursor {
            return Ok(self.cursor);
        }
        let second = self.look(service, group, key).await?;
        Ok(if first == second { first.kept } else { self.cursor })
    }

    /// Of entries that are not remembered, those that the service has are taken for the same.
    async fn look(
        &self,
        service: &RemoteService,
        group: GroupId,
        key: &AccessKey,
    ) -> Result<Common, ServiceError> {
        let back = LOG_ENTRIES_MAX as u64 + self.place.offset;
        let mut after = Seq(self.cursor.0.saturating_sub(back));
        for _ in 0..READS_MAX {
            let page = service.read_after(group, key.clone(), after).await?;
            if let Some((seq, mark)) = self.first_other(&page) {
                return Ok(Common { kept: Seq(seq.0.saturating_sub(1)), then: Some(mark) });
            }
            let end = self.place.here(page.head.0).min(self.cursor);
            match page.entries.last() {
                Some(last) if self.place.here(last.seq) < end => after = Seq(last.seq),
                _ => return Ok(Common { kept: end, then: None }),
            }
        }
        Err(ServiceError::BadAnswer)
    }

    fn first_other(&self, page: &LogPage) -> Option<(Seq, Mark)> {
        let mut places = page.entries.iter().map(|entry| (self.place.here(entry.seq), Mark::of(entry)));
        places.find(|(seq, mark)| self.place.marks.at(*seq).is_some_and(|known| known != *mark))
    }
}
