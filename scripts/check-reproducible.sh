#!/bin/sh
# Builds every program again from cold in a copy of the sources elsewhere, and compares the bytes with those in target/stylus.
# Run after `mintage build` with the same tools; `make check` does.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT INT TERM
copy="$elsewhere/a folder of another length"
mkdir "$copy"

(cd "$root" && tar -cf - --exclude=target contracts scripts) | tar -xf - -C "$copy"
if [ -d "$root/node_modules" ]; then ln -s "$root/node_modules" "$copy/node_modules"; fi
(cd "$root" && cargo run --quiet --locked --package mintage -- build --quiet --project "$copy" >/dev/null)

status=0
count=0
for wasm in "$copy"/target/stylus/*.wasm; do
    # Names of functions depend on the folder; nothing that is deployed does.
    case $wasm in *.debug.wasm) continue ;; esac
    count=$((count + 1))
    name=$(basename "$wasm")
    if ! cmp -s "$wasm" "$root/target/stylus/$name"; then
        echo "reproducible: $name differs between two folders (or target/stylus is not up to date)" >&2
        status=1
    fi
done
echo "reproducible: $count programs built in two folders, $([ $status = 0 ] && echo 'all bytes equal' || echo 'NOT equal')" >&2
exit $status
