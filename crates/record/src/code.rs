//! The integers that represent enums where they are stored. They never change; a test of the store pins them.

/// A plain enum that is stored as an integer.
pub trait Code: Copy + std::fmt::Debug + 'static {
    /// What the enum is, for the error that reports an unknown integer.
    const WHAT: &'static str;
    /// All variants, in the order of their integers.
    const ALL: &'static [Self];

    /// The integer it is stored as.
    fn stored(self) -> i64;

    /// The variant of a stored integer; `None` if it has none.
    fn from_stored(code: i64) -> Option<Self>;
}

/// Declares a plain enum with the integers it is stored as.
#[macro_export]
macro_rules! stored_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident: $what:literal { $($(#[$vmeta:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        $vis enum $name {
            $($(#[$vmeta])* $variant = $code,)+
        }

        impl $crate::Code for $name {
            const WHAT: &'static str = $what;
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            fn stored(self) -> i64 {
                i64::from(self as u8)
            }

            fn from_stored(code: i64) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}
