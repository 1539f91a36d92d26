use serde::{Deserialize, Serialize};

/// What the person chose about the app as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Desktop notifications are shown at all.
    pub notifications: bool,
    /// They say who wrote, not what.
    pub hide_text: bool,
    /// They make themselves heard, where the desktop can.
    pub sound: bool,
    /// Enter sends, and a new line takes Shift; else Enter makes a new line, and sending takes Ctrl.
    pub enter_sends: bool,
    /// Closing the window leaves the app in the tray, where there is one; else it ends the app.
    pub close_to_tray: bool,
    /// The emoji that were used last, the last one first.
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
