"""Swap, fees, cap, bucket, buyback, reserve, emission: the rules of systems.md 2.1, 2.18, 2.19, 2.26, 2.31, 2.33, 2.36, 2.43."""
from common import *


@model("swap")
def swap_amount_out(rng):
    a, ri, ro = rng.bits(128), rng.bits(112), rng.bits(112)

    def rule():
        need(a > 0 and ri > 0 and ro > 0)
        # the largest output that keeps (1000·Ri + 997·a)·(Ro - out) ≥ 1000·Ri·Ro
        return ro - up(1000 * ri * ro, 1000 * ri + 997 * a)

    return (a, ri, ro), rule


@model("swap")
def swap_amount_in(rng):
    out, ri, ro, any_size = rng.bits(112), rng.bits(112), rng.bits(112), rng.between(0, 3) == 0
    out = out if any_size else out % (ro + 1)

    def rule():
        need(out > 0 and ri > 0 and out < ro)
        return 1000 * ri * out // (997 * (ro - out)) + 1

    return (out, ri, ro), rule


@model("swap")
def swap_check(rng):
    r0, r1 = 1 + rng.bits(60), 1 + rng.bits(60)
    a, out = rng.bits(50), rng.bits(50) % r1

    def rule():
        # the honest output, moved by up to a unit either way, is judged
        b0, b1 = r0 + a, r1 - out
        need(a > 0)
        need((1000 * b0 - 3 * a) * 1000 * b1 >= r0 * r1 * 10**6)
        return a

    return (r0, r1, a, out), rule


@model("liquidity")
def liquidity_shares(rng):
    a0, a1, r0, r1, s = rng.bits(112), rng.bits(112), rng.bits(112), rng.bits(112), rng.bits(112)

    def rule():
        if s == 0:
            shares = isqrt(a0 * a1) - 1000
        else:
            need(r0 > 0 and r1 > 0)
            shares = min(a0 * s // r0, a1 * s // r1)
        need(shares > 0)
        return shares

    return (a0, a1, r0, r1, s), rule


@model("liquidity")
def liquidity_fee(rng):
    r0, r1, kl, s = rng.bits(112), rng.bits(112), rng.bits(224), rng.bits(112)

    def rule():
        if kl == 0:
            return 0
        new, old = isqrt(r0 * r1), isqrt(kl)
        return s * (new - old) // (5 * new + old) if new > old else 0

    return (r0, r1, kl, s), rule


@model("transfer_fee")
def transfer_fee(rng):
    v, f, b = rng.bits(256), rng.between(0, 100), rng.between(0, 10_000)

    def rule():
        fee = up(v * f, 10_000)
        burned = fee * b // 10_000
        return v - fee, burned, fee - burned

    return (v, f, b), rule


@model("cap")
def cap_mint(rng):
    # three in four within the cap or one above it
    limit, minted, supply, amount = rng.bits(255), rng.bits(256), rng.bits(256), rng.bits(256)
    if rng.between(0, 3):
        minted %= limit + 1
        supply >>= 1
        amount %= limit - minted + 2

    def rule():
        fit(max(minted, supply) + amount)
        need(minted + amount <= limit)
        return minted + amount

    return (limit, minted, supply, amount), rule


@model("rate_bucket")
def rate_bucket(rng):
    """A state machine: twenty draws at random times, kept as an exact fraction."""
    from fractions import Fraction

    capacity, refill, period = rng.between(0, 10**24), rng.between(0, 10**24), rng.between(1, 100_000)
    steps = [(rng.between(0, 30_000), rng.between(0, 10**24) >> rng.between(0, 40)) for _ in range(20)]

    def rule():
        level, out = Fraction(capacity), []
        for gap, ask in steps:
            level = min(Fraction(capacity), level + Fraction(refill * gap, period))
            available = level.numerator // level.denominator
            if ask <= available:
                level -= ask
                out.append(1)
            else:
                out.append(0)
            out.append(available)
        return tuple(out)

    return (capacity, refill, period), rule


@model("buyback")
def buyback_min_out(rng):
    lot, want, price = rng.bits(128), rng.between(0, 10**18), rng.bits(120)
    da, dt = rng.between(0, 36), rng.between(0, 36)

    def rule():
        need(price > 0)
        fit(price * 10**da)
        # lot/10^da assets, times want, over price: tokens, times 10^dt, up
        return up(lot * want * RAY * 10**dt, price * WAD * 10**da)

    return (lot, want, price, da, dt), rule


@model("reserve")
def reserve_spendable(rng):
    t, sigma, liabilities, floor = rng.bits(256), rng.bits(70), rng.bits(200), rng.bits(200)
    base, slope, top = rng.between(0, 5000), rng.between(0, 50_000), rng.between(5000, 10_000)

    def rule():
        buffer = min(top, base + up(slope * sigma, WAD))
        return buffer, max(0, t - up(t * buffer, 10_000) - liabilities - floor)

    return (t, sigma, liabilities, floor, base, slope, top), rule


@model("swap_and_add")
def swap_and_add(rng):
    lot, r = rng.bits(110), rng.bits(110)

    def rule():
        inner = r * (lot * 3988000 + r * 3988009)
        return min(lot, (isqrt(inner) - 1997 * r) // 1994)

    return (lot, r), rule


@model("emission")
def emission_halving(rng):
    subsidy, per, blocks = rng.bits(64), rng.between(1, 40), rng.between(0, 3000)

    def rule():
        return sum(subsidy >> (h // per) for h in range(blocks) if h // per < 64)

    return (subsidy, per, blocks), rule


@model("emission")
def emission_geometric(rng):
    rate, divisor, epoch, epochs = rng.bits(100), WAD + rng.bits(59), rng.between(1, 50), rng.between(1, 60)
    t = rng.between(0, 3000)

    def rule():
        total, r = 0, rate
        for k in range(epochs):
            total += r * max(0, min(epoch, t - k * epoch))
            r = r * WAD // divisor
        return total

    return (rate, divisor, epoch, epochs, t), rule


@model("emission")
def emission_weekly(rng):
    first, growth, n = rng.between(10**20, 10**27), rng.between(10_000, 11_000), rng.between(0, 30)
    decay, tail_below, tail, supply = rng.between(9_000, 9_990), rng.between(10**18, 10**26), rng.between(0, 200), rng.bits(100)
    epoch = rng.between(1, 1000)
    t = rng.between(0, 120) * epoch

    def rule():
        lump, issued, passed = first, 0, 0
        while passed < t // epoch and lump >= tail_below:
            issued += lump
            passed += 1
            lump = lump * (growth if passed <= n else decay) // 10_000
        rest = t // epoch - passed
        total = supply + issued
        return issued + total * rpow(RAY + RAY * tail // 10_000, rest, RAY) // RAY - total

    return (first, growth, n, decay, tail_below, tail, supply, epoch, t), rule


@model("emission")
def emission_exponential(rng):
    total, factor, step, t = rng.bits(200), rng.between(0, 10**18), rng.between(1, 10**6), rng.bits(64)

    def rule():
        return total * (WAD - rpow(factor, min(t // step, 525_600_000), WAD)) // WAD

    return (total, factor, step, t), rule


@model("emission")
def emission_linear(rng):
    total, duration, t = rng.bits(256), rng.bits(64), rng.bits(64)

    def rule():
        return total if t >= duration else total * t // duration

    return (total, duration, t), rule


@model("emission")
def emission_piecewise(rng):
    n = rng.between(1, 8)
    pieces = [(rng.bits(200), 1 + rng.bits(40)) for _ in range(n)]
    t = rng.bits(45)

    def rule():
        total, start = 0, 0
        for amount, duration in pieces:
            total += amount * max(0, min(duration, t - start)) // duration
            start += duration
        return total

    return (n, t), rule


@model("emission")
def emission_tail(rng):
    a, d, tail, p, t = rng.bits(200), rng.bits(64), rng.bits(180), 1 + rng.bits(40), rng.bits(64)

    def rule():
        if t < d:
            return a * t // d
        return a + tail * (t - d) // p

    return (a, d, tail, p, t), rule
