//! The user's display name. Each group gets it in its own message, one group after the other.

use conclave_protocol::PersonName;
use conclave_record::GroupStatus;
use conclave_store::{Error as StoreError, Tx};

use super::{Engine, Open, Phase};
use crate::api::{Account, Error};
use crate::registry::look_in_turn;

impl Engine {
    /// Changes the user's display name, of 1 to 64 letters. Durable when it returns, with the intents to send it to all
    /// groups.
    pub async fn set_name(&self, name: String) -> Result<Account, Error> {
        let name = PersonName::clean(&name)?;
        let _opening = self.0.opening.lock().await;
        let open = self.account()?;
        let (now, kept) = (open.deps.now(), name.clone());
        let write = move |tx: &mut Tx<'_>| {
            if tx.view().own_name()?.as_ref() == Some(&kept) {
                return Ok(Vec::new());
            }
            tx.set_name(&kept)?;
            let live = tx.view().live_groups()?;
            let working = live.into_iter().filter(|live| !matches!(live.status, GroupStatus::Broken { .. }));
            let groups: Vec<_> = working.map(|live| live.generation.group).collect();
            groups.iter().try_for_each(|group| tx.introduce_anew(group, now, now))?;
            Ok::<_, StoreError>(groups)
        };
        let groups = open.deps.store.write(write).await?;
        look_in_turn(&open.registry, groups);
        let open = Open { name: Some(name), ..open };
        let shown = open.shown();
        self.set_phase(Phase::Open(Box::new(open)));
        Ok(shown)
    }
}
