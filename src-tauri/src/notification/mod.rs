//! Desktop notifications: the page provides the text, the desktop shows it.

#[cfg(target_os = "linux")]
mod freedesktop;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(crate) use freedesktop::Notifier;
#[cfg(not(target_os = "linux"))]
pub(crate) use other::Notifier;

use serde::Serialize;
use tauri::{AppHandle, Emitter};

use crate::window;

/// Characters; a desktop shows a line or two, so no more is passed on.
const TITLE_CHARS_MAX: usize = 120;
const BODY_CHARS_MAX: usize = 400;

/// One notification.
#[derive(Debug)]
pub(crate) struct Notification {
    pub(crate) title: String,
    pub(crate) body: String,
    /// Its group; a click opens the group, and a newer notification of the group replaces this one.
    pub(crate) group: String,
    /// It may play a sound.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux uses it"))]
    pub(crate) sound: bool,
}

impl Notification {
    pub(crate) fn new(title: &str, body: &str, group: String, sound: bool) -> Self {
        let (title, body) = (first_chars(title, TITLE_CHARS_MAX), first_chars(body, BODY_CHARS_MAX));
        Self { title, body, group, sound }
    }
}

/// The notification was not shown.
#[derive(Debug, thiserror::Error)]
#[error("the desktop did not show the notification: {0}")]
pub(crate) struct NotShown(String);

/// Sent to the page when a person clicks a notification.
#[derive(Debug, Clone, Serialize, specta::Type)]
pub(crate) struct Navigate {
    group: String,
}

/// Raises the window and opens the group.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux reports clicks"))]
fn follow(app: &AppHandle, group: String) {
    window::raise(app);
    if let Err(error) = app.emit_to(window::LABEL, "navigate", Navigate { group }) {
        tracing::warn!(%error, "the page was not notified of a click");
    }
}

fn first_chars(text: &str, count: usize) -> String {
    match text.char_indices().nth(count) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_end_at_a_character() {
        assert_eq!(first_chars("äöü", 3), "äöü");
        assert_eq!(first_chars("äöüß", 3), "äöü…");
        let long = Notification::new(&"é".repeat(500), &"語".repeat(500), "g".to_owned(), true);
        assert_eq!(long.title.chars().count(), TITLE_CHARS_MAX + 1);
        assert_eq!(long.body.chars().count(), BODY_CHARS_MAX + 1);
    }
}
