//! The grounds of a commit: what it states about itself for all members to judge it by.
//!
//! A verdict may use only what every member has. So the time by which lifetimes are judged travels in the commit, as a
//! proposal by value: however long the commit waited before it entered the log, and however late it is read, all judge
//! it by the same time.

use conclave_protocol::{Timestamp, limits};
use mls_rs::group::proposal::{CustomProposal, ProposalType};
use mls_rs_codec::{MlsDecode, MlsEncode, MlsSize};

use crate::parameters::{GROUNDS_BYTES_MAX, GROUNDS_PROPOSAL};

const VERSION: u16 = 1;

/// What a commit states about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grounds {
    /// When it was built. All that a commit brings (key packages, certificates) is judged by it.
    pub stated: Timestamp,
}

/// Not the grounds of a commit as this version knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a commit's grounds can't be read")]
pub struct BadGrounds;

#[derive(MlsSize, MlsEncode, MlsDecode)]
struct Wire {
    version: u16,
    stated_ms: u64,
    /// Evidence for single proposals. None is defined in this version.
    evidence: Vec<Evidence>,
}

#[derive(MlsSize, MlsEncode, MlsDecode)]
struct Evidence {
    kind: u16,
    #[mls_codec(with = "mls_rs_codec::byte_vec")]
    data: Vec<u8>,
}

impl Grounds {
    /// The proposal's bytes; the same for the same grounds.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let wire = Wire { version: VERSION, stated_ms: self.stated.0, evidence: Vec::new() };
        wire.mls_encode_to_vec().expect("two numbers and an empty list can be encoded")
    }

    /// Reads a proposal's bytes.
    ///
    /// # Errors
    /// Anything that [`encode`](Self::encode) would not write.
    pub fn decode(bytes: &[u8]) -> Result<Self, BadGrounds> {
        if bytes.len() > GROUNDS_BYTES_MAX {
            return Err(BadGrounds);
        }
        let wire = Wire::mls_decode(&mut &*bytes).map_err(|_| BadGrounds)?;
        let grounds = Self { stated: Timestamp(wire.stated_ms) };
        let sound = wire.stated_ms <= limits::NUMBER_MAX && grounds.encode() == bytes;
        if sound { Ok(grounds) } else { Err(BadGrounds) }
    }

    /// The proposal type.
    #[must_use]
    pub fn proposal_type() -> ProposalType {
        ProposalType::new(GROUNDS_PROPOSAL)
    }

    /// The proposal with these grounds.
    #[must_use]
    pub fn proposal(&self) -> CustomProposal {
        CustomProposal::new(Self::proposal_type(), self.encode())
    }

    /// Reads a proposal.
    ///
    /// # Errors
    /// A proposal of another type, or grounds that can't be read.
    pub fn of(proposal: &CustomProposal) -> Result<Self, BadGrounds> {
        if proposal.proposal_type() != Self::proposal_type() {
            return Err(BadGrounds);
        }
        Self::decode(proposal.data())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_these() {
        let grounds = Grounds { stated: Timestamp(0x0102_0304_0506) };
        assert_eq!(hex::encode(grounds.encode()), "0001000001020304050600");
        assert_eq!(Grounds::decode(&grounds.encode()), Ok(grounds));
    }

    #[test]
    fn other_bytes_are_refused() {
        let good = Grounds { stated: Timestamp(7) }.encode();
        let with = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            bytes
        };
        let longer = [good.as_slice(), &[0]].concat();
        let evidence = [&good[..10], &[3, 0, 1, 0]].concat();
        for bytes in [with(1, 2), with(2, 0xff), longer, evidence, good[..9].to_vec(), Vec::new()] {
            assert_eq!(Grounds::decode(&bytes), Err(BadGrounds), "{bytes:?}");
        }
        let other = CustomProposal::new(ProposalType::new(GROUNDS_PROPOSAL + 1), good.clone());
        assert_eq!(Grounds::of(&other), Err(BadGrounds));
    }
}
