//! The states of a log's subscription, and all that changes them.

/// How a group's log comes in on the present connection.
///
/// | state | `Ask` | `Grant` | `Fail` | `Refuse` | `Pause` | `Overflow` | `Doubt` | `Compare` | `Settle` | `Reread` | `Disconnect` |
/// | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
/// | `Off` | `Asked` | | | `Refused` | | | `Doubtful` | | | | |
/// | `Asked` | | `Live` | `Off` | `Refused` | `Paused` | `Overflowed` | `Doubtful` | | | `Off` | `Off` |
/// | `Live` | `Asked` | | `Off` | `Refused` | `Paused` | `Overflowed` | `Doubtful` | | | `Off` | `Off` |
/// | `Paused` | `Asked` | | `Off` | `Refused` | | `Overflowed` | `Doubtful` | | | `Off` | `Off` |
/// | `Overflowed` | `Asked` | | `Off` | `Refused` | | | `Doubtful` | | | `Off` | `Off` |
/// | `Refused` | `AskedAgain` | `Off` | | | | | | | | | `Off` |
/// | `AskedAgain` | | `Live` | `Refused` | `Refused` | `Paused` | `Overflowed` | `Doubtful` | | | `Refused` | `Off` |
/// | `Doubtful` | | | | | | | | `Comparing` | | | `Off` |
/// | `Comparing` | | | | | | | | | `Off` | | |
///
/// An empty cell changes nothing. A comparison outlives its connection: its answer moves the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subscription {
    /// Not subscribed: without a connection, or until the next try.
    Off,
    /// Asked for. What comes is taken already.
    Asked,
    /// The service pushes what is there and what comes.
    Live,
    /// The service pushes nothing more until a newer epoch is proved.
    Paused,
    /// Entries were not taken: there was no room, or some before them are missing. Asked for again once the buffer is
    /// empty.
    Overflowed,
    /// The service does not hand out the log to this client. Nothing is sent to it either.
    Refused,
    /// Asked for after a refusal: nothing is sent before the answer.
    AskedAgain,
    /// The service's log is not the one that was handled: nothing is taken, and nothing sent, until they were compared.
    Doubtful,
    /// They are being compared, or the group's actor is told what the service has lost.
    Comparing,
}

/// What changes the state of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It is asked for.
    Ask,
    /// The service granted it.
    Grant,
    /// There was no answer, or one that may pass.
    Fail,
    /// The service does not hand out the log to this client.
    Refuse,
    /// The service waits for the proof of a newer epoch.
    Pause,
    /// An entry was not taken.
    Overflow,
    /// The service shows another log.
    Doubt,
    /// The comparison begins.
    Compare,
    /// The comparison is done, or could not be made.
    Settle,
    /// What came since the cursor is read again.
    Reread,
    /// The connection is gone.
    Disconnect,
}

impl Subscription {
    /// The state after a change: the table above.
    #[must_use]
    pub(super) fn after(self, change: Change) -> Self {
        use Change as C;
        use Subscription as S;
        match (self, change) {
            (S::Asked | S::Live | S::Paused | S::Overflowed, C::Fail | C::Reread)
            | (S::Refused, C::Grant)
            | (S::Comparing, C::Settle) => S::Off,
            (state, C::Disconnect) if state != S::Comparing => S::Off,
            (S::Off | S::Live | S::Paused | S::Overflowed, C::Ask) => S::Asked,
            (S::Asked | S::AskedAgain, C::Grant) => S::Live,
            (S::Asked | S::Live | S::AskedAgain, C::Pause) => S::Paused,
            (S::Asked | S::Live | S::Paused | S::AskedAgain, C::Overflow) => S::Overflowed,
            (S::AskedAgain, C::Fail | C::Reread) => S::Refused,
            (state, C::Refuse) if !state.is_doubtful() => S::Refused,
            (S::Refused, C::Ask) => S::AskedAgain,
            (state, C::Doubt) if state != S::Refused && !state.is_doubtful() => S::Doubtful,
            (S::Doubtful, C::Compare) => S::Comparing,
            (state, _) => state,
        }
    }

    /// Whether it is to be asked for, when there is a connection.
    pub(super) fn is_off(self) -> bool {
        matches!(self, Self::Off | Self::Refused)
    }

    /// Whether pages are taken.
    pub(super) fn takes(self) -> bool {
        match self {
            Self::Asked | Self::AskedAgain | Self::Live | Self::Paused | Self::Overflowed => true,
            Self::Off | Self::Refused | Self::Doubtful | Self::Comparing => false,
        }
    }

    /// Whether nothing may be sent to this log.
    pub(super) fn blocks_sending(self) -> bool {
        match self {
            Self::Refused | Self::AskedAgain | Self::Doubtful | Self::Comparing => true,
            Self::Off | Self::Asked | Self::Live | Self::Paused | Self::Overflowed => false,
        }
    }

    /// Whether the log is not known to be the one that was handled.
    pub(super) fn is_doubtful(self) -> bool {
        matches!(self, Self::Doubtful | Self::Comparing)
    }
}

#[cfg(test)]
mod tests {
    use super::Change as C;
    use super::Subscription as S;

    const CHANGES: [C; 11] = [
        C::Ask,
        C::Grant,
        C::Fail,
        C::Refuse,
        C::Pause,
        C::Overflow,
        C::Doubt,
        C::Compare,
        C::Settle,
        C::Reread,
        C::Disconnect,
    ];

    /// Each state with the ones after [`CHANGES`], in their order.
    const TABLE: [(S, [S; 11]); 9] = {
        use S::*;
        [
            (Off, [Asked, Off, Off, Refused, Off, Off, Doubtful, Off, Off, Off, Off]),
            (Asked, [Asked, Live, Off, Refused, Paused, Overflowed, Doubtful, Asked, Asked, Off, Off]),
            (Live, [Asked, Live, Off, Refused, Paused, Overflowed, Doubtful, Live, Live, Off, Off]),
            (Paused, [Asked, Paused, Off, Refused, Paused, Overflowed, Doubtful, Paused, Paused, Off, Off]),
            (
                Overflowed,
                [
                    Asked, Overflowed, Off, Refused, Overflowed, Overflowed, Doubtful, Overflowed,
                    Overflowed, Off, Off,
                ],
            ),
            (
                Refused,
                [
                    AskedAgain, Off, Refused, Refused, Refused, Refused, Refused, Refused, Refused, Refused,
                    Off,
                ],
            ),
            (
                AskedAgain,
                [
                    AskedAgain, Live, Refused, Refused, Paused, Overflowed, Doubtful, AskedAgain, AskedAgain,
                    Refused, Off,
                ],
            ),
            (
                Doubtful,
                [
                    Doubtful, Doubtful, Doubtful, Doubtful, Doubtful, Doubtful, Doubtful, Comparing,
                    Doubtful, Doubtful, Off,
                ],
            ),
            (
                Comparing,
                [
                    Comparing, Comparing, Comparing, Comparing, Comparing, Comparing, Comparing, Comparing,
                    Off, Comparing, Comparing,
                ],
            ),
        ]
    };

    #[test]
    fn each_change_of_each_state_is_as_in_the_table() {
        for (state, after) in TABLE {
            for (change, expected) in CHANGES.into_iter().zip(after) {
                assert_eq!(state.after(change), expected, "{state:?} after {change:?}");
            }
        }
    }

    #[test]
    fn the_table_in_the_comment_says_the_same() {
        let rows: Vec<Vec<&str>> = include_str!("subscription.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("/// | `"))
            .map(|row| row.split('|').map(|cell| cell.trim().trim_matches('`')).collect())
            .collect();
        assert_eq!(rows.len(), TABLE.len());
        for (row, (state, after)) in rows.iter().zip(TABLE) {
            assert_eq!(row[0], format!("{state:?}"));
            for (cell, expected) in row[1..].iter().zip(after) {
                let shown = if expected == state { String::new() } else { format!("{expected:?}") };
                assert_eq!(*cell, shown, "{state:?}: {row:?}");
            }
        }
    }

    #[test]
    fn what_blocks_sending_ends_by_a_grant_a_comparison_or_a_new_connection() {
        for (state, _) in TABLE.into_iter().filter(|(state, _)| state.blocks_sending()) {
            for change in CHANGES.into_iter().filter(|change| !state.after(*change).blocks_sending()) {
                // A page or a pause shows that the service hands out the log.
                let granted = matches!(change, C::Grant | C::Pause | C::Overflow);
                assert!(granted || matches!(change, C::Settle | C::Disconnect), "{state:?} after {change:?}");
            }
        }
    }
}
