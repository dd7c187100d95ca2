//! The one error of the crate: which domain was left, and by what.

/// Why a function has no result. Plain data of one byte, so that it costs a contract nothing to carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MathError {
    /// The divisor is zero.
    DivisionByZero,
    /// The exact result is 2^256 or more.
    ResultTooLarge,
    /// The subtrahend is larger than the minuend: the result would be negative.
    ResultNegative,
    /// The exponent is so large that `e^x` does not fit 256 bits (see [`crate::EXP_MAX_WAD`]).
    ExponentTooLarge,
    /// The logarithm of zero does not exist.
    LogarithmOfZero,
    /// Zero to a negative power does not exist.
    ZeroToNegativePower,
    /// A probability must lie between zero and one.
    ProbabilityOutOfRange,
}

impl core::fmt::Display for MathError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::DivisionByZero => "the divisor is zero",
            Self::ResultTooLarge => "the result does not fit 256 bits",
            Self::ResultNegative => "the subtrahend is larger than the minuend",
            Self::ExponentTooLarge => {
                "the exponent is above ln(2^256/1e18), the result does not fit 256 bits"
            }
            Self::LogarithmOfZero => "the logarithm of zero does not exist: the argument must be at least 1",
            Self::ProbabilityOutOfRange => "a probability must lie between zero and one",
            Self::ZeroToNegativePower => "zero to a negative power does not exist",
        })
    }
}

impl core::error::Error for MathError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_left_its_domain() {
        for (error, word) in [
            (MathError::DivisionByZero, "divisor"),
            (MathError::ResultTooLarge, "256 bits"),
            (MathError::ResultNegative, "subtrahend"),
            (MathError::ExponentTooLarge, "exponent"),
            (MathError::LogarithmOfZero, "logarithm"),
            (MathError::ProbabilityOutOfRange, "probability"),
            (MathError::ZeroToNegativePower, "negative power"),
        ] {
            assert!(error.to_string().contains(word), "{error:?}: {error}");
        }
    }
}
