//! Desktop notifications: what to say comes from the page, whether it was said comes from the desktop.

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

/// Characters; a desktop shows a line or two, and what is not shown need not be handed over.
const TITLE_CHARS_MAX: usize = 120;
const BODY_CHARS_MAX: usize = 400;

/// One notification.
#[derive(Debug)]
pub(crate) struct Notification {
    pub(crate) title: String,
    pub(crate) body: String,
    /// The group it is about; a click leads there, and a newer one of the same group takes its place.
    pub(crate) group: String,
    /// It may be heard.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux is told"))]
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
#[error("the desktop shows no notification: {0}")]
pub(crate) struct NotShown(String);

/// What the page hears when a person follows a notification.
#[derive(Debug, Clone, Serialize, specta::Type)]
pub(crate) struct Navigate {
    group: String,
}

/// Brings the window up at the group.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux tells of clicks"))]
fn follow(app: &AppHandle, group: String) {
    window::raise(app);
    if let Err(error) = app.emit_to(window::LABEL, "navigate", Navigate { group }) {
        tracing::warn!(%error, "the page was not told of a click");
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
