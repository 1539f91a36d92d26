//! What is on the display, according to the X server: which windows, where, and which is on top.

use x11rb::{
    connection::Connection,
    protocol::xproto::{ClientMessageEvent, ConnectionExt, EventMask, MapState, Window},
    rust_connection::RustConnection,
};

use crate::{desktop::Desktop, window::until};

/// The display of a desktop.
pub(crate) struct Screen {
    connection: RustConnection,
    root: Window,
}

/// Where a window is, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) x: i16,
    pub(crate) y: i16,
    pub(crate) width: u16,
    pub(crate) height: u16,
}

impl Screen {
    pub(crate) fn of(desktop: &Desktop) -> Self {
        let (connection, number) = x11rb::connect(Some(desktop.display())).expect("the display answers");
        let root = connection.setup().roots[number].root;
        Self { connection, root }
    }

    /// The titles of the visible windows, the top one last.
    pub(crate) fn titles(&self) -> Vec<String> {
        self.windows()
            .into_iter()
            .filter(|(window, _)| self.is_visible(*window))
            .map(|(_, title)| title)
            .collect()
    }

    pub(crate) async fn wait_for(&self, title: &str) -> Window {
        until(&format!("a window titled {title:?}"), async || self.find(title)).await
    }

    pub(crate) async fn wait_until_gone(&self, title: &str) {
        until(&format!("no window titled {title:?}"), async || self.find(title).is_none().then_some(()))
            .await;
    }

    pub(crate) fn place(&self, window: Window) -> Place {
        let geometry =
            self.connection.get_geometry(window).expect("sent").reply().expect("the window is there");
        Place { x: geometry.x, y: geometry.y, width: geometry.width, height: geometry.height }
    }

    /// Closes a window as a window manager does for a person.
    pub(crate) fn close(&self, window: Window) {
        let (protocols, delete) = (self.atom("WM_PROTOCOLS"), self.atom("WM_DELETE_WINDOW"));
        let message = ClientMessageEvent::new(32, window, protocols, [delete, x11rb::CURRENT_TIME, 0, 0, 0]);
        self.connection.send_event(false, window, EventMask::NO_EVENT, message).expect("sent");
        self.connection.flush().expect("sent");
    }

    fn find(&self, title: &str) -> Option<Window> {
        let windows = self.windows();
        windows
            .into_iter()
            .find(|(window, of)| of == title && self.is_visible(*window))
            .map(|(window, _)| window)
    }

    /// All top windows with a title, from the bottom up.
    fn windows(&self) -> Vec<(Window, String)> {
        let tree = self.connection.query_tree(self.root).expect("sent").reply().expect("the root is there");
        let titled = |window| Some((window, self.title(window)?));
        tree.children.into_iter().filter_map(titled).collect()
    }

    fn title(&self, window: Window) -> Option<String> {
        let (name, text) = (self.atom("_NET_WM_NAME"), self.atom("UTF8_STRING"));
        let title = self.connection.get_property(false, window, name, text, 0, 256).ok()?.reply().ok()?;
        let title = String::from_utf8(title.value).ok()?;
        (!title.is_empty()).then_some(title)
    }

    fn is_visible(&self, window: Window) -> bool {
        let attributes =
            self.connection.get_window_attributes(window).ok().and_then(|cookie| cookie.reply().ok());
        attributes.is_some_and(|attributes| attributes.map_state == MapState::VIEWABLE)
    }

    fn atom(&self, name: &str) -> u32 {
        self.connection.intern_atom(false, name.as_bytes()).expect("sent").reply().expect("a name").atom
    }
}
