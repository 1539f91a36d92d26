//! The integers that stand for enums in the database. They never change; a test holds them fast.

/// Declares a plain enum with the integers it is stored as.
macro_rules! persisted {
    ($(#[$doc:meta])* $vis:vis enum $name:ident: $what:literal { $($(#[$vdoc:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        $vis enum $name {
            $($(#[$vdoc])* $variant = $code,)+
        }

        impl $name {
            /// What it is stored as.
            pub(crate) const fn code(self) -> i64 {
                self as i64
            }

            /// What the stored integer stands for.
            #[allow(dead_code, reason = "what a row counts as is compared in SQL, never read back")]
            pub(crate) const fn from_code(code: i64) -> Result<Self, crate::Error> {
                match code {
                    $($code => Ok(Self::$variant),)+
                    _ => Err(crate::Error::Corrupt { what: $what }),
                }
            }

            /// All of them with their integers, for the test.
            #[cfg(test)]
            pub(crate) const ALL: &'static [(&'static str, i64)] = &[$((stringify!($variant), $code),)+];
        }
    };
}

pub(crate) use persisted;
