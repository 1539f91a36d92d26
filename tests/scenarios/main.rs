//! Stories of people, through the real actors.
#![allow(clippy::unwrap_used)]

mod conversation;
mod crowd;
mod deleting;
mod drafts;
mod faults;
mod first_run;
mod hostile;
mod inviting;
mod lagging;
mod lawless;
mod leaving;
mod lists;
mod messages;
mod names;
mod outages;
mod profile;
mod racing;
mod random;
mod renaming;
mod renewing;
mod repeatable;
mod restarts;
mod rules;
mod secrecy;
mod set_back;
mod silence;
mod supplies;
mod waiting;
mod welcomes;
mod wire;
