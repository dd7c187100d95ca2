//! The scalar notations of a scenario file: amounts with their unit, durations, bounded numbers, and places in the source.

use core::fmt;
use core::ops::{Deref, Range};
use std::borrow::Cow;

use alloy_primitives::U256;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value and the place in the file that it was read from. The place takes no part in comparison or output.
#[derive(Clone, Debug, Default)]
pub struct Located<T> {
    value: T,
    span: Range<usize>,
}

impl<T> Located<T> {
    /// A value that no file states (a default, or one built by code).
    pub fn nowhere(value: T) -> Self {
        Self { value, span: 0..0 }
    }

    /// Byte range in the source text.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }
}

impl<T> Deref for Located<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Located<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let spanned = toml::Spanned::<T>::deserialize(d)?;
        let span = spanned.span();
        Ok(Self {
            value: spanned.into_inner(),
            span,
        })
    }
}

impl<T: Serialize> Serialize for Located<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(s)
    }
}

impl<T: JsonSchema> JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(g: &mut SchemaGenerator) -> Schema {
        T::json_schema(g)
    }
}

/// An amount of a token: a decimal number, a space and the token's symbol, for example `"1_000_000.5 MINT"`.
///
/// The number counts whole tokens; it may have as many decimals as the token has, so every base unit can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    digits: String,
    symbol: String,
}

impl Amount {
    /// Reads the notation. Errors say what is allowed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let allowed = "write a number, a space and the token's symbol, such as \"1_000_000.5 MINT\"";
        let (digits, symbol) = text
            .split_once(' ')
            .ok_or_else(|| format!("amount `{text}` has no unit: {allowed}"))?;
        let number: String = digits.chars().filter(|c| *c != '_').collect();
        let (whole, fraction) = number.split_once('.').unwrap_or((&number, "0"));
        let numeric = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !numeric(whole) || !numeric(fraction) {
            return Err(format!("`{digits}` is not an unsigned decimal number: {allowed}"));
        }
        if symbol.is_empty() || !symbol.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(format!("`{symbol}` is not a token symbol: {allowed}"));
        }
        Ok(Self {
            digits: digits.to_string(),
            symbol: symbol.to_string(),
        })
    }

    /// The token's symbol.
    pub fn symbol(&self) -> &str {
        &self.symbol
    }

    /// In base units of a token with this many decimals; exact or an error.
    pub fn base_units(&self, decimals: u8) -> Result<U256, String> {
        let number: String = self.digits.chars().filter(|c| *c != '_').collect();
        let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
        let fraction = fraction.trim_end_matches('0');
        let places = usize::from(decimals);
        if fraction.len() > places {
            return Err(format!(
                "`{self}` has {} decimals, {} has only {decimals}",
                fraction.len(),
                self.symbol
            ));
        }
        let digits = format!("{whole}{fraction:0<places$}");
        U256::from_str_radix(&digits, 10).map_err(|_| format!("`{self}` does not fit 256 bits"))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.digits, self.symbol)
    }
}

/// A span of time in seconds: `"90s"`, `"30m"`, `"1h"`, `"365d"`, `"2w"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secs(pub u64);

/// Longest span a scenario may state: a hundred years.
const MAX_SECS: u64 = 100 * 365 * 86_400;

impl Secs {
    /// Reads the notation. Errors say what is allowed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is not a duration: write a whole number and s, m, h, d or w, such as \"90s\" or \"365d\""
            )
        };
        let unit = text.chars().last().ok_or_else(wrong)?;
        let factor = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return Err(wrong()),
        };
        let digits: String = text[..text.len() - 1].chars().filter(|c| *c != '_').collect();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let secs = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(factor));
        match secs {
            Some(secs) if secs <= MAX_SECS => Ok(Self(secs)),
            _ => Err(format!("`{text}` is longer than a hundred years")),
        }
    }
}

impl fmt::Display for Secs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (factor, unit) in [(86_400, 'd'), (3_600, 'h'), (60, 'm')] {
            if self.0 != 0 && self.0.is_multiple_of(factor) {
                return write!(f, "{}{unit}", self.0 / factor);
            }
        }
        write!(f, "{}s", self.0)
    }
}

/// A share or probability between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Fraction(pub f64);

/// A finite number that is not negative: a rate per day, a volatility.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rate(pub f64);

/// Hundredths of a percent, 0 to 10,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bps(pub u16);

/// Largest [`Rate`]; keeps the number of events of a step bounded.
const MAX_RATE: f64 = 1_000_000.0;

impl Fraction {
    fn check(x: f64) -> Result<Self, String> {
        (0.0..=1.0)
            .contains(&x)
            .then_some(Self(x))
            .ok_or_else(|| format!("{x} is outside 0 to 1"))
    }
}

impl Rate {
    fn check(x: f64) -> Result<Self, String> {
        (0.0..=MAX_RATE)
            .contains(&x)
            .then_some(Self(x))
            .ok_or_else(|| format!("{x} is outside 0 to 1000000"))
    }
}

impl Bps {
    fn check(x: i64) -> Result<Self, String> {
        let bps = u16::try_from(x).ok().filter(|b| *b <= 10_000);
        bps.map(Self)
            .ok_or_else(|| format!("{x} is outside 0 to 10000 basis points"))
    }
}

/// Scalar notations that are TOML strings.
macro_rules! string_notation {
    ($type:ty, $name:literal, $pattern:literal, $description:literal) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                Self::parse(&String::deserialize(d)?).map_err(D::Error::custom)
            }
        }
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "description": $description })
            }
        }
    };
}

string_notation!(
    Amount,
    "Amount",
    r"^[0-9][0-9_]*(\.[0-9][0-9_]*)? [A-Za-z0-9]+$",
    "An amount of a token: a decimal number of whole tokens, a space and the token's symbol, such as \"1_000_000.5 MINT\"."
);
string_notation!(
    Secs,
    "Duration",
    r"^[0-9][0-9_]*[smhdw]$",
    "A whole number and a unit: s, m, h, d or w, such as \"90s\" or \"365d\"."
);

/// Scalar notations that are TOML numbers with a range.
macro_rules! number_notation {
    ($type:ident, $inner:ty, $name:literal, $json:literal, $max:expr) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                Self::check(<$inner>::deserialize(d)?).map_err(D::Error::custom)
            }
        }
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(s)
            }
        }
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": $json, "minimum": 0, "maximum": $max })
            }
        }
    };
}

number_notation!(Fraction, f64, "Fraction", "number", 1);
number_notation!(Rate, f64, "Rate", "number", 1_000_000);
number_notation!(Bps, i64, "BasisPoints", "integer", 10_000);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_amount_base_units_exact() {
        let units = |text: &str, decimals| Amount::parse(text).unwrap().base_units(decimals);
        assert_eq!(units("1_000 MINT", 0), Ok(U256::from(1_000)));
        assert_eq!(
            units("1.5 MINT", 18),
            Ok(U256::from(1_500_000_000_000_000_000u64))
        );
        assert_eq!(units("0.000001 USD", 6), Ok(U256::from(1)));
        assert_eq!(units("1.50 USD", 1), Ok(U256::from(15)));
        assert!(units("0.0000001 USD", 6).unwrap_err().contains("has only 6"));
        assert!(
            units(&format!("1{} MINT", "0".repeat(77)), 18)
                .unwrap_err()
                .contains("256 bits")
        );
    }

    #[test]
    fn test_amount_parse_refuses() {
        for text in [
            "5",
            "MINT",
            "-5 MINT",
            "5  MINT",
            "1e18 MINT",
            ".5 MINT",
            "5. MINT",
            "5 MI NT",
            " MINT",
            "",
        ] {
            assert!(Amount::parse(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn test_secs_round_trip() {
        for (text, secs) in [
            ("90s", 90),
            ("30m", 1_800),
            ("1h", 3_600),
            ("365d", 31_536_000),
            ("11_635s", 11_635),
        ] {
            let parsed = Secs::parse(text).unwrap();
            assert_eq!(parsed.0, secs);
            assert_eq!(Secs::parse(&parsed.to_string()), Ok(parsed));
        }
        for text in [
            "",
            "5",
            "h",
            "-1h",
            "1.5h",
            "1y",
            "99999999999999999999s",
            "101_000w",
            "5é",
        ] {
            assert!(Secs::parse(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn test_bounded_numbers_refuse_outside() {
        assert!(Fraction::check(1.000001).is_err() && Fraction::check(f64::NAN).is_err());
        assert!(Rate::check(-0.1).is_err() && Rate::check(f64::INFINITY).is_err());
        assert!(Bps::check(10_001).is_err() && Bps::check(-1).is_err());
    }
}
