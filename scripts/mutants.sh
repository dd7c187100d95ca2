#!/bin/sh
# Mutation testing of mintage-math and mintage-mechanism: cargo-mutants changes the code in one place at a time and runs the tests; a change
# that no test notices is a gap in the tests. Settings are in contracts/.cargo/mutants.toml, results in contracts/mechanism/MUTANTS.md.
#
#   scripts/mutants.sh                         both crates, one after the other: hours
#   scripts/mutants.sh mechanism               one of them (math, mechanism)
#   scripts/mutants.sh mechanism --shard 0/20  a twentieth; other arguments of `cargo mutants` as well, also without a crate
#   scripts/mutants.sh mechanism --iterate     again, without those that were noticed the last time
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
mutants=$("$here/cargo-tool.sh" cargo-mutants 27.1.0)

# A copy of the two crates alone: the other contracts need not be compiled, and the sources here are never touched. Its times are new (-m): cargo
# would take what the last mutant left compiled for what the older sources say.
copy=$root/target/mutants
mkdir -p "$copy/.cargo"
(cd "$root/contracts" && tar -cf - Cargo.lock .cargo/mutants.toml math mechanism) | tar -xmf - -C "$copy"
sed -e 's/^members = .*/members = ["math", "mechanism"]/' "$root/contracts/Cargo.toml" >"$copy/Cargo.toml"
# Rules that are not optimised compile several times as fast, and their tests take as long: the numbers are in the dependencies.
cat >>"$copy/Cargo.toml" <<'END'

[profile.mutants]
inherits = "dev"
debug = false
incremental = true

[profile.mutants.package.mintage-mechanism]
opt-level = 0
END

cd "$copy"
# Each mutant runs all tests, so each test runs few random cases; failures are not written down for later runs.
export PROPTEST_CASES=16 PROPTEST_DISABLE_FAILURE_PERSISTENCE=true MINTAGE_FEW_CASES=1

run() {
    crate=$1
    shift
    # Mutants of mintage-math are held by the models of mintage-mechanism as well; nothing in mintage-math can notice one of
    # mintage-mechanism. Results are in target/mutants/$crate/mutants.out.
    tested="--test-package mintage-mechanism"
    if [ "$crate" = math ]; then
        # The unchanged tests are not tried first: cargo-mutants would do that with mintage-math alone, which has no models.
        tested="--test-package mintage-math $tested --baseline=skip --timeout 120"
    fi
    # Codes 2 and 3, some missed or stopped by the time limit, are a result too.
    # shellcheck disable=SC2086 # several words
    nice "$mutants" mutants --in-place --output "$crate" --package "mintage-$crate" $tested "$@" ||
        case $? in 2 | 3) ;; *) return 1 ;; esac
}

case ${1-} in
math | mechanism) run "$@" ;;
*)
    run math "$@"
    run mechanism "$@"
    ;;
esac
