#!/bin/sh
# cargo with the compiler and the settings of the small build (scripts/wasm-toolchain.sh), for tools that are told by CARGO which cargo
# builds the WASM.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
set -a
eval "$("$here/wasm-toolchain.sh" print --shell)"
set +a
exec "$CARGO" "$@"
