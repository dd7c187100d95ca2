#!/bin/sh
# Prints the path of a cargo tool of a pinned version: the one on PATH if it is that version, otherwise one that is compiled once into
# target/tools.
#
#   scripts/cargo-tool.sh NAME VERSION [options of `cargo install`]
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
tools=$(dirname -- "$here")/target/tools
name=$1
version=$2
shift 2

# Asked as cargo asks, with the subcommand's own name first: some tools know no other way.
is_right() { [ "$("$1" "${name#cargo-}" --version 2>/dev/null)" = "$name $version" ]; }

if is_right "$name"; then
    command -v "$name"
    exit
fi
if ! is_right "$tools/bin/$name"; then
    echo "compiling $name $version into target/tools (once)" >&2
    CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$tools/build \
        cargo install --quiet --debug --locked --root "$tools" "$@" "$name@$version" >&2
    rm -rf "$tools/build"
fi
echo "$tools/bin/$name"
