#!/bin/sh
# cargo with the compiler of the programs, and with the settings of the small build where it builds for WASM: for tools that are told by
# CARGO which cargo to use. On the host these settings would have the standard library built anew.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
toolchain=$("$here/wasm-toolchain.sh" print --shell)
case " $* " in
    *" wasm32-unknown-unknown "*) settings=$toolchain ;;
    *) settings=$(printf '%s\n' "$toolchain" | grep -E '^(CARGO|RUSTC)=') ;;
esac
set -a
eval "$settings"
set +a
exec "$CARGO" "$@"
