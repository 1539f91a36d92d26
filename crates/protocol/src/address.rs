//! The address of a service, as people type it and as it is stored.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// Not a valid service address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a service address")]
pub struct BadAddress;

/// Where a service is: `https://host[:port]`, or `http://host[:port]` on this computer only.
///
/// Parsed from what people type: `https://` is assumed if there is no scheme; letter case, surrounding blanks and one
/// trailing `/` are ignored. Displayed in one form, without a default port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServiceAddress {
    host: String,
    port: u16,
    tls: bool,
}

/// Longest host name (RFC 1035 §2.3.4), in bytes.
const HOST_BYTES_MAX: usize = 253;
const HTTPS: &str = "https://";
const HTTP: &str = "http://";

impl ServiceAddress {
    /// Longest address, in bytes: scheme, host, brackets and port.
    pub const LEN_MAX: usize = HTTPS.len() + HOST_BYTES_MAX + ":65535".len();

    /// The host: a name in lower case, or an IP address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether it uses TLS.
    #[must_use]
    pub fn tls(&self) -> bool {
        self.tls
    }

    /// Host and port as in a URL; a default port is omitted.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == usual_port(self.tls) { host } else { format!("{host}:{}", self.port) }
    }
}

impl FromStr for ServiceAddress {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim();
        if text.len() > Self::LEN_MAX + 1 {
            return Err(BadAddress);
        }
        let text = text.to_ascii_lowercase();
        let (rest, tls) = match (text.strip_prefix(HTTPS), text.strip_prefix(HTTP)) {
            (Some(rest), _) => (rest, true),
            (_, Some(rest)) => (rest, false),
            _ if text.contains("://") => return Err(BadAddress),
            _ => (text.as_str(), true),
        };
        let (host, port) = split_port(rest.strip_suffix('/').unwrap_or(rest))?;
        let ip = host.parse::<IpAddr>().ok();
        if ip.is_none() && !is_host_name(host) {
            return Err(BadAddress);
        }
        let loopback = host == "localhost" || ip.is_some_and(|ip| ip.is_loopback());
        if !tls && !loopback {
            return Err(BadAddress);
        }
        Ok(Self { host: host.to_owned(), port: port.unwrap_or(usual_port(tls)), tls })
    }
}

impl fmt::Display for ServiceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.tls { HTTPS } else { HTTP }, self.authority())
    }
}

const fn usual_port(tls: bool) -> u16 {
    if tls { 443 } else { 80 }
}

/// Labels of letters, digits and hyphens, separated by single dots; one trailing dot is allowed (RFC 1123 §2.1).
fn is_host_name(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let labels = host.strip_suffix('.').unwrap_or(host);
    labels.len() <= HOST_BYTES_MAX && labels.split('.').all(label)
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), BadAddress> {
    // `u16::from_str` accepts a plus sign, which URLs do not.
    let port = |text: &str| {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u16>().ok().filter(|p| digits && *p != 0).ok_or(BadAddress)
    };
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or(BadAddress)?;
        if !host.contains(':') {
            return Err(BadAddress);
        }
        return match after.strip_prefix(':') {
            Some(text) => Ok((host, Some(port(text)?))),
            None if after.is_empty() => Ok((host, None)),
            None => Err(BadAddress),
        };
    }
    match authority.split_once(':') {
        Some((host, text)) => Ok((host, Some(port(text)?))),
        None => Ok((authority, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        text.parse::<ServiceAddress>().ok().map(|a| a.to_string())
    }

    #[test]
    fn what_people_type_is_understood() {
        for (typed, meant) in [
            ("https://chat.example.org", "https://chat.example.org"),
            ("chat.example.org", "https://chat.example.org"),
            ("  Chat.Example.org/ ", "https://chat.example.org"),
            ("HTTPS://chat.example.org:443", "https://chat.example.org"),
            ("chat.example.org:8443", "https://chat.example.org:8443"),
            ("https://chat.example.org:8443/", "https://chat.example.org:8443"),
            ("localhost:7000", "https://localhost:7000"),
            ("http://localhost:7000", "http://localhost:7000"),
            ("http://127.0.0.1:7000", "http://127.0.0.1:7000"),
            ("http://[::1]:7000", "http://[::1]:7000"),
            ("[2001:db8::1]", "https://[2001:db8::1]"),
            ("192.0.2.7", "https://192.0.2.7"),
            ("intranet", "https://intranet"),
        ] {
            assert_eq!(shown(typed).as_deref(), Some(meant), "{typed}");
            assert_eq!(shown(meant).as_deref(), Some(meant), "what is shown is read again");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for typed in [
            "",
            " ",
            "/",
            ".",
            "..",
            "-",
            "a..b",
            "-a.example",
            "http://chat.example.org",
            "http://10.0.0.1",
            "http://",
            "https://",
            "ftp://chat.example.org",
            "https://https://a.example",
            "https://user@host",
            "https://host/path",
            "host?x",
            "host#x",
            "two words",
            "host:0",
            "host:70000",
            "host:+80",
            "host:",
            "https://[::1",
            "[::1]x",
            "[host]",
            "mail@example.org",
            "пример.рф",
            "a\u{202e}b.example",
        ] {
            assert_eq!(shown(typed), None, "{typed:?}");
        }
        assert_eq!(shown(&"a".repeat(64)), None);
        assert_eq!(shown(&"a.".repeat(4096)), None);
    }
}
