//! Types for numbers that are arguments of a command: the page's numbers are exact below 2^53.

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
