//! Command-line arguments. Anything unknown ends the program with a usage line; nothing here opens or sends anything.

use std::path::PathBuf;

use clap::Parser;

use crate::profile::ProfileName;

/// End-to-end-encrypted group chat that always shows who is in the room.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// Use a separate account on this computer: its own data, keychain items and window.
    #[arg(long, value_name = "NAME", default_value_t)]
    pub(crate) profile: ProfileName,

    /// Keep the data in this folder instead of the usual one.
    #[arg(long, value_name = "DIR", env = "CONCLAVE_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_leave_its_folder_is_refused() {
        for hostile in ["..", "a/b", "", "A", "a b", "é", "a\0", &"a".repeat(33)] {
            assert!(Arguments::try_parse_from(["conclave", "--profile", hostile]).is_err(), "{hostile:?}");
        }
        let arguments = Arguments::try_parse_from(["conclave", "--profile", "a-1"]).expect("a plain name");
        assert_eq!(arguments.profile.as_str(), "a-1");
    }

    #[test]
    fn without_a_name_it_is_the_default_profile() {
        let arguments = Arguments::try_parse_from(["conclave"]).expect("no arguments");
        assert!(arguments.profile.is_default());
    }
}
