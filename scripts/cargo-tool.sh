#!/bin/sh
# Prints the path of a cargo tool of a pinned version: the one on PATH if it is that version, otherwise one that is compiled once and
# kept in the user's cache folder, where every checkout finds it. MINTAGE_TOOLS names another folder.
#
#   scripts/cargo-tool.sh NAME VERSION [options of `cargo install`]
set -eu

name=$1
version=$2
shift 2

case $(uname -s) in
    Darwin) caches=$HOME/Library/Caches ;;
    *) caches=${XDG_CACHE_HOME:-$HOME/.cache} ;;
esac
tool=${MINTAGE_TOOLS:-$caches/mintage/tools}/$name-$version

# Asked as cargo asks, with the subcommand's own name first: some tools know no other way. Some leave `cargo-` out of the answer.
is_right() {
    answer=$("$1" "${name#cargo-}" --version 2>/dev/null) || return 1
    [ "${answer#cargo-}" = "${name#cargo-} $version" ]
}

if is_right "$name"; then
    command -v "$name"
    exit
fi
if ! is_right "$tool/bin/$name"; then
    "$(dirname -- "$0")/setup.sh" "$name"
    echo "compiling $name $version (once; it is kept in $tool)" >&2
    CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$tool/build \
        cargo install --quiet --debug --locked --root "$tool" "$@" "$name@$version" >&2
    rm -rf "$tool/build"
fi
echo "$tool/bin/$name"
