//! Worlds for the page's tests, behind a WebSocket on loopback: see `conclave_tests::bridge`. It says its port on standard
//! output once it is there, and ends with its standard input, that is with whoever started it.

use std::sync::Arc;

use conclave_tests::bridge::{Scenes, serve};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Much of what an engine complains of is what a test is about.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter).init();
    let port = std::env::args().nth(1).map_or(Ok(0), |port| port.parse::<u16>())?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let scenes = Arc::new(Scenes::told());
    let mut out = tokio::io::stdout();
    out.write_all(format!("{}\n", listener.local_addr()?.port()).as_bytes()).await?;
    out.flush().await?;
    let (mut stdin, mut nowhere) = (tokio::io::stdin(), tokio::io::sink());
    tokio::select! {
        () = serve(listener, scenes) => Ok(()),
        ended = tokio::io::copy(&mut stdin, &mut nowhere) => Ok(ended.map(drop)?),
    }
}
