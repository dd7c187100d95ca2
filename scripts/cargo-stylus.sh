#!/bin/sh
# `cargo stylus` of the version that the tests use, with the compiler, the settings of the small build and the wasm-opt that
# `mintage build` uses: programs come out about as small as those of target/stylus, also where rustup has no wasm32 library. In the
# folder of a program:
#
#   ../../scripts/cargo-stylus.sh deploy --no-verify --private-key KEY --constructor-args ...
#
# cargo-stylus is compiled once, which takes minutes: see scripts/cargo-tool.sh for where it is kept.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
stylus=$("$here/cargo-tool.sh" cargo-stylus 0.10.10)
toolchain=$("$here/wasm-toolchain.sh" print)
cargo=$(printf '%s\n' "$toolchain" | sed -n 's/^CARGO=//p')
# The WASM is built by CARGO. The constructor and the ABI come from the program on the host, by CARGO or by the `cargo` that is found, and
# wasm-opt is found by name too.
export CARGO="$here/cargo-small.sh"
export PATH="$(dirname -- "$cargo"):$(dirname -- "$here")/node_modules/.bin:$PATH"
exec "$stylus" stylus "$@"
