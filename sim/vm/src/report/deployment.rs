//! How a module's code gets on chain: in one piece, in fragments, or not at all.

use std::fmt;

use super::ChainView;
use crate::code;

/// How a module's code gets on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deployment {
    /// As one contract.
    OnePiece,
    /// As fragments and a root contract that names them.
    Fragments {
        /// Number of fragments.
        count: usize,
        /// Bytes of each fragment's code, in order.
        code_lens: Vec<usize>,
    },
    /// Not at all.
    TooLarge {
        /// Bytes of the compressed code.
        code_len: usize,
        /// Bytes that fit on this chain.
        limit: usize,
    },
}

impl Deployment {
    pub(super) fn of(code_len: usize, chain: &ChainView) -> Self {
        if code_len <= chain.max_code_size {
            return Self::OnePiece;
        }
        // The classic prefix and the dictionary byte stand once, in the root; each fragment has its own prefix.
        let stream = code_len - code::CLASSIC_PREFIX.len() - 1;
        let room = chain.max_code_size.saturating_sub(code::FRAGMENT_PREFIX.len());
        let most = usize::from(chain.params.max_fragment_count);
        if room * most < stream {
            return Self::TooLarge {
                code_len,
                limit: chain.max_code_size.max(room * most),
            };
        }
        let count = stream.div_ceil(room);
        let payload = |index| room.min(stream - index * room);
        let code_lens = (0..count)
            .map(|index| payload(index) + code::FRAGMENT_PREFIX.len())
            .collect();
        Self::Fragments { count, code_lens }
    }

    /// Whether there is a way.
    pub const fn fits(&self) -> bool {
        !matches!(self, Self::TooLarge { .. })
    }
}

impl fmt::Display for Deployment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnePiece => write!(formatter, "one contract"),
            Self::Fragments { count, .. } => write!(formatter, "{count} fragments and a root contract"),
            Self::TooLarge { code_len, limit } => write!(
                formatter,
                "does not fit: the compressed code has {code_len} bytes, this chain allows {limit}; \
                 make it smaller (opt-level \"z\", wasm-opt -Oz, fewer dependencies) or split the contract"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arbos::{ArbosVersion, StylusParams};

    const NOW: u64 = 1_800_000_000;

    fn chain() -> ChainView {
        ChainView::new(ArbosVersion::V61, NOW)
    }

    #[test]
    fn test_deployment_at_its_edges() {
        assert_eq!(Deployment::of(24_576, &chain()), Deployment::OnePiece);
        // 24,573 bytes of stream fill a fragment; 24,577 of code leave exactly that, and one contract is too small.
        assert_eq!(
            Deployment::of(24_577, &chain()),
            Deployment::Fragments {
                count: 1,
                code_lens: vec![24_576]
            }
        );
        assert_eq!(
            Deployment::of(24_578, &chain()),
            Deployment::Fragments {
                count: 2,
                code_lens: vec![24_576, 4]
            }
        );
        assert_eq!(
            Deployment::of(4 * 24_573 + 4, &chain()),
            Deployment::Fragments {
                count: 4,
                code_lens: vec![24_576; 4]
            }
        );
        let over = Deployment::of(4 * 24_573 + 5, &chain());
        assert_eq!(
            over,
            Deployment::TooLarge {
                code_len: 98_297,
                limit: 98_292
            }
        );
        assert!(!over.fits() && over.to_string().contains("98292"));
    }

    #[test]
    fn test_deployment_before_fragments() {
        let chain = ChainView::new(ArbosVersion::V51, NOW);
        assert_eq!(
            Deployment::of(24_577, &chain),
            Deployment::TooLarge {
                code_len: 24_577,
                limit: 24_576
            }
        );
    }

    /// A fragment count and lengths that [`code::encode_fragments`] agrees with.
    #[test]
    fn test_deployment_is_what_the_encoder_makes() {
        // Bytes that do not compress: xorshift.
        let mut state = 1_u32;
        let mut byte = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        };
        let wasm: Vec<u8> = (0..60_000).map(|_| byte()).collect();
        let codes = code::encode_fragments(&wasm, 10_000);
        let chain = ChainView {
            max_code_size: 10_000,
            ..chain()
        };
        let chain = ChainView {
            params: StylusParams {
                max_fragment_count: 9,
                ..chain.params
            },
            ..chain
        };
        let deployment = Deployment::of(code::encode(&wasm).len(), &chain);
        let code_lens: Vec<usize> = codes.iter().map(|code| code.len()).collect();
        assert_eq!(
            deployment,
            Deployment::Fragments {
                count: codes.len(),
                code_lens
            }
        );
    }
}
