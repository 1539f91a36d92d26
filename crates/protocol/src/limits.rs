//! Limits that both sides enforce, each with its reason.

/// Largest frame: one commit bundle of 100 adds with certificate chains and its Welcomes, or a 64 KiB text padded.
pub const FRAME_BYTES_MAX: usize = 4 << 20;
/// Largest MLS application message in an entry: 64 KiB of text, CBOR, padding and MLS framing.
pub const MESSAGE_BYTES_MAX: usize = 160 << 10;
/// Largest commit message in a bundle: the first commit after a bulk add costs O(N).
pub const COMMIT_BYTES_MAX: usize = 2 << 20;
/// Largest Welcome: carries the ratchet tree of up to 500 clients.
pub const WELCOME_BYTES_MAX: usize = 1 << 20;
/// Most clients added by one commit.
pub const ADDS_PER_COMMIT_MAX: usize = 100;
/// Largest text of a message, in bytes of UTF-8.
pub const TEXT_BYTES_MAX: usize = 64 << 10;
/// Longest reaction, in bytes of UTF-8; the longest emoji of several people takes about 50.
pub const REACTION_BYTES_MAX: usize = 64;
/// Most reactions of one person to one message that a client keeps; every client ignores the rest.
pub const REACTIONS_PER_PERSON_MAX: usize = 20;
/// Longest name of a person, in letters as a reader counts them, and in bytes of UTF-8: room for any script, but not for
/// stacks of marks.
pub const PERSON_NAME_LETTERS_MAX: usize = 64;
/// See [`PERSON_NAME_LETTERS_MAX`].
pub const PERSON_NAME_BYTES_MAX: usize = 512;
/// Longest name of a group, in letters.
pub const GROUP_NAME_LETTERS_MAX: usize = 100;
/// See [`GROUP_NAME_LETTERS_MAX`].
pub const GROUP_NAME_BYTES_MAX: usize = 1024;
/// How long a service keeps the entries of a log, and blobs, unless its operator says otherwise, in days.
pub const RETENTION_DAYS: u32 = 90;
/// Most entries in one answer or push.
pub const LOG_ENTRIES_MAX: usize = 256;
/// Most bytes of entries in one answer or push.
pub const LOG_ENTRIES_BYTES_MAX: usize = 2 << 20;
/// Key packages kept at the service for a client and suite.
pub const KEY_PACKAGES_MAX: usize = 20;
/// The last of them, which a service reserves for claimers who have not claimed recently.
pub const KEY_PACKAGES_RESERVED: usize = 8;
/// Largest key package: three certificates and a leaf.
pub const KEY_PACKAGE_BYTES_MAX: usize = 8 << 10;
/// Epochs before the current one whose application messages are still accepted.
pub const EPOCHS_RETAINED: u64 = 3;
/// Largest blob.
pub const BLOB_BYTES_MAX: usize = 3 << 20;
/// Largest sequence number of a log or inbox: with 1,024 positions for each, timeline positions stay below 2^52.
pub const SEQ_MAX: u64 = (1 << 42) - 1;
/// How far a commit's stated time may be ahead of the service's, in milliseconds: clocks differ, and nobody may move a
/// group's time further than that.
pub const STATED_AHEAD_MS_MAX: u64 = 24 * 60 * 60 * 1000;
/// Largest epoch and time (milliseconds): exact in JavaScript and in every database.
pub const NUMBER_MAX: u64 = (1 << 53) - 1;
