//! Stories about one store each. Shared set-up is in `fixture`.

mod account;
mod arrangement;
mod cost;
mod counters;
mod drafts;
mod fixture;
mod folds;
mod format;
mod generations;
mod intents;
mod membership;
mod messages;
mod names;
mod opening;
mod pages;
mod saved;
mod secrecy;
mod transactions;
mod tree;
mod welcomes;
