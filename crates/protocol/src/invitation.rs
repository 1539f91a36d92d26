//! An invitation to a service: a link with its address, its key, and the inviter's name. It may come from anywhere (a
//! mail, a poster), so only one spelling of each invitation is accepted.

use std::fmt;
use std::str::FromStr;

use crate::{Handle, ServiceAddress};

const START: &str = "conclave:invite/";
/// The format version read and written here.
const VERSION: &str = "1";
const AT: &str = "?at=";
const BY: &str = "&by=";
const KEY: &str = "&key=";

/// An invitation: `conclave:invite/1?at=ADDRESS&by=NAME&key=KEY`. The key is last and has a fixed length, so that a
/// truncated link is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The service's address.
    pub address: ServiceAddress,
    /// The Ed25519 key that the service must have.
    pub service_key: [u8; 32],
    /// The inviter's name at the service. Nothing proves that they created the link.
    pub by: Handle,
}

/// Why a text is not an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadInvitation {
    /// Something else.
    #[error("not an invitation")]
    Other,
    /// An invitation with another format version.
    #[error("an invitation with another format version")]
    Version,
    /// An invitation with a part that is missing, truncated or invalid.
    #[error("a damaged invitation")]
    Damaged,
}

impl Invitation {
    /// Longest invitation, in bytes: the address with two brackets of three bytes each, a name, 64 hex digits.
    pub const LEN_MAX: usize = START.len()
        + VERSION.len()
        + AT.len()
        + ServiceAddress::LEN_MAX
        + 4
        + BY.len()
        + Handle::LEN_MAX
        + KEY.len()
        + 64;
}

impl FromStr for Invitation {
    type Err = BadInvitation;

    /// Parses pasted text: surrounding blanks are ignored.
    fn from_str(text: &str) -> Result<Self, BadInvitation> {
        let text = text.trim();
        let rest = text.strip_prefix(START).ok_or(BadInvitation::Other)?;
        let (version, _) = rest.split_once('?').ok_or(BadInvitation::Damaged)?;
        if version != VERSION {
            let number =
                !version.is_empty() && version.len() <= 4 && version.bytes().all(|b| b.is_ascii_digit());
            return Err(if number { BadInvitation::Version } else { BadInvitation::Damaged });
        }
        if text.len() > Self::LEN_MAX {
            return Err(BadInvitation::Damaged);
        }
        let invitation = parts(&rest[version.len()..]).ok_or(BadInvitation::Damaged)?;
        // Only one spelling of each: one that differs from what we would write has something to hide.
        if invitation.to_string() == text { Ok(invitation) } else { Err(BadInvitation::Damaged) }
    }
}

fn parts(query: &str) -> Option<Invitation> {
    let (address, rest) = query.strip_prefix(AT)?.split_once(BY)?;
    let (name, key) = rest.split_once(KEY)?;
    let mut service_key = [0; 32];
    hex::decode_to_slice(key, &mut service_key).ok()?;
    let address = address.replace("%5B", "[").replace("%5D", "]").parse().ok()?;
    Some(Invitation { address, service_key, by: name.parse().ok()? })
}

impl fmt::Display for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Brackets are not allowed in the query of a URI (RFC 3986 §3.4).
        let address = self.address.to_string().replace('[', "%5B").replace(']', "%5D");
        let key = hex::encode(self.service_key);
        write!(f, "{START}{VERSION}{AT}{address}{BY}{}{KEY}{key}", self.by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY_HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn to(address: &str, by: &str) -> Invitation {
        let key = std::array::from_fn(|i| u8::try_from(i).expect("32 of them"));
        Invitation {
            address: address.parse().expect("an address"),
            service_key: key,
            by: by.parse().expect("a name"),
        }
    }

    #[test]
    fn the_form_is_fixed() {
        assert_eq!(Invitation::LEN_MAX, 397, "docs/protocol.md says so");
        let link = to("chat.example.org:8443", "alice").to_string();
        assert_eq!(
            link,
            format!("conclave:invite/1?at=https://chat.example.org:8443&by=alice&key={KEY_HEX}")
        );
    }

    #[test]
    fn what_is_written_is_read() {
        let long = format!("{}.example:65535", ["a".repeat(60).as_str(); 4].join("."));
        for address in ["chat.example.org", "http://127.0.0.1:7000", "https://[2001:db8::1]:8443", &long] {
            let invitation = to(address, "a0._-");
            let link = invitation.to_string();
            assert!(link.len() <= Invitation::LEN_MAX, "{link}");
            assert!(link.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'[' | b']')), "{link}");
            assert_eq!(link.parse(), Ok(invitation.clone()), "{link}");
            assert_eq!(format!(" \n{link}\t").parse(), Ok(invitation), "blanks around it don't count");
        }
    }

    #[test]
    fn what_is_no_invitation_is_refused() {
        use BadInvitation::{Damaged, Other, Version};
        let good = to("chat.example.org", "alice").to_string();
        let put = |old: &str, new: &str| good.replacen(old, new, 1);
        let at = |address: &str| put("https://chat.example.org", address);
        for (text, why) in [
            (String::new(), Other),
            ("https://chat.example.org".to_owned(), Other),
            ("alice".to_owned(), Other),
            (put("conclave:", "Conclave:"), Other),
            (put("conclave:", "conclave://"), Other),
            (put("/1?", "/2?"), Version),
            (put("/1?", "/01?"), Version),
            (put("/1?", "/1.0?"), Damaged),
            (put("/1?", "/?"), Damaged),
            (put("/1?", "/1"), Damaged),
            (put("/1?", "/99999?"), Damaged),
            (put("by=alice", "by="), Damaged),
            (put("by=alice", "by=Alice"), Damaged),
            (put("by=alice", "by=alice&by=bob"), Damaged),
            (put("by=alice", "by=al ice"), Damaged),
            (put("by=alice", "by=аlice"), Damaged),
            (put("&by=alice", ""), Damaged),
            (put(&format!("&by=alice&key={KEY_HEX}"), &format!("&key={KEY_HEX}&by=alice")), Damaged),
            (put("&by=", "&from="), Damaged),
            (format!("{good}&x=1"), Damaged),
            (format!("{good}#x"), Damaged),
            (format!("{good} {good}"), Damaged),
            (format!("{good}\u{202e}"), Damaged),
            (put(KEY_HEX, &KEY_HEX.to_uppercase()), Damaged),
            (put(KEY_HEX, &KEY_HEX[2..]), Damaged),
            (put(KEY_HEX, &format!("{KEY_HEX}00")), Damaged),
            (put(KEY_HEX, &"z".repeat(64)), Damaged),
            (at(""), Damaged),
            (at("chat.example.org"), Damaged),
            (at("https://Chat.example.org"), Damaged),
            (at("https://chat.example.org/"), Damaged),
            (at("https://chat.example.org:443"), Damaged),
            (at("http://chat.example.org"), Damaged),
            (at("https://user@chat.example.org"), Damaged),
            (at("https://chat.example.org/path"), Damaged),
            (at("https%3A%2F%2Fchat.example.org"), Damaged),
            (at("https://[2001:db8::1]"), Damaged),
            (at("https://%5b2001:db8::1%5d"), Damaged),
            (at("file:///etc/passwd"), Damaged),
            (at("javascript:alert(1)"), Damaged),
            (at(&format!("https://{}", "a.".repeat(200_000))), Damaged),
        ] {
            let shown: String = text.chars().take(200).collect();
            assert_eq!(text.parse::<Invitation>(), Err(why), "{shown:?}");
        }
    }

    #[test]
    fn a_link_that_was_cut_short_is_none() {
        let good = to("chat.example.org", "alice").to_string();
        for end in 0..good.len() {
            assert!(good[..end].parse::<Invitation>().is_err(), "{end}");
        }
    }
}
