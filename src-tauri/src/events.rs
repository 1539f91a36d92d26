//! Forwards the engine's events to the page. Tauri's `emit` has no back-pressure, so equal events are throttled: each
//! is an invalidation, the page reads the data itself.

use std::{collections::HashMap, time::Duration};

use conclave_engine::{Engine, Received, api::Event};
use tauri::{AppHandle, Emitter};
use tokio::time::{Instant, sleep_until};

use crate::window;

/// Shortest interval between equal events: 20 a second for each group.
const PAUSE: Duration = Duration::from_millis(50);

/// Forwards the engine's events until it closes.
pub(crate) async fn forward(app: AppHandle, engine: Engine) {
    let mut events = engine.events();
    let mut pace = Pace::default();
    loop {
        let received = match pace.due() {
            Some(due) => tokio::select! {
                received = events.next() => Some(received),
                () = sleep_until(due) => None,
            },
            None => Some(events.next().await),
        };
        let now = Instant::now();
        match received {
            Some(Some(Received::Event(event))) => tell(&app, pace.offer(event, now)),
            // More than the engine buffers: everything may have changed.
            Some(Some(Received::Missed)) => {
                for event in everything(&engine).await {
                    tell(&app, pace.offer(event, now));
                }
            }
            Some(None) => return,
            None => {}
        }
        for event in pace.take_due(now) {
            tell(&app, Some(event));
        }
    }
}

fn tell(app: &AppHandle, event: Option<Event>) {
    let Some(event) = event else { return };
    if let Err(error) = app.emit_to(window::LABEL, "engine", event) {
        tracing::warn!(%error, "the page was not notified of a change");
    }
}

/// One event for everything that the page can show.
async fn everything(engine: &Engine) -> Vec<Event> {
    let groups = engine.groups().await.unwrap_or_default();
    let of_groups = groups.into_iter().flat_map(|group| {
        [Event::Timeline { group: group.id.clone() }, Event::Membership { group: group.id }]
    });
    [Event::State, Event::Groups].into_iter().chain(of_groups).collect()
}

/// The subject of an event that a later equal event replaces; notifications have none, since each is about its own row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Subject {
    State,
    Groups,
    Group(String),
    Timeline(String),
    Membership(String),
}

impl Subject {
    fn of(event: &Event) -> Option<Self> {
        match event {
            Event::State => Some(Self::State),
            Event::Groups => Some(Self::Groups),
            Event::Group { group } => Some(Self::Group(group.clone())),
            Event::Timeline { group } => Some(Self::Timeline(group.clone())),
            Event::Membership { group } => Some(Self::Membership(group.clone())),
            // The engine bounds them, and the page groups them.
            Event::Notify { .. } => None,
        }
    }
}

/// Passes the first event of a subject at once and delays later ones until the pause is over.
///
/// Bounded by the subjects of one pause: `take_due` removes older ones.
#[derive(Debug, Default)]
struct Pace {
    subjects: HashMap<Subject, Turn>,
}

#[derive(Debug)]
struct Turn {
    told: Instant,
    waiting: Option<Event>,
}

impl Pace {
    /// Returns the event if it may be sent now; else keeps it for later.
    fn offer(&mut self, event: Event, now: Instant) -> Option<Event> {
        let Some(subject) = Subject::of(&event) else { return Some(event) };
        match self.subjects.get_mut(&subject) {
            Some(turn) if now < turn.told + PAUSE => {
                turn.waiting = Some(event);
                None
            }
            _ => {
                self.subjects.insert(subject, Turn { told: now, waiting: None });
                Some(event)
            }
        }
    }

    /// When the next delayed event is due.
    fn due(&self) -> Option<Instant> {
        self.subjects.values().filter(|turn| turn.waiting.is_some()).map(|turn| turn.told + PAUSE).min()
    }

    /// The events that are due.
    fn take_due(&mut self, now: Instant) -> Vec<Event> {
        let mut due = Vec::new();
        self.subjects.retain(|_, turn| {
            if now < turn.told + PAUSE {
                return true;
            }
            let Some(event) = turn.waiting.take() else { return false };
            turn.told = now;
            due.push(event);
            true
        });
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(group: &str) -> Event {
        Event::Timeline { group: group.to_owned() }
    }

    #[test]
    fn a_flood_becomes_twenty_a_second() {
        let mut pace = Pace::default();
        let start = Instant::now();
        let mut told = 0;
        for ms in 0..1_000 {
            let now = start + Duration::from_millis(ms);
            told += pace.take_due(now).len() + usize::from(pace.offer(timeline("a"), now).is_some());
        }
        assert_eq!(told, 20);
        assert_eq!(pace.due(), Some(start + Duration::from_millis(1_000)));
    }

    #[test]
    fn the_first_goes_at_once_and_the_last_is_never_lost() {
        let mut pace = Pace::default();
        let now = Instant::now();
        assert_eq!(pace.offer(timeline("a"), now), Some(timeline("a")));
        assert_eq!(pace.offer(timeline("b"), now), Some(timeline("b")), "groups do not wait for each other");
        assert_eq!(pace.offer(timeline("a"), now), None);
        assert_eq!(pace.due(), Some(now + PAUSE));
        assert_eq!(pace.take_due(now + PAUSE), [timeline("a")]);
        assert_eq!(pace.due(), None);
    }

    #[test]
    fn every_notification_is_told() {
        let mut pace = Pace::default();
        let now = Instant::now();
        for row in ["1", "2", "3"] {
            let notify = Event::Notify { group: "a".to_owned(), row: row.to_owned() };
            assert_eq!(pace.offer(notify.clone(), now), Some(notify));
        }
        assert_eq!(pace.due(), None);
    }

    #[test]
    fn what_is_quiet_is_forgotten() {
        let mut pace = Pace::default();
        let now = Instant::now();
        for group in 0..100 {
            pace.offer(timeline(&group.to_string()), now);
        }
        pace.take_due(now + PAUSE);
        assert!(pace.subjects.is_empty());
    }
}
