"""Difficulty, stake, elasticity, curve, controllers, burns, waterfall, walls, triggers, penalties, NAV (systems.md 2.1-2.4, 2.14, 2.20, 2.21,
2.26-2.32, 2.34, 2.35)."""
from common import *
from fractions import Fraction as F


def from_compact(bits):
    size, mantissa = bits >> 24, bits & 0x7FFFFF
    need(not (bits & 0x800000 and mantissa))
    value = mantissa * 256**size // 256**3
    return fit(value)


def to_compact(target):
    size = (target.bit_length() + 7) // 8
    mantissa = target * 256**3 // 256**size
    if mantissa >= 0x800000:
        mantissa //= 256
        size += 1
    return size << 24 | mantissa


@model("difficulty")
def bitcoin_retarget(rng):
    # real exponents, all mantissas, times up to eight windows apart and sometimes backwards
    bits = rng.between(0x1B, 0x1D) << 24 | rng.between(0, 0x7FFFFF)
    first, gap = rng.between(10**9, 2 * 10**9), rng.between(0, 10_000_000)
    back = rng.between(0, 9) == 0

    def rule():
        target = from_compact(bits)
        need(0 < target <= 2**224 - 1)
        t = 1_209_600
        actual = max(t // 4, min(4 * t, -gap if back else gap))
        return to_compact(max(1, min(2**224 - 1, target * actual // t)))

    return (bits, first, gap, back), rule


@model("difficulty")
def compact_round_trip(rng):
    # sizes to just beyond 32 bytes, one mantissa in nine with the sign's bit; now and then anything
    bits = rng.between(0, 0x23) << 24 | rng.between(0, 0x8FFFFF)
    bits = bits if rng.between(0, 19) else rng.between(0, 2**32 - 1)
    return (bits,), lambda: (to_compact(from_compact(bits)),)


@model("difficulty")
def work(rng):
    target = rng.bits(256)

    def rule():
        need(target > 0)
        return 2**256 // (target + 1)

    return (target,), rule


@model("stake_issuance")
def stake_issuance(rng):
    gwei, weight, done = rng.bits(80), rng.between(1, 64), rng.bits(60)

    def rule():
        r = 64 * 10**9 // isqrt(gwei)
        ether = gwei // 10**9
        return r, r * ether, r * ether * weight * min(done, ether) // (ether * 64)

    return (gwei, weight, done), rule


@model("elasticity")
def premium_emission(rng):
    price, backing, least, base, supply = rng.bits(90), rng.bits(90), rng.bits(62), rng.bits(30), rng.bits(120)

    def rule():
        premium = max(0, price * WAD // backing - WAD)
        if premium < least:
            return premium, 0, 0
        rate = base * (WAD + premium) // (WAD + least)
        return premium, rate, supply * rate // 10**9

    return (price, backing, least, base, supply), rule


@model("elasticity")
def bonded_inflation(rng):
    i, bonded, secs = rng.between(0, 3 * 10**17), rng.between(0, 10**18), rng.between(0, 40_000_000)

    def rule():
        a_year = (1 - F(bonded, 67 * 10**16)) * 13 * 10**16
        towards_zero = int(a_year)
        change = int(F(towards_zero * secs, 31_536_000))
        return towards_zero, min(20 * 10**16, max(7 * 10**16, i + change))

    return (i, bonded, secs), rule


@model("elasticity")
def revenue_emission(rng):
    r, p, kappa, most, budget = rng.bits(200), rng.bits(100), rng.between(0, 10**18), rng.bits(200), rng.bits(200)

    def rule():
        need(kappa < WAD)
        return min(r * kappa // p, most, budget)

    return (r, p, kappa, most, budget), rule


@model("bonding_curve")
def bonding_curve(rng):
    """Fifteen purchases and sales, judged by x·y = k on fractions."""
    x, y = rng.between(10**9, 10**12), rng.between(10**12, 10**16)
    sellable = y * rng.between(1, 9) // 10
    steps = [(rng.between(0, 2), rng.between(1, 10**10), rng.between(1, 100)) for _ in range(15)]

    def rule():
        cx, cy, left, held, out = x, y, sellable, 0, []
        for kind, amount, percent in steps:
            if kind:
                tokens = min(left, floor(cy - F(cx * cy, cx + amount)))
                if tokens == 0:
                    continue
                cost = min(amount, ceil(F(cx * cy, cy - tokens) - cx))
                cx, cy, left, held = cx + cost, cy - tokens, left - tokens, held + tokens
                out += [tokens, cost]
            else:
                tokens = held * percent // 100
                if tokens == 0:
                    continue
                paid = min(cx - x, floor(cx - F(cx * cy, cy + tokens)))
                cx, cy, left, held = cx - paid, cy + tokens, left + tokens, held - tokens
                out.append(paid)
        return tuple(out + [cx, cy, left])

    return (x, y, sellable), rule


@model("base_fee")
def base_fee(rng):
    fee, limit, d, e = rng.bits(200), rng.between(0, 10**9), rng.between(1, 16), rng.between(1, 4)
    used = rng.between(0, limit)

    def rule():
        target = limit // e
        need(target > 0)
        if used == target:
            return fee
        step = fee * abs(used - target) // target // d
        return fee + max(1, step) if used > target else fee - min(step, fee)

    return (fee, limit, d, e, used), rule


@model("auto_burn")
def quarterly_burn(rng):
    blocks, price = rng.bits(40), rng.bits(120)
    return (blocks, price), lambda: floor(F(blocks * 1000) / (F(price, WAD) + 1000) * WAD)


@model("loyalty")
def loyalty_split(rng):
    low, width = rng.between(0, 5000), rng.between(0, 5000)
    ve, supply, revenue = rng.bits(120), rng.bits(120), rng.bits(256)

    def rule():
        loyalty = min(F(1), F(ve, supply)) if supply else F(0)
        share = low + floor(width * loyalty)
        return share, revenue * share // 10_000, revenue - revenue * share // 10_000

    return (low, width, ve, supply, revenue), rule


@model("waterfall")
def waterfall(rng):
    revenue, due, gap = rng.bits(130), rng.bits(120), rng.bits(120)
    f, b, k = rng.between(0, 10_000), rng.between(0, 10_000), rng.bits(110)

    def rule():
        nrr = revenue * WAD // (revenue + k)
        left, parts = revenue, []
        for want in (lambda l: due, lambda l: gap, lambda l: floor(F(l * f * nrr, 10_000 * WAD)), lambda l: floor(F(l * b * nrr, 10_000 * WAD))):
            part = min(left, want(left))
            parts.append(part)
            left -= part
        return tuple(parts + [left])

    return (revenue, due, gap, f, b, k), rule


@model("token_jar")
def falling_threshold(rng):
    a, b, fall, t = rng.bits(256), rng.bits(256), 1 + rng.bits(40), rng.bits(41)
    top, low = max(a, b), min(a, b)
    return (top, low, fall, t), lambda: ceil(low + (top - low) * max(F(0), 1 - F(t, fall)))


@model("range_walls")
def range_swaps(rng):
    target, reserves, amount = rng.bits(90), rng.bits(120), rng.bits(110)
    lw, hw = rng.between(0, 9_999), rng.between(0, 10_000)
    dr, dt = rng.between(0, 24), rng.between(0, 24)

    def rule():
        need(target > 0)
        low, high = target * (10_000 - lw) // 10_000, target * (10_000 + hw) // 10_000
        capacity = reserves // 10
        tokens = floor(F(capacity, 10**dr) * F(WAD, high) * 10**dt)
        bought = floor(F(amount, 10**dt) * F(low, WAD) * 10**dr)
        sold = floor(F(amount, 10**dr) * F(WAD, high) * 10**dt)
        return low, high, tokens * (10_000 + lw + hw) // 10_000, bought, sold

    return (target, reserves, amount, lw, hw, dr, dt), rule


@model("counter_cycle")
def counter_cycle(rng):
    price, average, fast, slow, base = rng.bits(100), rng.bits(100), rng.bits(62), rng.bits(62), rng.bits(150)
    a, most, b = rng.bits(64), WAD + rng.bits(61), rng.bits(64)

    def rule():
        need(average > 0 and slow > 0)
        d = max(0, average - price) * WAD // average
        z_up = max(0, up(fast * WAD, slow) - WAD)
        lot = base * min(WAD + a * d // WAD, most) // WAD if d else 0
        return lot, base * WAD // (WAD + up(b * z_up, WAD))

    return (price, average, fast, slow, base, a, most, b), rule


@model("counter_cycle")
def regimes(rng):
    """Twenty-five readings through the state machine."""
    enter, halt = rng.between(1, 10), rng.between(1, 10)
    leave, resume, dwell = rng.between(0, enter), rng.between(0, halt), rng.between(0, 50)
    steps = [(rng.between(0, 12), rng.between(0, 12), rng.between(0, 30), rng.between(0, 9)) for _ in range(25)]

    def rule():
        regime, since, now, out = 0, 0, 0, []
        for stress, sigma, gap, dead in steps:
            now += gap
            if dead:
                out.append(regime)
                if sigma > halt or (regime == 2 and sigma >= resume):
                    wanted = 2
                elif stress >= enter or (regime >= 1 and stress >= leave):
                    wanted = 1
                else:
                    wanted = 0
                if wanted > regime or (wanted < regime and now - since >= dwell):
                    regime, since = wanted, now
        return tuple(out + [regime, since])

    return (enter, halt, leave, resume, dwell), rule


@model("random_trigger")
def hazard(rng):
    # half of the words right at the threshold, where an error would hide
    p = rng.between(0, 10**18)
    near = rng.between(0, 1)
    word = (p * 2**256 // WAD + rng.between(0, 4) - 2) % 2**256 if near else rng.bits(256)
    return (word, p), lambda: (1 if word < p * 2**256 // WAD else 0,)


@model("random_trigger")
def uniform(rng):
    n = rng.bits(256)
    word = MAX - rng.bits(256) if rng.between(0, 1) else rng.bits(256)

    def rule():
        need(n > 0)
        need(word < 2**256 // n * n)
        return word % n

    return (word, n), rule


@model("exit_penalty")
def exit_penalty(rng):
    value, z, age = rng.bits(256), rng.bits(62), rng.between(0, 1200)
    base, slope, top, fade = rng.between(0, 1000), rng.bits(30), rng.between(1000, 9_999), rng.between(1, 1000)

    def rule():
        bps = min(top, base + up(slope * z, WAD))
        penalty = ceil(F(value * bps, 10_000) * max(F(0), 1 - F(age, fade)))
        return value - penalty, penalty

    return (value, z, age, base, slope, top, fade), rule


@model("nav")
def nav_shares(rng):
    paid, value, supply, premium = rng.bits(120), rng.bits(120), rng.bits(120), rng.between(0, 9_999)
    secs, rate = rng.between(0, 40_000_000), rng.bits(60)

    def rule():
        kept = up(paid * premium, 10_000)
        shares = paid - kept if supply == 0 else (paid - kept) * supply // (value + kept)
        part = F(rate * secs, WAD * 31_536_000)
        need(part < 1)
        return shares, floor(supply * part / (1 - part))

    return (paid, value, supply, premium, secs, rate), rule
