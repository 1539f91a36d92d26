//! The WebSocket of a page: text in, text out. The path says which scene, and which world of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use super::hosted::{self, Arrival};
use super::scene::Scenes;

/// Messages that may wait for a page, and calls for a world.
pub(super) const MESSAGES_MAX: usize = 4_096;

/// The worlds that are there, by path; each ends a while after its last page.
type Worlds = Arc<Mutex<HashMap<String, mpsc::Sender<Arrival>>>>;

/// Takes pages until the program ends.
pub async fn serve(listener: TcpListener, scenes: Arc<Scenes>) {
    let worlds = Worlds::default();
    while let Ok((tcp, _)) = listener.accept().await {
        tokio::spawn(attend(tcp, Arc::clone(&scenes), Arc::clone(&worlds)));
    }
}

#[allow(clippy::result_large_err, reason = "the type is tungstenite's")]
async fn attend(tcp: TcpStream, scenes: Arc<Scenes>, worlds: Worlds) {
    let mut path = String::new();
    let look = |request: &Request, response: Response| {
        request.uri().path().clone_into(&mut path);
        Ok(response)
    };
    if tcp.set_nodelay(true).is_err() {
        return;
    }
    let Ok(socket) = tokio_tungstenite::accept_hdr_async(tcp, look).await else { return };
    let (mut out, mut incoming) = socket.split();
    let (to_page, mut for_page) = mpsc::channel::<String>(MESSAGES_MAX);
    let Some(world) = world_of(&path, &scenes, &worlds) else { return };
    if world.send(Arrival::Page(to_page.clone())).await.is_err() {
        return;
    }
    let writing = tokio::spawn(async move {
        while let Some(text) = for_page.recv().await {
            if out.send(Message::text(text)).await.is_err() {
                return;
            }
        }
    });
    while let Some(Ok(message)) = incoming.next().await {
        let Message::Text(text) = message else { continue };
        if world.send(Arrival::Said(to_page.clone(), text.to_string())).await.is_err() {
            break;
        }
    }
    // The world may be gone; then nobody is to be told.
    let _ = world.send(Arrival::Gone).await;
    writing.abort();
}

/// The world behind `/SCENE/NAME`, begun where it is not there.
fn world_of(path: &str, scenes: &Arc<Scenes>, worlds: &Worlds) -> Option<mpsc::Sender<Arrival>> {
    let scene = path.split('/').nth(1)?;
    let scene = serde_json::from_value(serde_json::Value::from(scene)).ok()?;
    let mut worlds = worlds.lock().unwrap_or_else(PoisonError::into_inner);
    worlds.retain(|_, world| !world.is_closed());
    let begin = || {
        let (to_world, for_world) = mpsc::channel(MESSAGES_MAX);
        hosted::begin(scene, Arc::clone(scenes), for_world);
        to_world
    };
    Some(worlds.entry(path.to_owned()).or_insert_with(begin).clone())
}
