"""What the plain models share: the generator of the cases and the file format.

The models are the second opinion: each rule written once more, from its description and not from the Rust, in unbounded
integers and fractions. `python3 models/make.py` writes models/vectors/; tests/models draws the same cases from the same
generator, computes them with the crate, and must come to the same digests.

A text file says whose model it is, how many cases and how many of them errors, holds the first cases in clear, then one digest
(FNV-1a, 64 bits) for each hundred cases: 10,000 cases in two kilobytes. A line is `inputs = outputs` or `inputs = error`.
`python3 models/make.py show NAME BLOCK` prints a block in clear.

A table (`.bin`) is for real-valued rules, whose answers are compared within a stated error: after the same first line, for each case the
exact value in units far below that error, modulo 2^32, little-endian.
"""
from pathlib import Path

MASK = (1 << 64) - 1
VECTORS = Path(__file__).parent / "vectors"
BLOCK, SAMPLES = 100, 12
MAX = (1 << 256) - 1
WAD, RAY = 10**18, 10**27
MODELS = {}
TABLES = {}


class Error(Exception):
    """The rule has no result here."""


class Rng:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def bits(self, most):
        """A number of 0 to `most` bits, every length alike."""
        length = self.next() % (most + 1)
        value = sum(self.next() << (64 * i) for i in range(4))
        return value & ((1 << length) - 1)

    def between(self, low, high):
        """A number within low..=high (the small bias of the modulo does not matter here)."""
        value = (self.next() << 64) | self.next()
        return low + value % (high - low + 1)

    signed = between


def fnv(data, start=0xCBF29CE484222325):
    for byte in data:
        start = ((start ^ byte) * 0x100000001B3) & MASK
    return start


def model(of, cases=10_000):
    """Registers `fn(rng) -> (inputs, function of no arguments that returns the outputs or raises Error)` as a model of the modules `of`."""

    def register(fn):
        assert fn.__name__ not in MODELS
        MODELS[fn.__name__] = (fn, cases, of)
        return fn

    return register


def line(fn, rng):
    inputs, rule = fn(rng)
    try:
        outputs = rule()
        if not isinstance(outputs, tuple):
            outputs = (outputs,)
        if any(o > MAX or o < -(1 << 127) for o in outputs):
            raise Error
        text = " ".join(str(int(o)) for o in outputs)
    except (Error, ZeroDivisionError):
        text = "error"
    return " ".join(str(int(i)) for i in inputs) + " = " + text + "\n"


def lines(name):
    fn, cases, _ = MODELS[name]
    rng = Rng(fnv(name.encode()))
    return [line(fn, rng) for _ in range(cases)]


def table(of, cases=100_000):
    """Registers `fn(rng) -> (exact value, unit)` as a table of the modules `of`; `None` in place of a case that has no value."""

    def register(fn):
        TABLES[fn.__name__] = (fn, cases, of)
        return fn

    return register


def head(of, cases, errors):
    return f"of {of}; {cases} cases; {errors} errors\n"


def table_content(name):
    fn, cases, of = TABLES[name]
    rng, rows, empty = Rng(fnv(name.encode())), [], 0
    for _ in range(cases):
        case = fn(rng)
        empty += case is None
        rows.append((int(floor_of(case[0] / case[1])) if case else 0) % 2**32)
    assert cases - empty >= 100_000, f"{name}: only {cases - empty} cases have a value"
    return head(of, cases, empty).encode() + b"".join(row.to_bytes(4, "little") for row in rows)


def floor_of(value):
    import mpmath

    return mpmath.floor(value)


def text_content(name):
    _, cases, of = MODELS[name]
    all_lines = lines(name)
    errors = sum(l.endswith("= error\n") for l in all_lines)
    # a model that mostly says no checks little
    assert errors * 2 <= cases, f"{name}: {errors} of {cases} cases are errors, more than half"
    digests = [fnv("".join(all_lines[i : i + BLOCK]).encode()) for i in range(0, cases, BLOCK)]
    text = head(of, cases, errors) + "".join(all_lines[:SAMPLES]) + "digests\n" + "".join(f"{d:016x}\n" for d in digests)
    return text.encode()


def make(name):
    """`(path, what belongs into it)`"""
    if name in TABLES:
        return VECTORS / f"{name}.bin", table_content(name)
    return VECTORS / f"{name}.txt", text_content(name)


# ------------------------------------------------------------------------------------------------------- little helpers


def fit(value):
    """A value that must fit 256 bits and not be negative."""
    if value < 0 or value > MAX:
        raise Error
    return value


def up(numerator, denominator):
    return -(-numerator // denominator)


def floor(x):
    return x.numerator // x.denominator


def ceil(x):
    return -((-x.numerator) // x.denominator)


def cut(a, b):
    """Division that drops the fraction."""
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q


def need(condition):
    if not condition:
        raise Error


def isqrt(n):
    import math

    return math.isqrt(n)


def rpow(x, n, base):
    """By squaring, every product rounded half up, every factor within 256 bits."""
    result = x if n % 2 else base
    n //= 2
    while n:
        x = fit((x * x + base // 2) // base)
        if n % 2:
            result = fit((result * x + base // 2) // base)
        n //= 2
    return result
