//! What the account's person is called.

use conclave_protocol::PersonName;

use super::{Engine, Open, Phase};
use crate::api::{Account, Error};

impl Engine {
    /// Gives the account's person another name, of 1 to 64 letters.
    pub async fn set_name(&self, name: String) -> Result<Account, Error> {
        let name = PersonName::clean(&name)?;
        let _opening = self.0.opening.lock().await;
        let open = self.account()?;
        let kept = name.clone();
        open.deps.store.write(move |tx| tx.set_name(&kept)).await?;
        let open = Open { name: Some(name), ..open };
        let shown = open.shown();
        self.set_phase(Phase::Open(Box::new(open)));
        Ok(shown)
    }
}
