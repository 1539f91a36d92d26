//! The page's tests against the real engine: a page calls the shell's commands over a WebSocket on loopback, and each page
//! has a world of its own behind it, with a service and everybody else in it.
//!
//! What a page calls is answered by `calls` as the shell does it, from the same list of commands, and what the shell
//! does itself is noted by `desktop`. What a test makes happen, it asks for by `orders`. `scene` says what a world
//! begins with: stories that are told once, and kept.

mod calls;
mod desktop;
mod hosted;
mod many;
mod orders;
mod sample;
mod sample_rows;
mod scene;
mod socket;

pub use scene::Scenes;
pub use socket::serve;
