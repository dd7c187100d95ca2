#!/bin/sh
# Mutation testing of mintage-math and mintage-mechanism: cargo-mutants changes the code in one place at a time and runs the tests; a change
# that no test notices is a gap in the tests. Settings are in contracts/.cargo/mutants.toml, results in contracts/mechanism/MUTANTS.md.
#
#   scripts/mutants.sh                         everything: hours
#   scripts/mutants.sh -p mintage-math         one crate
#   scripts/mutants.sh --shard 0/20            a twentieth; other arguments of `cargo mutants` as well
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
mutants=$("$here/cargo-tool.sh" cargo-mutants 27.1.0)

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
