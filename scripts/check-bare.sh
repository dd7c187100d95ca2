#!/bin/sh
# Compiles mintage-math and mintage-mechanism for a machine without an operating system, where there is no `std` and no allocator's home
# to fall back on: if either crate, or what it depends on, needed `std`, this would not compile. The library `core` is compiled from
# the toolchain's sources, so no further target has to be installed.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
target=${1:-thumbv7em-none-eabi}

(
    set -a
    eval "$("$here/wasm-toolchain.sh" print --shell)"
    set +a
    if [ "$MINTAGE_WASM_TOOLCHAIN" = rustup-prebuilt ]; then
        echo "check-bare: needs the sources of the standard library: scripts/wasm-toolchain.sh install" >&2
        exit 1
    fi
    # contracts/small.env asks for std; here there is none to build.
    export RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=core,alloc
    unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET CARGO_TARGET_DIR RUSTUP_TOOLCHAIN
    cd "$root/contracts"

    "$CARGO" build --quiet --locked --lib --target "$target" -p mintage-math -p mintage-mechanism
)
echo "bare: mintage-math and mintage-mechanism compile for $target without std" >&2
