//! How every mechanism states its errors: one small enum a file, plain data, with the sentence for people beside it.
//!
//! What does not belong here: the errors themselves.

/// Declares an error enum that also carries what went wrong in the arithmetic below it.
///
/// Each variant is one domain that was left; the literal says what was wrong and what to do. `Display` is only compiled into a
/// program that uses it.
macro_rules! errors {
    ($(#[$meta:meta])* $name:ident { $($(#[doc = $doc:literal])+ $variant:ident => $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $doc])+ $variant,)+
            /// The arithmetic left its domain: a value that does not fit 256 bits, or a division by zero.
            Math(mintage_math::MathError),
        }

        impl From<mintage_math::MathError> for $name {
            fn from(error: mintage_math::MathError) -> Self {
                Self::Math(error)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self {
                    $(Self::$variant => f.write_str($text),)+
                    Self::Math(error) => error.fmt(f),
                }
            }
        }

        impl core::error::Error for $name {}
    };
}
pub(crate) use errors;
