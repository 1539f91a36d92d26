//! The actors behind the window: account, groups, sync, behind one facade.

pub mod api;
