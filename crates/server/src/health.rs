//! Whether the service works: a question to the writer, cached so that it stays cheap.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::shared::Shared;

/// How long the writer may take to answer before the service counts as unhealthy.
const ANSWER: Duration = Duration::from_secs(2);
/// How long an answer is cached: anyone may ask, and each question is a transaction.
const HOLDS: Duration = Duration::from_secs(1);

/// The last answer.
#[derive(Debug, Default)]
pub(crate) struct Health(Mutex<Option<(Instant, bool)>>);

impl Health {
    /// Whether the writer answered in time. Concurrent callers share one question.
    pub(crate) async fn ask(&self, shared: &Arc<Shared>) -> bool {
        let mut last = self.0.lock().await;
        if let Some((at, well)) = *last
            && at.elapsed() < HOLDS
        {
            return well;
        }
        let asked = shared.write(|_, tables| tables.setting("domain"));
        let well = matches!(timeout(ANSWER, asked).await, Ok(Ok(_)));
        *last = Some((Instant::now(), well));
        well
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::{Arc, mpsc};
    use std::task::{Context, Wake, Waker};
    use std::time::Duration;

    use futures::FutureExt;
    use tokio::net::TcpListener;

    use crate::{ServeError, Service, ServiceConfig, serve};

    /// Waking it panics the thread that does so.
    struct Bomb;

    impl Wake for Bomb {
        fn wake(self: Arc<Self>) {
            panic!("on purpose");
        }
    }

    #[tokio::test]
    async fn a_lost_writer_ends_what_is_served_with_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let service = Service::open(ServiceConfig::directory(folder.path())).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let serving = tokio::spawn(serve(service.clone(), listener, None, std::future::pending()));
        let (go_on, stuck) = mpsc::channel::<()>();
        let stuck = std::sync::Mutex::new(stuck);
        drop(service.shared().write(move |_, _| Ok(stuck.lock().unwrap().recv().is_ok())));
        let mut done = service.shared().write(|_, tables| tables.set_setting("last", "word"));
        let waker = Waker::from(Arc::new(Bomb));
        assert!(done.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
        go_on.send(()).unwrap();
        let served = tokio::time::timeout(Duration::from_secs(60), serving).await.unwrap().unwrap();
        assert!(matches!(served, Err(ServeError::StorageLost)), "{served:?}");
        // No connection is admitted only to be refused as busy.
        assert!(service.shared().admit(crate::quota::Source::Local).is_err());
        assert!(!service.shared().health.ask(service.shared()).await);
    }

    #[tokio::test]
    async fn it_is_the_writer_that_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let service = Service::open(ServiceConfig::directory(folder.path())).unwrap();
        let shared = service.shared();
        assert!(shared.health.ask(shared).await);
        // Readers answer, the writer does not.
        let (go_on, stuck) = mpsc::channel::<()>();
        let stuck = std::sync::Mutex::new(stuck);
        let held = shared.write(move |_, _| Ok(stuck.lock().unwrap().recv().is_ok()));
        shared.health.0.lock().await.take();
        assert!(shared.read(|_, tables| tables.setting("domain")).await.is_ok());
        assert!(!shared.health.ask(shared).await);
        go_on.send(()).unwrap();
        assert!(held.await.unwrap());
        shared.health.0.lock().await.take();
        assert!(shared.health.ask(shared).await);
    }
}
