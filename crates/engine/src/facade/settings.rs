//! The user's settings for the app as a whole: stored with the account, encrypted like the rest of it.

use serde_json::{Map, Value};

use super::Engine;
use super::translate::internal;
use crate::api::{Error, Settings};

/// The name of the setting in the store.
const SETTING: &str = "choices";
/// Most recently used emoji that are stored.
const RECENT_EMOJI_MAX: usize = 24;

impl Engine {
    /// The user's settings, or the defaults.
    pub async fn settings(&self) -> Result<Settings, Error> {
        let open = self.account()?;
        let kept = open.deps.store.read(|v| v.setting(SETTING)).await?;
        Ok(kept.as_deref().map_or_else(Settings::default, read))
    }

    /// Stores the user's settings.
    pub async fn set_settings(&self, mut settings: Settings) -> Result<(), Error> {
        let open = self.account()?;
        settings.recent_emoji.truncate(RECENT_EMOJI_MAX);
        let kept = serde_json::to_vec(&settings).map_err(|e| internal(&e))?;
        Ok(open.deps.store.write(move |tx| tx.put_setting(SETTING, &kept)).await?)
    }
}

/// The stored settings over the defaults, as an older version had fewer. Those that can't be read are the defaults.
fn read(kept: &[u8]) -> Settings {
    let over = || -> Result<Settings, serde_json::Error> {
        let mut all: Map<String, Value> = serde_json::from_value(serde_json::to_value(Settings::default())?)?;
        all.extend(serde_json::from_slice::<Map<String, Value>>(kept)?);
        serde_json::from_value(Value::Object(all))
    };
    over().unwrap_or_else(|error| {
        tracing::warn!(%error, "the settings can't be read");
        Settings::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_keeps_its_form() {
        let kept = r#"{"notifications":true,"hideText":false,"sound":true,"enterSends":true,"closeToTray":true,"recentEmoji":[]}"#;
        assert_eq!(serde_json::to_string(&Settings::default()).expect("it is plain"), kept);
        assert_eq!(read(kept.as_bytes()), Settings::default());
    }

    #[test]
    fn what_an_older_or_newer_version_kept_is_read_as_far_as_it_goes() {
        let other = Settings { enter_sends: false, ..Settings::default() };
        assert_eq!(read(br#"{"enterSends":false,"unknown":1}"#), other);
        for unreadable in [&b"\xff"[..], b"[]", br#"{"enterSends":"yes"}"#, br#"{"recentEmoji":7}"#, b""] {
            assert_eq!(read(unreadable), Settings::default());
        }
    }
}
