//! `conclave-server`: the services as a standalone program (docs/operations.md).

mod operator;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use conclave_server::{
    OpenError, ServeError, Service, ServiceConfig, TlsConfig, TlsError, serve, serve_metrics,
};
use ipnet::IpNet;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// Delivery Service and Authentication Service of a Conclave domain.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Folder of the database and the keys; created if absent
    #[arg(long, env = "CONCLAVE_DATA")]
    data: PathBuf,
    /// Address and port to listen on; beyond loopback, TLS is required
    #[arg(long, env = "CONCLAVE_LISTEN", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// Domain of the names enrolled here; set at the first start, then fixed
    #[arg(long, env = "CONCLAVE_DOMAIN")]
    domain: Option<String>,
    /// PEM file with the server's certificate and its chain
    #[arg(long, env = "CONCLAVE_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// PEM file with the certificate's private key
    #[arg(long, env = "CONCLAVE_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Addresses of proxies in front, whose Forwarded or X-Forwarded-For names the client; may be repeated
    #[arg(long, env = "CONCLAVE_TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',')]
    trusted_proxy: Vec<IpNet>,
    /// Loopback address and port that serve counters in the format of Prometheus
    #[arg(long, env = "CONCLAVE_METRICS", value_name = "ADDR")]
    metrics: Option<SocketAddr>,
    /// What is logged: error, warn, info, debug, or a filter by module
    #[arg(long, env = "CONCLAVE_LOG", default_value = "info")]
    log: String,
    /// Concurrent connections
    #[arg(long, env = "CONCLAVE_CONNECTIONS_MAX")]
    connections_max: Option<usize>,
    /// Concurrent connections from one address
    #[arg(long, env = "CONCLAVE_CONNECTIONS_PER_ADDRESS_MAX")]
    connections_per_address_max: Option<usize>,
    /// Days that messages and blobs are kept
    #[arg(long, env = "CONCLAVE_RETENTION_DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    retention_days: Option<u32>,
    /// Size of the database in GiB, beyond which nothing new is stored
    #[arg(long, env = "CONCLAVE_STORAGE_GIB_MAX", value_parser = clap::value_parser!(u32).range(1..))]
    storage_gib_max: Option<u32>,
    /// Instead of serving
    #[command(subcommand)]
    command: Option<operator::Command>,
}

/// Returns the memory of large frames; the system's allocator keeps it in a heap per thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Open(#[from] OpenError),
    #[error("{0}")]
    Tls(#[from] TlsError),
    #[error("{0}")]
    Serve(#[from] ServeError),
    #[error("can't listen on the address: {0}")]
    Listen(std::io::Error),
    #[error("the runtime can't be started: {0}")]
    Runtime(std::io::Error),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(command) = &arguments.command {
        return command.run(&arguments.data);
    }
    let filter = match EnvFilter::try_new(&arguments.log) {
        Ok(filter) => filter,
        Err(error) => {
            use clap::CommandFactory as _;
            let said = format!("--log {}: {error}", arguments.log);
            Arguments::command().error(clap::error::ErrorKind::InvalidValue, said).exit()
        }
    };
    // A log line that can't be written is dropped: reporting that on the same stream would panic the logging thread.
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .log_internal_errors(false)
        .init();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the server failed");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    allow_sockets();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::Runtime)?;
    let tls = match (&arguments.tls_cert, &arguments.tls_key) {
        (Some(certificate), Some(key)) => Some(TlsConfig::from_files(certificate, key)?),
        _ => None,
    };
    let (listen, metrics) = (arguments.listen, arguments.metrics);
    let service = Service::open(config(arguments))?;
    runtime.block_on(async {
        tracing::info!(domain = service.domain(), version = env!("CARGO_PKG_VERSION"), "open");
        let listener = TcpListener::bind(listen).await.map_err(Failure::Listen)?;
        let served = tokio::select! {
            served = serve(service.clone(), listener, tls, told_to_stop()) => served,
            Err(error) = counters(&service, metrics) => Err(error),
        };
        if matches!(served, Err(ServeError::StorageLost)) {
            // Nobody is left to finish anything.
            return Ok(served?);
        }
        service.close().await;
        tracing::info!("closed");
        Ok(served?)
    })
}

/// Raises the file descriptor limit: the usual default is far below the connection limit.
fn allow_sockets() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        // If there are too few, accepting reports it.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    }
}

/// Serves counters if requested; else waits forever.
async fn counters(service: &Service, at: Option<SocketAddr>) -> Result<(), ServeError> {
    match at {
        Some(at) => serve_metrics(service.clone(), TcpListener::bind(at).await?).await,
        None => std::future::pending().await,
    }
}

fn config(arguments: Arguments) -> ServiceConfig {
    let mut config = ServiceConfig::directory(arguments.data);
    config.domain = arguments.domain;
    config.trusted_proxies = arguments.trusted_proxy;
    let limits = &mut config.limits;
    limits.connections_max = arguments.connections_max.unwrap_or(limits.connections_max);
    limits.connections_per_address_max =
        arguments.connections_per_address_max.unwrap_or(limits.connections_per_address_max);
    if let Some(days) = arguments.retention_days {
        let kept = Duration::from_secs(u64::from(days) * 24 * 3600);
        (limits.log_retention, limits.blob_retention) = (kept, kept);
    }
    if let Some(gib) = arguments.storage_gib_max {
        limits.storage_bytes_max = u64::from(gib) << 30;
    }
    config
}

/// Waits for SIGTERM or SIGINT.
async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
            (Ok(mut terminate), Ok(mut interrupt)) => {
                tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            }
            (Err(error), _) | (_, Err(error)) => {
                tracing::error!(%error, "can't listen for signals");
                std::future::pending::<()>().await;
            }
        }
    }
    #[cfg(not(unix))]
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::error!(%error, "can't listen for signals");
        std::future::pending::<()>().await;
    }
}
