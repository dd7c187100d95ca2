#!/bin/sh
# Mutation testing of mintage-math and mintage-mechanism: cargo-mutants changes the code in one place at a time and runs the tests; a change
# that no test notices is a gap in the tests. Settings are in contracts/.cargo/mutants.toml, results in contracts/mechanism/MUTANTS.md. A
# cargo-mutants of the pinned version on PATH is used; otherwise it is compiled once into target/tools.
#
#   scripts/mutants.sh                         everything: hours
#   scripts/mutants.sh -p mintage-math         one crate
#   scripts/mutants.sh --shard 0/20            a twentieth; other arguments of `cargo mutants` as well
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
version=27.1.0
tools=$root/target/tools

is_right() { [ "$("$1" --version 2>/dev/null)" = "cargo-mutants $version" ]; }

mutants=cargo-mutants
is_right "$mutants" || mutants=$tools/bin/cargo-mutants
if ! is_right "$mutants"; then
    echo "compiling cargo-mutants $version into target/tools (once)" >&2
    CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$tools/build \
        cargo install --quiet --debug --locked --root "$tools" "cargo-mutants@$version"
    rm -rf "$tools/build"
fi

# A copy of the two crates alone: the other contracts need not be compiled, and the sources here are never touched.
copy=$root/target/mutants
mkdir -p "$copy/.cargo"
(cd "$root/contracts" && tar -cf - Cargo.lock .cargo/mutants.toml math mechanism) | tar -xf - -C "$copy"
sed -e 's/^members = .*/members = ["math", "mechanism"]/' "$root/contracts/Cargo.toml" >"$copy/Cargo.toml"
printf '\n[profile.mutants]\ninherits = "dev"\ndebug = false\nincremental = true\n' >>"$copy/Cargo.toml"

cd "$copy"
# Each mutant runs all tests, so each test runs few random cases; failures are not written down for later runs.
PROPTEST_CASES=16 PROPTEST_DISABLE_FAILURE_PERSISTENCE=true MINTAGE_FEW_CASES=1 \
    nice "$mutants" mutants --in-place --profile mutants "$@" -- --lib --test models
