//! Separates the items of profiles, and of builds: a debug build never sees, and so never breaks, the keys that people
//! rely on.

use crate::name::{BadName, check};

/// Longest profile name, in bytes.
const PROFILE_BYTES_MAX: usize = 64;

/// The kind of build a namespace belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BuildKind {
    /// Built without debug assertions: what people install.
    Release,
    /// Built with debug assertions: development and tests.
    Debug,
}

impl BuildKind {
    /// The kind of the running program.
    pub fn current() -> Self {
        if cfg!(debug_assertions) { Self::Debug } else { Self::Release }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Debug => "debug",
        }
    }
}

/// Separates the items of profiles and of build kinds within one keychain.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Namespace {
    profile: String,
    kind: BuildKind,
}

impl Namespace {
    /// The namespace of `profile` (`[a-z0-9_-]{1,64}`) in builds of `kind`.
    ///
    /// # Errors
    /// [`BadName`] for any other profile name. Upper case is out because some keychains ignore case.
    pub fn new(profile: &str, kind: BuildKind) -> Result<Self, BadName> {
        check(profile, PROFILE_BYTES_MAX, b"_-")?;
        Ok(Self { profile: profile.to_owned(), kind })
    }

    /// The namespace of `profile` for the running program's build kind.
    ///
    /// # Errors
    /// As [`Namespace::new`].
    pub fn current(profile: &str) -> Result<Self, BadName> {
        Self::new(profile, BuildKind::current())
    }

    /// The profile's name.
    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// The build kind.
    pub fn kind(&self) -> BuildKind {
        self.kind
    }

    /// The keychain's `service` attribute. The kind comes first and holds no hyphen, so two namespaces never
    /// share one; it has no dot, which Windows' target names use as the divider.
    pub(crate) fn service(&self) -> String {
        format!("conclave-{}-{}", self.kind.as_str(), self.profile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_are_distinct_by_profile_and_kind() {
        let name = |profile, kind| Namespace::new(profile, kind).expect("a valid profile").service();
        let all = [
            name("default", BuildKind::Debug),
            name("default", BuildKind::Release),
            name("debug-default", BuildKind::Release),
            name("alice", BuildKind::Debug),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(!one.contains('.'));
            assert!(!all[i + 1..].contains(one), "{one} twice");
        }
        assert!(Namespace::new("Alice", BuildKind::Debug).is_err());
        assert!(Namespace::new("a.b", BuildKind::Debug).is_err());
        assert!(Namespace::new("", BuildKind::Debug).is_err());
    }
}
