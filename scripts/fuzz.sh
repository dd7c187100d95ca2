#!/bin/sh
# Runs the fuzz targets one after the other: scripts/fuzz.sh [TARGET...]. FUZZ_SECS is the time for each in seconds.
# The limits are part of what is tested: 10 seconds for an input, a process of 2 GiB (each target sets itself a lower
# bound on the heap), inputs of at most the size that a chain accepts.
set -eu
cd "$(dirname "$0")/.."
secs=${FUZZ_SECS:-600}
[ $# -gt 0 ] || set -- activation code engines

if ! cargo fuzz --version >/dev/null 2>&1; then
    echo "cargo-fuzz is missing: cargo install cargo-fuzz" >&2
    exit 1
fi

for target in "$@"; do
    case $target in
    # Any module is a seed.
    activation) seeds=tests/vectors/stylus/wasm max_len=262144 ;;
    code) seeds=fuzz/seeds/code max_len=65536 ;;
    engines) seeds= max_len=8192 ;;
    *)
        echo "no target $target: activation, code or engines" >&2
        exit 2
        ;;
    esac
    mkdir -p "fuzz/corpus/$target"
    # No sanitizer: the code has no unsafe but what Miri runs, and without one it is three times as fast.
    # shellcheck disable=SC2086 # the seeds are one folder or none
    cargo +nightly fuzz run --fuzz-dir fuzz --sanitizer none "$target" "fuzz/corpus/$target" $seeds -- \
        -max_total_time="$secs" -timeout=10 -rss_limit_mb=2048 -max_len=$max_len -print_final_stats=1
done
