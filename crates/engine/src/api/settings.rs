use serde::{Deserialize, Serialize};

/// The user's settings for the app as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Desktop notifications are shown at all.
    pub notifications: bool,
    /// Notifications say who wrote, not what.
    pub hide_text: bool,
    /// Notifications play a sound, if the desktop can.
    pub sound: bool,
    /// Enter sends, and Shift+Enter starts a new line; otherwise Enter starts a new line, and Ctrl+Enter sends.
    pub enter_sends: bool,
    /// Closing the window leaves the app in the tray, if there is one; otherwise it quits the app.
    pub close_to_tray: bool,
    /// Recently used emoji, newest first.
    pub recent_emoji: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            notifications: true,
            hide_text: false,
            sound: true,
            enter_sends: true,
            close_to_tray: true,
            recent_emoji: Vec::new(),
        }
    }
}
