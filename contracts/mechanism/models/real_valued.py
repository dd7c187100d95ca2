"""The real-valued functions in sixty digits of mpmath: exp, ln, pow, the normal distribution and what is built on them.

Where the crate promises the nearest unit (ln, the distribution) its answers must be equal. Where it promises a side and a relative error, the leading 60 bits
(exp) or a table (the others): tests/models/real_valued.rs holds the stated error of each function against the exact value of 100,000 points.
"""
from common import *
from mpmath import erfinv, mp, mpf, exp as e, floor, log, ncdf, npdf, power, sqrt, nint, pi
from statistics import NormalDist
import math

mp.dps = 60
EXP_MAX = 135_999_146_549_453_176_898
YEAR = 31_536_000
DIGITS = mpf(2) ** -60


def leading(value, bits):
    value = int(floor(value))
    length = value.bit_length()
    return length, value >> max(0, length - bits)


def sixty_bits(value):
    """The unit in which a value has sixty bits: a power of two of 10^-18, at least one."""
    return mpf(2) ** max(0, int(floor(value)).bit_length() - 60)


# ------------------------------------------------------------------------------------------------------- mintage-math


@model("math::exp", cases=100_000)
def real_exp(rng):
    x = rng.signed(-42 * WAD, EXP_MAX)
    return (x,), lambda: leading(e(mpf(x) / WAD) * WAD, 60)


@model("math::ln", cases=101_000)
def real_ln(rng):
    # half of them around one, where logarithms are small
    near = rng.between(0, 1)
    x = WAD + rng.bits(59) if near else rng.bits(256)

    def rule():
        need(x > 0)
        return int(nint(log(mpf(x) / WAD) * WAD))

    return (x,), rule


@table("math::pow", cases=125_000)
def real_pow(rng):
    near = rng.between(0, 3) == 0
    x = WAD + 10_000 + rng.bits(50) if near else 1 + rng.bits(160)
    y = rng.signed(-(10**22), 10**22) if near else rng.signed(-3 * WAD, 3 * WAD)
    exponent = mpf(y) / WAD * log(mpf(x) / WAD)
    # beyond what fits, and what is below one unit
    if exponent > log(mpf(2) ** 255 / WAD) or exponent < log(mpf(1) / WAD):
        return None
    value = e(exponent) * WAD
    return value, sixty_bits(value)


@model("math::normal", cases=100_000)
def real_cdf(rng):
    x = rng.signed(-10 * WAD, 10 * WAD)
    return (x,), lambda: int(nint(ncdf(mpf(x) / WAD) * WAD))


@model("math::normal", cases=100_000)
def real_pdf(rng):
    x = rng.signed(-10 * WAD, 10 * WAD)
    return (x,), lambda: int(nint(npdf(mpf(x) / WAD) * WAD))


@table("math::normal")
def real_inverse(rng):
    """Half of them in the tails, down to 10^-15. The unit grows with one over the tail, as the error of an inverse does."""
    tail = 1000 + rng.bits(58) if rng.between(0, 1) else rng.between(1000, WAD // 2)
    p = WAD - tail if rng.between(0, 1) else tail
    exact = mpf(p) / WAD
    x = mpf(NormalDist().inv_cdf(tail / 1e18))
    x = x if p == tail else -x
    for _ in range(3):
        x -= (ncdf(x) - exact) / npdf(x)
    return x * WAD, mpf(2) ** max(0, (WAD // tail).bit_length() - 10)


# ------------------------------------------------------------------------------------------------------- options


def terms(rng):
    """Mostly what markets show; a quarter from far out."""
    wide = rng.between(0, 3) == 0
    s = 10**12 + rng.bits(95) if wide else rng.between(10**15, 10**21)
    k = s * rng.between(10**16, 10**20) // WAD
    k = min(k, 2**96 - 1)
    r = rng.signed(-WAD, WAD) if wide else rng.signed(-(10**17), 3 * 10**17)
    sigma = 10**14 + rng.bits(66) if wide else rng.between(10**16, 3 * 10**18)
    secs = rng.bits(31) if wide else rng.between(0, 3 * YEAR)
    return s, k, r, sigma, secs


def inner(s, k, r, sigma, secs):
    s, k, r, sigma, t = mpf(s) / WAD, mpf(k) / WAD, mpf(r) / WAD, mpf(sigma) / WAD, mpf(secs) / YEAR
    width = sigma * sqrt(t)
    d1 = (log(s / k) + (r + sigma**2 / 2) * t) / width
    return s, k * e(-r * t), r, sigma, t, d1, d1 - width


def steep_discount(t):
    return t[2] * t[4] < -3 * WAD * YEAR


def call_of(t):
    s, k, r, sigma, secs = t
    if secs == 0:
        return mpf(max(s - k, 0)) / WAD
    s, discounted, _, _, _, d1, d2 = inner(*t)
    return s * ncdf(d1) - discounted * ncdf(d2)


@table("black_scholes", cases=103_000)
def real_call(rng):
    t = terms(rng)
    if steep_discount(t):
        return None
    return call_of(t) * WAD, (t[0] + t[1]) * DIGITS


@table("black_scholes", cases=103_000)
def real_put(rng):
    t = terms(rng)
    if steep_discount(t):
        return None
    discounted = mpf(t[1]) / WAD * e(-mpf(t[2]) * t[4] / YEAR / WAD)
    return (call_of(t) - mpf(t[0]) / WAD + discounted) * WAD, (t[0] + t[1]) * DIGITS


def scales(t):
    """Whole numbers at least as large as 1/(σ√T), S, K, √T and 1/√T, from which the stated errors of the greeks follow; `None` at expiry."""
    s, k, _, sigma, secs = t
    width, root = isqrt(sigma * sigma * secs // YEAR), isqrt(secs * WAD * WAD // YEAR)
    if width == 0 or root == 0:
        return None
    return WAD // width + 1, s // WAD + 1, k // WAD + 1, root // WAD + 1, WAD // root + 1, width


def greek(rng, bound, value):
    """A sensitivity in wad, left out where its stated error is above 2^23 units."""
    t = terms(rng)
    found = scales(t)
    if found is None or steep_discount(t) or bound(t, *found) >= 2**23:
        return None
    return value(*inner(*t)) * WAD, mpf(1)


@table("black_scholes", cases=110_000)
def real_delta(rng):
    return greek(rng, lambda t, steep, *_: 2 + 2 * steep, lambda s, kd, r, sigma, t, d1, d2: ncdf(d1))


@table("black_scholes", cases=128_000)
def real_gamma(rng):
    def bound(t, steep, si, ki, ri, ii, width):
        return 2 + 2 * (1 + steep) * (WAD * WAD // (t[0] * width) + 1)

    return greek(rng, bound, lambda s, kd, r, sigma, t, d1, d2: npdf(d1) / (s * sigma * sqrt(t)))


@table("black_scholes", cases=117_000)
def real_vega(rng):
    def bound(t, steep, si, ki, ri, ii, width):
        return 2 + si * (ri * (1 + 2 * steep) + 1)

    return greek(rng, bound, lambda s, kd, r, sigma, t, d1, d2: s * npdf(d1) * sqrt(t))


def theta_bound(t, steep, si, ki, ri, ii, width):
    decay = si * (t[3] // WAD + 1) * ii
    return 4 + decay * (1 + 2 * steep + ii) + (abs(t[2]) // WAD + 1) * 21 * ki * (2 + 2 * steep)


@table("black_scholes", cases=135_000)
def real_theta(rng):
    return greek(
        rng, theta_bound, lambda s, kd, r, sigma, t, d1, d2: -s * npdf(d1) * sigma / (2 * sqrt(t)) - r * kd * ncdf(d2)
    )


@table("black_scholes", cases=160_000)
def real_rho(rng):
    def bound(t, steep, si, ki, ri, ii, width):
        return 3 + 21 * ki * (t[4] // YEAR + 1) * (2 + 2 * steep)

    return greek(rng, bound, lambda s, kd, r, sigma, t, d1, d2: kd * t * ncdf(d2))


def approximate_volatility(s, k, r, t, price):
    low, high = 1e-6, 300.0
    cdf = lambda x: math.erfc(-x / math.sqrt(2)) / 2
    for _ in range(60):
        sigma = (low + high) / 2
        width = sigma * math.sqrt(t)
        d1 = (math.log(s / k) + r * t) / width + width / 2
        call = s * cdf(d1) - k * math.exp(-r * t) * cdf(d1 - width)
        low, high = (low, sigma) if call > price else (sigma, high)
    return (low + high) / 2


@table("black_scholes", cases=101_000)
def real_implied(rng):
    """A price between the bounds, and the volatility that gives it."""
    s = rng.between(10**15, 10**21)
    k = s * rng.between(3 * 10**17, 3 * 10**18) // WAD
    r, secs = rng.signed(-(10**17), 3 * 10**17), rng.between(3_600, 3 * YEAR)
    # at least S - K·e^(-rT), since e^(-x) ≥ 1 - x
    lower = max(0, s - k + k * r * secs // (WAD * YEAR))
    price = lower + max(0, s - lower) * rng.between(10**6, 9 * 10**8) // 10**9
    t = (s, k, r, 0, secs)
    sigma = mpf(approximate_volatility(s / 1e18, k / 1e18, r / 1e18, secs / YEAR, price / 1e18))
    if lower >= s or not mpf("0.001") < sigma < 99:
        return None
    for _ in range(4):
        si, kd, _, _, time, d1, d2 = inner(s, k, r, sigma * WAD, secs)
        sigma -= (si * ncdf(d1) - kd * ncdf(d2) - mpf(price) / WAD) / (si * npdf(d1) * sqrt(time))
    return sigma * WAD, mpf(1)


@table("black_scholes")
def real_strike(rng):
    """The strike at which a call has a given delta."""
    s, r = rng.between(10**15, 10**21), rng.signed(-(10**17), 3 * 10**17)
    sigma, secs = rng.between(10**16, 3 * 10**18), rng.between(3_600, YEAR)
    delta = rng.between(10**15, WAD - 10**15)
    x = mpf(NormalDist().inv_cdf(delta / 1e18))
    for _ in range(3):
        x -= (ncdf(x) - mpf(delta) / WAD) / npdf(x)
    sg, t = mpf(sigma) / WAD, mpf(secs) / YEAR
    strike = s * e((mpf(r) / WAD + sg**2 / 2) * t - x * sg * sqrt(t))
    return strike, sixty_bits(strike)


@table("margin")
def real_margin(rng):
    """A short call's margin: the model's price at the shocked spot and volatility, at least 200, at most the shocked spot."""
    s, k, secs = rng.between(10**19, 10**22), rng.between(10**19, 10**22), rng.between(0, 100 * 86_400)
    r = rng.signed(-(10**17), 10**17)
    shocked = up(s * 12, 10)
    left = 56 * 86_400 - min(max(secs, 14 * 86_400), 56 * 86_400)
    sigma = 18 * 10**17 + up(7 * 10**17 * left, 42 * 86_400)
    price = call_of((shocked, k, r, sigma, secs)) * WAD
    return min(mpf(shocked), max(mpf(200 * WAD), price)), (shocked + k) * DIGITS


# ------------------------------------------------------------------------------------------------------- pools, auctions, vesting, leverage, volatility


def weights(rng):
    w = rng.between(10**16, 99 * 10**16)
    return w, WAD - w


@table("weighted_pool")
def real_weighted_out(rng):
    """What a swap brings, in parts of the balance; deposits of up to a thousand times the balance."""
    bi, bo = rng.between(10**15, 10**30), rng.between(10**15, 10**30)
    wi, wo = weights(rng)
    a = bi * rng.between(1, 10**9) // 10**9 * 10 ** rng.between(0, 3)
    return bo * (1 - power(mpf(bi) / (bi + a), mpf(wi) / wo)), bo * DIGITS


@table("weighted_pool")
def real_weighted_in(rng):
    """What up to a third of a balance costs."""
    bi, bo = rng.between(10**15, 10**30), rng.between(10**15, 10**30)
    wi, wo = weights(rng)
    a = bo * rng.between(1, 333) // 1000
    value = bi * (power(mpf(bo) / (bo - a), mpf(wo) / wi) - 1)
    if a == 0 or value > mpf(2) ** 160:
        return None
    return value, sixty_bits(value + bi)


@table("weighted_pool")
def real_invariant(rng):
    b1, b2 = rng.between(10**15, 10**30), rng.between(10**15, 10**30)
    w1, w2 = weights(rng)
    value = power(mpf(b1) / WAD, mpf(w1) / WAD) * power(mpf(b2) / WAD, mpf(w2) / WAD) * WAD
    return value, sixty_bits(value)


@table("dutch", cases=118_000)
def real_vrgda(rng):
    target, decay = 1 + rng.bits(80), rng.between(10**16, 99 * 10**16)
    rate, time, sold = rng.between(10**15, 10**21), rng.bits(67), rng.between(0, 10_000)
    exponent = (mpf(time) / WAD - mpf(sold + 1) * WAD / rate) * log(1 - mpf(decay) / WAD)
    if abs(exponent) > 40:
        return None
    value = target * e(exponent)
    return value, sixty_bits(value)


@table("vesting")
def real_segments(rng):
    """Two segments, in parts of what they unlock together."""
    first, second = 10**13 + rng.bits(100), 10**13 + rng.bits(100)
    x1, x2 = rng.between(10**17, 5 * WAD), rng.between(10**17, 5 * WAD)
    l1, l2 = rng.between(1, 10**6), rng.between(1, 10**6)
    t = rng.between(0, l1 + l2)
    if t < l1:
        value = first * power(mpf(t) / l1, mpf(x1) / WAD)
    else:
        value = first + second * power(mpf(t - l1) / l2, mpf(x2) / WAD) if t > l1 else mpf(first)
    return value, (first + second) * DIGITS


@table("leverage")
def real_pool_transfer(rng):
    """The tanh by its exponential form."""
    balance, leverage, ratio = 10**15 + rng.bits(100), rng.between(1, 20), rng.between(0, WAD)
    if rng.between(0, 1):
        ratio = WAD - rng.bits(50)
    x = 2 * leverage * (1 - mpf(ratio) / WAD)
    return balance * (2 / (1 + e(-x)) - 1), balance * DIGITS


@table("leverage")
def real_drag(rng):
    leverage, sigma, secs = rng.signed(-10, 10), rng.between(0, 2 * WAD), rng.between(0, 2 * YEAR)
    exponent = mpf(leverage * (leverage - 1)) * (mpf(sigma) / WAD) ** 2 * secs / YEAR / 2
    return e(-exponent) * WAD, mpf(1)


@table("volatility")
def real_returns(rng):
    """In thousandths of 10^-18."""
    price, last = 1 + rng.bits(200), 1 + rng.bits(200)
    if rng.between(0, 3):
        last = price * rng.between(8_000, 12_500) // 10_000 + 1
    return log(mpf(price) / last) * WAD, mpf("0.001")


@table("volatility")
def real_parkinson(rng):
    low = 10**6 + rng.bits(100)
    high = low * rng.between(10**9, 10**10) // 10**9
    return log(mpf(high) / low) ** 2 / (4 * log(mpf(2))) * WAD, mpf("0.001")


# ------------------------------------------------------------------------------------------------------- ticks


@model("tick")
def tick_roots(rng):
    """The leading 30 bits of the exact root; below tick -400,000 the root has so few bits that its rounding shows in them."""
    tick = rng.signed(-400_000, 887_272)
    return (tick,), lambda: leading(mpf("1.0001") ** (mpf(tick) / 2) * 2**96, 30)


@model("tick")
def ticks_of_prices(rng):
    """The logarithm of the price, to the base of 1.0001, rounded down."""
    root = rng.bits(161)

    def rule():
        need(root >= 4_295_128_739)
        tick = int(floor(2 * log(mpf(root) / 2**96) / log(mpf("1.0001"))))
        need(tick < 887_272)
        return tick

    return (root,), rule


@model("tick")
def tick_quotes(rng):
    """The leading 45 bits of a quote either way."""
    tick, amount = rng.signed(-300_000, 300_000), 2**100 + rng.bits(127)
    price = lambda: mpf("1.0001") ** tick

    def rule():
        return *leading(amount * price(), 45), *leading(amount / price(), 45)

    return (tick, amount), rule
