"""Writes the vectors of all models, or of those that are named.

`--check [NAMES]` proves that the committed ones are what the models make; `show NAME BLOCK` prints a hundred cases in clear.
Needs Python 3.11 and mpmath.
"""
import importlib
import sys
from multiprocessing import Pool
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import common  # noqa: E402

for file in sorted(Path(__file__).parent.glob("*.py")):
    if file.stem not in ("common", "make"):
        importlib.import_module(file.stem)


def one(name):
    path, content = common.make(name)
    return name, path, content


def main(arguments):
    if len(arguments) == 3 and arguments[0] == "show":
        start = int(arguments[2]) * common.BLOCK
        print("".join(common.lines(arguments[1])[start : start + common.BLOCK]), end="")
        return 0
    check = "--check" in arguments
    known = [*common.MODELS, *common.TABLES]
    names = [a for a in arguments if a != "--check"] or known
    common.VECTORS.mkdir(exist_ok=True)
    stale = []
    with Pool() as pool:
        for name, path, content in pool.imap_unordered(one, names):
            if check and not (path.exists() and path.read_bytes() == content):
                stale.append(name)
            if not check:
                path.write_bytes(content)
            of, cases, errors = content.split(b"\n", 1)[0].decode().split("; ")
            share = 100 * int(errors.split()[0]) / int(cases.split()[0])
            print(f"{name} ({of}): {cases}, {share:.0f} % errors", flush=True)
    kept = {p.stem for p in common.VECTORS.iterdir()}
    stray = sorted(kept - set(known))
    for name in stale:
        print(f"{name}: the committed vectors are not what the model makes", file=sys.stderr)
    for name in stray:
        print(f"models/vectors/{name}: no model makes it", file=sys.stderr)
    return 1 if stale or stray else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
