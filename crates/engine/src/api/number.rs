//! Numbers that stand alone in a call, as types of their own: the page's numbers hold what is below 2^53.

use serde::Deserialize;

/// A row's position in a timeline; below 2^53.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(transparent)]
pub struct Position(#[cfg_attr(feature = "specta", specta(type = f64))] pub u64);

/// A time in milliseconds since the Unix epoch; below 2^53.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(transparent)]
pub struct Time(#[cfg_attr(feature = "specta", specta(type = f64))] pub u64);
