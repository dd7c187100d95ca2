#!/bin/sh
# Licences, bans and sources of both workspaces' dependencies, by cargo-deny (settings in deny.toml). A cargo-deny of the pinned
# version on PATH is used; otherwise it is compiled once into target/tools.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
version=0.20.2
tools=$root/target/tools

is_right() { [ "$("$1" --version 2>/dev/null)" = "cargo-deny $version" ]; }

deny=cargo-deny
is_right "$deny" || deny=$tools/bin/cargo-deny
if ! is_right "$deny"; then
    echo "compiling cargo-deny $version into target/tools (once)" >&2
    CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_TARGET_DIR=$tools/build \
        cargo install --quiet --debug --locked --no-default-features --root "$tools" "cargo-deny@$version"
    rm -rf "$tools/build"
fi

# The database of advisories is not part of it: a check must give the same answer on the same sources, offline too.
for workspace in "$root" "$root/contracts"; do
    "$deny" --manifest-path "$workspace/Cargo.toml" --config "$root/deny.toml" --locked check \
        --hide-inclusion-graph licenses bans sources
done
