//! A service that was set back, as from a backup: finds where its log parts from the one that was handled here.

use conclave_delivery::{AccessKey, LogPage, RemoteService, ServiceError};
use conclave_protocol::limits::LOG_ENTRIES_MAX;
use conclave_protocol::{GroupId, Seq};

use super::marks::Mark;
use super::place::Place;

/// Reads of one comparison: each brings an entry at least.
const READS_MAX: usize = LOG_ENTRIES_MAX;

/// What is known of the log that was handled.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) cursor: Seq,
    pub(super) place: Place,
}

/// The last entry that two histories share, and the next one of the service's.
#[derive(Debug, PartialEq, Eq)]
struct Common {
    kept: Seq,
    then: Option<Mark>,
}

impl Known {
    /// The place here of the last entry that both logs have. The cursor, if nothing is lost, or if the service contradicts
    /// itself.
    pub(super) async fn in_common(
        &self,
        service: &RemoteService,
        group: GroupId,
        key: &AccessKey,
    ) -> Result<Seq, ServiceError> {
        let first = self.compare(service, group, key).await?;
        if first.kept == self.cursor {
            return Ok(self.cursor);
        }
        let second = self.compare(service, group, key).await?;
        Ok(if first == second { first.kept } else { self.cursor })
    }

    /// Entries without a mark are taken for the same.
    async fn compare(
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
