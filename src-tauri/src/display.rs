//! A window needs a display. Without one the toolkit would abort the program with an unhelpful trace, so this checks
//! first.

/// There is no display to open a window on.
#[derive(Debug, thiserror::Error)]
#[error(
    "there is no display to open a window on (DISPLAY and WAYLAND_DISPLAY lead nowhere).\n\
     Start Conclave from a desktop session, or on a machine without a screen under a virtual one:\n    \
     xvfb-run -a conclave"
)]
pub(crate) struct NoDisplay;

/// Opens the display connection that the window will use.
///
/// # Errors
/// [`NoDisplay`].
#[cfg(target_os = "linux")]
pub(crate) fn open() -> Result<(), NoDisplay> {
    gtk::init().map_err(|_| NoDisplay)
}

/// Other systems always have one.
#[cfg(not(target_os = "linux"))]
pub(crate) fn open() -> Result<(), NoDisplay> {
    Ok(())
}
