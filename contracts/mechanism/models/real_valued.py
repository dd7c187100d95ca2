"""The real-valued functions in a hundred digits of mpmath: exp, ln, pow, the normal distribution, option prices, weighted pools.

Where the crate promises the nearest unit (ln, the distribution) its answers must be equal. Where it promises a side and a relative error (exp, pow) the
leading 60 or 45 bits must be equal, which is closer than the promise. Prices are compared within their stated error, from tables of fractions.
"""
from common import *
from mpmath import mp, mpf, exp as e, floor, log, ncdf, npdf, sqrt, nint

mp.dps = 100
EXP_MAX = 135_999_146_549_453_176_898


def leading(value, bits):
    value = int(floor(value))
    length = value.bit_length()
    return length, value >> max(0, length - bits)


@model(cases=100_000)
def real_exp(rng):
    x = rng.signed(-42 * WAD, EXP_MAX)
    return (x,), lambda: leading(e(mpf(x) / WAD) * WAD, 60)


@model(cases=100_000)
def real_ln(rng):
    # half of them around one, where logarithms are small
    near = rng.between(0, 1)
    x = WAD + rng.bits(59) if near else rng.bits(256)

    def rule():
        need(x > 0)
        return int(nint(log(mpf(x) / WAD) * WAD))

    return (x,), rule


@model(cases=100_000)
def real_pow(rng):
    near = rng.between(0, 3) == 0
    x = WAD + 10_000 + rng.bits(50) if near else rng.bits(160)
    y = rng.signed(-(10**22), 10**22) if near else rng.signed(-3 * WAD, 3 * WAD)

    def rule():
        need(x > 0)
        exponent = mpf(y) / WAD * log(mpf(x) / WAD)
        need(exponent < log(mpf(2) ** 256 / WAD))
        return leading(e(exponent) * WAD, 45)

    return (x, y), rule


@model(cases=100_000)
def real_cdf(rng):
    x = rng.signed(-10 * WAD, 10 * WAD)
    return (x,), lambda: int(nint(ncdf(mpf(x) / WAD) * WAD))


@model(cases=100_000)
def real_pdf(rng):
    x = rng.signed(-10 * WAD, 10 * WAD)
    return (x,), lambda: int(nint(npdf(mpf(x) / WAD) * WAD))


@table()
def real_call(rng):
    """The call's price as a fraction of the spot."""
    s = mpf(rng.between(10**15, 10**24)) / WAD
    k = s * mpf(rng.between(10**16, 10**19)) / WAD  # a hundredth to ten times the spot
    k = mpf(int(k * WAD)) / WAD
    r = mpf(rng.signed(-(10**17), 3 * 10**17)) / WAD
    sigma = mpf(rng.between(10**16, 3 * 10**18)) / WAD
    t = mpf(rng.between(1, 3 * 31_536_000)) / 31_536_000
    d1 = (log(s / k) + (r + sigma**2 / 2) * t) / (sigma * sqrt(t))
    call = s * ncdf(d1) - k * e(-r * t) * ncdf(d1 - sigma * sqrt(t))
    return max(mpf(0), min(call / s, 1 - mpf(2) ** -63))


@table()
def real_weighted_out(rng):
    """What a swap brings as a fraction of the balance."""
    bi, bo = rng.between(10**15, 10**30), rng.between(10**15, 10**30)
    w = rng.between(1, 99)
    a = bi * rng.between(1, 10**9) // 10**9
    ratio = (w * WAD // 100) * WAD // ((100 - w) * WAD // 100)
    return 1 - (mpf(bi) / (bi + a)) ** (mpf(ratio) / WAD)


@model()
def tick_roots(rng):
    """The leading 30 bits of the exact root; below tick -400,000 the root has so few bits that its rounding shows in them."""
    tick = rng.signed(-400_000, 887_272)
    return (tick,), lambda: leading(mpf("1.0001") ** (mpf(tick) / 2) * 2**96, 30)
