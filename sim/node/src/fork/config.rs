//! What a user says about the chain that the node is to be a fork of.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::endpoint::{is_local, origin_of};

/// The chain that a node is a fork of, and how it is reached.
///
/// ```
/// use mintage_node::ForkConfig;
/// let fork = ForkConfig::new("https://arb1.example.org/key");
/// assert_eq!((fork.retries, fork.block.to_string()), (5, "latest".to_owned()));
/// // What may hold a key is not shown.
/// assert!(!format!("{fork:?}").contains("key"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ForkConfig {
    /// `http://` or `https://` endpoint of JSON-RPC.
    pub url: String,
    /// The last block of the other chain that counts.
    pub block: ForkBlock,
    /// Folder in which is kept what was read, a file a chain and block; nothing is kept if not given.
    pub cache: Option<PathBuf>,
    /// How often a request is sent again that met no connection, a status 429 or 5xx, or an answer that is none. The pauses
    /// between begin with a quarter of a second and double.
    pub retries: u32,
    /// Time that the endpoint has for one answer.
    pub timeout: Duration,
    /// Headers that are sent with each request.
    pub headers: Vec<(String, String)>,
}

impl ForkConfig {
    /// The newest block behind an endpoint, without a cache on disk, 5 retries, 10 seconds for an answer.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            block: ForkBlock::Latest,
            cache: None,
            retries: 5,
            timeout: Duration::from_secs(10),
            headers: Vec::new(),
        }
    }

    /// Whether the endpoint is on this machine. A chain there is often changed without a block, so that what was read of a
    /// block once need not be so again: keep no cache of it unless you know.
    pub fn is_local(&self) -> bool {
        is_local(&self.url)
    }
}

impl fmt::Debug for ForkConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Paths and headers hold keys.
        let headers: Vec<&String> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("ForkConfig")
            .field("endpoint", &origin_of(&self.url))
            .field("block", &self.block)
            .field("cache", &self.cache)
            .field("retries", &self.retries)
            .field("timeout", &self.timeout)
            .field("headers", &headers)
            .finish()
    }
}

/// A block of the other chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForkBlock {
    /// The newest when the node starts.
    #[default]
    Latest,
    /// The newest that the endpoint calls safe.
    Safe,
    /// The newest that the endpoint calls final.
    Finalized,
    /// By number.
    Number(u64),
}

impl fmt::Display for ForkBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest"),
            Self::Safe => f.write_str("safe"),
            Self::Finalized => f.write_str("finalized"),
            Self::Number(number) => write!(f, "{number:#x}"),
        }
    }
}

impl FromStr for ForkBlock {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = match (text, text.strip_prefix("0x")) {
            ("latest", _) => return Ok(Self::Latest),
            ("safe", _) => return Ok(Self::Safe),
            ("finalized", _) => return Ok(Self::Finalized),
            ("earliest", _) => return Ok(Self::Number(0)),
            (_, Some(digits)) => u64::from_str_radix(digits, 16),
            (_, None) => text.parse(),
        };
        number.map(Self::Number).map_err(|_| {
            "a block is a number (decimal, or hex with 0x), latest, safe, finalized or earliest".to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_blocks_in_every_spelling() {
        for (text, expected) in [
            ("latest", ForkBlock::Latest),
            ("safe", ForkBlock::Safe),
            ("finalized", ForkBlock::Finalized),
            ("earliest", ForkBlock::Number(0)),
            ("16", ForkBlock::Number(16)),
            ("0x10", ForkBlock::Number(16)),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for text in ["", "0x", "newest", "-1", "1.5", "18446744073709551616"] {
            assert!(text.parse::<ForkBlock>().is_err(), "{text}");
        }
    }
}
