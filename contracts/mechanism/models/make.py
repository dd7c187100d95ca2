"""Writes the vectors of all models, or of those named; `show NAME BLOCK` prints a hundred cases in clear."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import common  # noqa: E402
import importlib  # noqa: E402

for file in sorted(Path(__file__).parent.glob("*.py")):
    if file.stem in ("common", "make"):
        continue
    try:
        importlib.import_module(file.stem)
    except ImportError as missing:
        print(f"{file.name} left out: {missing}")

if len(sys.argv) == 4 and sys.argv[1] == "show":
    start = int(sys.argv[3]) * common.BLOCK
    print("".join(common.lines(sys.argv[2])[start : start + common.BLOCK]), end="")
else:
    for name in sys.argv[1:] or [*common.MODELS, *common.TABLES]:
        common.write(name)
