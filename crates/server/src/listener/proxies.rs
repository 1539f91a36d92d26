//! The client's address behind a proxy that the operator trusts: from `Forwarded` (RFC 7239) or `X-Forwarded-For`.

use std::net::{IpAddr, SocketAddr};

use hyper::header::{self, HeaderMap};
use ipnet::IpNet;

use crate::quota::Source;

/// Addresses read from a header, starting with the last.
const HOPS_MAX: usize = 16;

/// Whether an address belongs to a trusted proxy.
pub(super) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|net| net.contains(&address))
}

/// The client behind a trusted proxy: the last address in the header that is not a trusted proxy's, since anything
/// before it may be forged. If there is none, the proxy itself.
pub(super) fn source(headers: &HeaderMap, proxy: IpAddr, trusted: &[IpNet]) -> Source {
    let mut hops = hops(headers).into_iter().take(HOPS_MAX);
    Source::of(loop {
        match hops.next() {
            Some(Some(address)) if is_trusted(address, trusted) => {}
            Some(Some(address)) => break address,
            // An unreadable entry hides what is before it.
            Some(None) | None => break proxy,
        }
    })
}

/// The addresses that a request came through, the last one first; none for an unreadable one.
fn hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let values = |name: &str| -> Vec<String> {
        let all = headers.get_all(name).iter().rev();
        all.flat_map(|value| value.to_str().unwrap_or("?").rsplit(',').map(|one| one.trim().to_owned()))
            .collect()
    };
    let forwarded = values(header::FORWARDED.as_str());
    if forwarded.is_empty() {
        return values("x-forwarded-for").iter().map(|text| address(text)).collect();
    }
    let of = |element: &String| {
        let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
        let mut of = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for"));
        of.next().and_then(|(_, node)| address(node.trim_matches('"')))
    };
    forwarded.iter().map(of).collect()
}

/// An address, perhaps with a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(headers: &[(&'static str, &str)]) -> Source {
        let trusted = ["127.0.0.0/8".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        source(&map, "127.0.0.1".parse().unwrap(), &trusted)
    }

    fn at(text: &str) -> Source {
        Source::of(text.parse().unwrap())
    }

    #[test]
    fn the_last_address_that_no_trusted_proxy_has_is_the_client() {
        assert_eq!(of(&[("x-forwarded-for", "203.0.113.9")]), at("203.0.113.9"));
        assert_eq!(of(&[("x-forwarded-for", "198.51.100.1, 203.0.113.9, 10.1.1.1")]), at("203.0.113.9"));
        assert_eq!(
            of(&[("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "203.0.113.9")]),
            at("203.0.113.9")
        );
        assert_eq!(of(&[("x-forwarded-for", "[2001:db8::1]:4711")]), at("2001:db8::2"));
        assert_eq!(
            of(&[("forwarded", "for=192.0.2.43, for=\"[2001:db8:cafe::17]:47\";proto=https")]),
            at("2001:db8:cafe::1")
        );
        assert_eq!(
            of(&[("forwarded", "by=203.0.113.43;For=192.0.2.60:80"), ("x-forwarded-for", "203.0.113.9")]),
            at("192.0.2.60")
        );
    }

    #[test]
    fn what_cannot_be_read_is_the_proxy() {
        for headers in [
            [].as_slice(),
            &[("x-forwarded-for", "203.0.113.9, unknown")],
            &[("forwarded", "for=_hidden")],
            &[("forwarded", "proto=https")],
            &[("x-forwarded-for", "10.1.1.1")],
        ] {
            assert_eq!(of(headers), at("127.0.0.1"), "{headers:?}");
        }
    }
}
