//! How much native stack a program needs, and how it gets it.

/// Stack words that a program has from ArbOS 50 on.
const SHALLOW_WORDS: u32 = 22_000;

/// Native stack for programs with at most [`SHALLOW_WORDS`] words.
///
/// A frame's words bound its native size. The smallest metered frame counts 6 words and takes at most 112 bytes
/// natively (return address, frame pointer, five saved registers, alignment); in a large one each word is a value that
/// lives in at most two slots, its own and that of an outgoing argument. So a word is at most 19 bytes: 418,000 for all
/// of them. This is more than three times that, and still fits the 2 MiB of an ordinary Rust thread.
const SHALLOW_STACK: usize = 1536 << 10;

/// Native stack for programs with up to 262,144 words, as before ArbOS 50.
const DEEP_STACK: usize = 16 << 20;

/// Native stack beside the program's own: host functions, the EVM's frames between two programs.
const STACK_MARGIN: usize = 192 << 10;

/// How much native stack a program's words can need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Depth {
    Shallow,
    Deep,
}

impl Depth {
    pub(crate) const fn of(stack_words: u32) -> Self {
        if stack_words <= SHALLOW_WORDS {
            Self::Shallow
        } else {
            Self::Deep
        }
    }

    pub(super) const fn native_stack(self) -> usize {
        match self {
            Self::Shallow => SHALLOW_STACK,
            Self::Deep => DEEP_STACK,
        }
    }

    /// Runs `run` with enough native stack for one program and what is between it and the next.
    pub(crate) fn with_stack<R>(self, run: impl FnOnce() -> R) -> R {
        let needed = self.native_stack() + STACK_MARGIN;
        // A grown segment has room for a few more frames, so that deep recursion does not map one each.
        stacker::maybe_grow(needed, 4 * needed, run)
    }
}

/// Runs `run` on a native stack with room for several programs that call each other. For threads whose stack is small
/// (2 MiB is Rust's default): around many transactions it costs nothing, while without it each nested program maps a
/// stack of its own.
pub fn with_large_stack<R>(run: impl FnOnce() -> R) -> R {
    let needed = 4 * (SHALLOW_STACK + STACK_MARGIN);
    stacker::maybe_grow(needed, 2 * needed, run)
}
