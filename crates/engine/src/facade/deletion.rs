//! Deleting the account of this profile: it leaves its groups, then its keys, its store and its own service are
//! deleted. A mark in the profile's folder is written first, so that an interrupted deletion is finished at the next
//! start.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use conclave_protocol::GroupId;
use conclave_record::IntentKind;
use conclave_store::OpenError;
use conclave_vault::ItemName;

use super::translate::internal;
use super::{Engine, Open, Phase};
use crate::api::{AppState, Connection, Error};
use crate::keychain_items::STORE;

/// While this file exists, the profile may not be opened, only deleted.
const MARK_FILE: &str = "deleting";
/// Longest wait for other members to commit the leaving; those who are online do so at once.
const LEAVE_MS_MAX: u64 = 10_000;
/// Longest wait for the store to be released by tasks that still use it.
const RELEASE_MS_MAX: u64 = 10_000;
/// Time between two checks.
const POLL_MS: u64 = 100;

impl Engine {
    /// Deletes this profile's account; `handle` confirms which. It leaves the groups first, if the service can be
    /// reached; then keys, messages and the profile's own service are deleted for good. Returns the app's state:
    /// [`AppState::FirstRun`], or [`AppState::Deleting`] if something could not be deleted yet.
    ///
    /// # Errors
    /// If nothing was deleted: no account, another name, a disk that can't store the mark.
    pub async fn delete_account(&self, handle: String) -> Result<AppState, Error> {
        let _opening = self.0.opening.lock().await;
        let open = self.account()?;
        if open.deps.me.client.user().handle() != handle {
            return Err(Error::OtherAccount);
        }
        let mark = self.deletion_mark();
        let marked = self.0.config.executor.compute(move || write_mark(&mark)).await;
        marked.map_err(|_| Error::Closing)?.map_err(|_| Error::DiskUnavailable)?;
        open.leave_groups().await;
        // No event: the phase at the end follows in a moment.
        self.put_phase(Phase::Not(AppState::Deleting));
        open.close().await;
        drop(open);
        let state = self.finish_deletion().await;
        self.set_phase(Phase::Not(state.clone()));
        Ok(state)
    }

    /// Whether a deletion was started and is not finished.
    pub(super) fn is_deleting(&self) -> bool {
        self.deletion_mark().exists()
    }

    /// Deletes what is left. What is missing counts as deleted, so this can be repeated at any point.
    pub(super) async fn finish_deletion(&self) -> AppState {
        match self.delete_all().await {
            Ok(()) => AppState::FirstRun,
            Err(error) => {
                tracing::warn!(%error, "the account is not deleted yet");
                AppState::Deleting
            }
        }
    }

    async fn delete_all(&self) -> Result<(), Error> {
        let vault = self.start_vault()?;
        // The store's key first: without it nobody can read the files.
        let store_key = ItemName::new(STORE).map_err(|e| internal(&e))?;
        vault.run(move |v| v.delete(&store_key)).await?;
        for item in vault.run(|v| v.list()).await? {
            vault.run(move |v| v.delete(&item)).await?;
        }
        self.erase_store().await?;
        self.0.config.services.discard_own().await?;
        let mark = self.deletion_mark();
        let gone = self.0.config.executor.compute(move || remove_mark(&mark)).await;
        gone.map_err(|_| Error::Closing)?.map_err(|_| Error::DiskUnavailable)
    }

    async fn erase_store(&self) -> Result<(), Error> {
        let mut left_ms = RELEASE_MS_MAX;
        loop {
            let path = self.store_path();
            let erased = self.0.config.executor.compute(move || conclave_store::erase(&path)).await;
            match erased.map_err(|_| Error::Closing)? {
                Ok(()) => return Ok(()),
                // A task that still uses it is about to end.
                Err(OpenError::InUse) if left_ms > 0 => {
                    left_ms = left_ms.saturating_sub(POLL_MS);
                    tokio::time::sleep(Duration::from_millis(POLL_MS)).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "the store was not deleted");
                    return Err(Error::DiskUnavailable);
                }
            }
        }
    }

    fn deletion_mark(&self) -> PathBuf {
        self.0.config.data_dir.join(MARK_FILE)
    }
}

impl Open {
    /// Asks to leave all groups, and waits a while for members to commit that. Without a connection, or without another
    /// member online, this user stays in the rosters until somebody removes them.
    async fn leave_groups(&self) {
        if self.deps.connection.get() != Connection::Connected {
            return;
        }
        let mut asked = Vec::new();
        for group in self.live_groups().await.unwrap_or_default() {
            if self.member_head(group).await.is_ok()
                && self.add_intent(group, IntentKind::Leave).await.is_ok()
            {
                asked.push(group);
            }
        }
        let mut left_ms = LEAVE_MS_MAX;
        while left_ms > 0 && self.live_groups().await.is_ok_and(|live| live.iter().any(|g| asked.contains(g)))
        {
            left_ms = left_ms.saturating_sub(POLL_MS);
            tokio::time::sleep(Duration::from_millis(POLL_MS)).await;
        }
    }

    /// The groups whose keys this device has.
    async fn live_groups(&self) -> Result<Vec<GroupId>, Error> {
        let live = self.deps.store.read(|v| v.live_groups()).await?;
        Ok(live.into_iter().map(|live| live.generation.group).collect())
    }
}

/// Durable when it returns.
fn write_mark(mark: &Path) -> io::Result<()> {
    fs::File::create(mark)?.sync_all()?;
    sync_folder(mark)
}

fn remove_mark(mark: &Path) -> io::Result<()> {
    match fs::remove_file(mark) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => sync_folder(mark),
    }
}

/// Makes a file's entry in its folder durable. Only Unix can sync folders; elsewhere the file's own sync is enough.
fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) if cfg!(unix) => fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
