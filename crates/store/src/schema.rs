//! The schema and its versions: numbered files, applied in order, each in one transaction.

use rusqlite::Connection;

/// What this crate writes into the header of its files: "CNCV".
pub(crate) const APPLICATION_ID: i64 = 0x434e_4356;

/// In order; the first makes version 1. The statements of a released file never change.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_first.sql"),
    include_str!("../migrations/0002_held_welcomes.sql"),
    include_str!("../migrations/0003_stated_time.sql"),
    include_str!("../migrations/0004_behind.sql"),
    include_str!("../migrations/0005_key_package_states.sql"),
    include_str!("../migrations/0006_senders_of_welcomes.sql"),
    include_str!("../migrations/0007_account_name.sql"),
    include_str!("../migrations/0008_names.sql"),
    include_str!("../migrations/0009_drafts.sql"),
    include_str!("../migrations/0010_bounded_folds.sql"),
    include_str!("../migrations/0011_lists.sql"),
    include_str!("../migrations/0012_log_places.sql"),
];

/// What the header says about the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing in it yet.
    Fresh,
    /// Ours, of a version that can be upgraded.
    Ours {
        version: usize,
    },
    NotOurs,
    TooNew {
        version: i64,
    },
}

pub(crate) fn found(conn: &Connection) -> rusqlite::Result<Found> {
    let number = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    if application == 0 && version == 0 && number("SELECT count(*) FROM sqlite_schema")? == 0 {
        return Ok(Found::Fresh);
    }
    Ok(match usize::try_from(version) {
        _ if application != APPLICATION_ID => Found::NotOurs,
        Ok(version) if (1..=MIGRATIONS.len()).contains(&version) => Found::Ours { version },
        Ok(0) | Err(_) => Found::NotOurs,
        Ok(_) => Found::TooNew { version },
    })
}

/// Applies the migrations after `version`.
pub(crate) fn migrate(conn: &Connection, version: usize) -> rusqlite::Result<()> {
    for (index, sql) in MIGRATIONS.iter().enumerate().skip(version) {
        let next = index + 1;
        let step = format!(
            "BEGIN IMMEDIATE;\n{sql}\nPRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {next}; COMMIT;"
        );
        if let Err(error) = conn.execute_batch(&step) {
            if !conn.is_autocommit() {
                conn.execute_batch("ROLLBACK")?;
            }
            return Err(error);
        }
    }
    Ok(())
}
