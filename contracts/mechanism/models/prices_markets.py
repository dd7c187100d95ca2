"""Accumulators, feeds, samples, moving weights, continuous clearing, walls, rounds, gates, random delays and the arithmetic underneath
(systems.md 2.4, 2.13, 2.21, 2.26, 2.28, 2.30, 2.43-2.45)."""
from common import *
from fractions import Fraction as F


# ------------------------------------------------------------------------------------------------------- arithmetic


@model("math::mul_div math::fixed")
def mul_div_roundings(rng):
    """The exact fraction, rounded four ways; half of the quotients fit."""
    a, b, d = rng.bits(256), rng.bits(256), rng.bits(256)
    if rng.between(0, 3):
        a >>= 256 - d.bit_length()

    def rule():
        need(d > 0)
        exact = F(a * b, d)
        return fit(floor(exact)), fit(ceil(exact)), fit(floor(exact + F(1, 2))), a * b % d

    return (a, b, d), rule


@model("math::fixed")
def wads_and_rays(rng):
    a, b = rng.bits(200), 1 + rng.bits(160)

    def rule():
        out = []
        for unit in (WAD, RAY):
            for exact in (F(a * b, unit), F(a * unit, b)):
                out += [fit(floor(exact)), fit(ceil(exact))]
        return tuple(out)

    return (a, b), rule


@model("math::sqrt")
def roots(rng):
    """By bisection."""
    x = rng.bits(256)
    if rng.between(0, 1):
        x = min(MAX, max(0, (x >> 128) ** 2 + rng.signed(-1, 1)))

    def rule():
        low, high = 0, 2**128
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if middle * middle <= x else (low, middle)
        return low, low + (low * low < x)

    return (x,), rule


@model("math::rpow")
def powers(rng):
    base = (WAD, RAY, 10 ** rng.between(0, 30))[rng.between(0, 2)]
    x, n = base + rng.signed(-(base // 1000), base // 1000), rng.bits(20)
    return (x, n, base), lambda: rpow(x, n, base)


# ------------------------------------------------------------------------------------------------------- prices


@model("pair_price")
def pair_accumulators(rng):
    """Eight stretches of time at their reserves, the sum wrapping, then the mean and its price for whole tokens."""
    start, own_decimals, other_decimals = rng.bits(256), rng.between(0, 36), rng.between(0, 37)
    steps = [(rng.bits(112), rng.bits(112), rng.bits(30)) for _ in range(8)]

    def rule():
        total = sum((other * 2**112 // own if own and other else 0) * secs for own, other, secs in steps)
        secs = sum(s for _, _, s in steps)
        need(secs > 0)
        mean = total % 2**256 // secs
        need(other_decimals <= 36)
        return (start + total) % 2**256, mean, fit(floor(F(mean, 2**112) * F(10**own_decimals, 10**other_decimals) * RAY))

    return (start, own_decimals, other_decimals), rule


@model("twap")
def window_starts(rng):
    """By looking at every observation; and the deviation as a fraction."""
    now, times = 0, []
    for _ in range(rng.between(0, 20)):
        now += rng.between(0, 30)
        times.append(now)
    first, limit = rng.between(0, len(times)), rng.between(0, 400)
    mean, off, bps = rng.bits(200), rng.between(0, 20_000), rng.between(0, 10_000)
    recent = mean * off // 10_000

    def rule():
        found = [i for i in range(first, len(times)) if times[i] <= limit]
        far = mean == 0 or abs(F(recent, mean) - 1) > F(bps, 10_000)
        return (max(found) + 1 if found else 0), int(far)

    return (len(times), first, limit, mean, recent, bps), rule


@model("price_feed")
def readings(rng):
    price, updated, now, heartbeat = rng.bits(100), rng.between(0, 1000), rng.between(0, 2000), rng.between(0, 1000)
    up_since, grace = rng.between(0, 2000), rng.between(0, 500)
    last, new, limit = rng.bits(255), rng.bits(255), rng.between(0, 10_000)
    base, spike, spiked, window = rng.bits(150), rng.bits(150), rng.between(0, 3000), rng.between(0, 3000)
    if rng.between(0, 3):
        new = min(MAX, last * rng.between(5_000, 15_000) // 10_000)

    def rule():
        need(window > 0)
        fresh = price > 0 and 0 <= now - updated <= heartbeat
        inside = min(spiked, window)
        most = last * limit // 10_000
        return int(fresh), int(now - up_since > grace), max(last - most, min(last + most, new)), (base * (window - inside) + spike * inside) // window

    return (price, updated, now, heartbeat, up_since, grace, last, new, limit, base, spike, spiked, window), rule


@model("price_feed")
def delayed_feed(rng):
    """Fifteen pokes and an occasional stop: a value is shown once the next one has come, at most one an hour."""
    delay = rng.between(1, 5000)
    steps = [(rng.between(0, 14), rng.between(0, 6000), rng.bits(100)) for _ in range(15)]

    def rule():
        shown = waiting = hour = now = 0
        out = []
        for kind, gap, value in steps:
            now += gap
            if kind == 0:
                shown, waiting, hour = 0, 0, now
            elif now >= hour + delay:
                shown, waiting, hour = waiting, value, now // delay * delay
            out.append(shown)
        return tuple(out + [waiting, hour])

    return (delay,), rule


@model("volatility")
def sample_times(rng):
    """Twelve calls: each period's time once, from shortly before it to shortly after."""
    period, commit = rng.between(0, 1000), rng.between(0, 300)
    gaps = [rng.between(0, 900) for _ in range(12)]

    def rule():
        need(period > 0)
        now, last, out = 0, 0, []
        for gap in gaps:
            now += gap
            near = [m for m in (now // period * period, now // period * period + period) if abs(now - m) <= commit]
            if near and near[0] > last:
                last = near[0]
            out.append(last)
        return tuple(out)

    return (period, commit), rule


@model("volatility")
def forecasts(rng):
    silent, forecast, last, measured, step = rng.between(0, 4), rng.bits(80), rng.bits(80), rng.bits(80), rng.bits(61)
    variance, secs = rng.bits(150), rng.bits(40)

    def rule():
        need(secs > 0)
        if silent == 0:
            believed = measured
        else:
            most = last * step // WAD
            believed = max(measured // 2, min(2 * measured, max(last - most, min(last + most, forecast))))
        return believed, isqrt(fit(variance * 31_536_000 // secs * WAD))

    return (silent, forecast, last, measured, step, variance, secs), rule


# ------------------------------------------------------------------------------------------------------- markets


@model("swap liquidity")
def quotes(rng):
    amount, own, other = rng.bits(112), 1 + rng.bits(111), 1 + rng.bits(111)
    shares, supply = rng.bits(110), 1 + rng.bits(110)
    shares %= supply + 1

    def rule():
        need(amount > 0)
        out = F(other * 997 * amount, own * 1000 + 997 * amount)
        received = floor(F(floor(out) * own * WAD, amount * other))
        pay = floor(F(shares * own, supply)), floor(F(shares * other, supply))
        paid = pay if min(pay) > 0 else (0, 0)
        return floor(F(amount * other, own)), WAD - received, floor(F(other * WAD, own)), *paid

    return (amount, own, other, shares, supply), rule


@model("weighted_pool")
def moving_weights(rng):
    start, end, duration, t = rng.bits(60), rng.bits(60), rng.between(0, 10**6), rng.between(0, 10**6)
    amount, fee = rng.bits(190), rng.between(10**12 - 10**10, 10**17 + 10**15)

    def rule():
        need(duration > 0 and 10**12 <= fee <= 10**17)
        moved = abs(end - start) * (min(t, duration) * WAD // duration) // WAD
        return start - moved if start > end else start + moved, amount - ceil(F(amount * fee, WAD))

    return (start, end, duration, t, amount, fee), rule


@model("continuous_auction")
def continuous_settlement(rng):
    """Ten steps of a release at their prices; a bid that came in the middle is settled by what was released since, another at the price in part."""
    steps = [(rng.between(0, 1_200_000), 1 + rng.bits(80)) for _ in range(10)]
    enter, amount = rng.between(0, 9), rng.bits(100)
    above, at, supply, mine = rng.bits(90), 1 + rng.bits(90), rng.bits(90), rng.bits(88)

    def rule():
        whole, released, share = 10**7, 0, 0
        for i, (parts, price) in enumerate(steps):
            if i == enter:
                need(released < whole)
                rate, then, before = amount * whole // (whole - released), released, share
            if released + parts <= whole:
                released += parts
                share += parts * 10**36 // price
        spent = ceil(F(rate * (released - then), whole))
        tokens = floor(F(rate * (share - before), whole * WAD))
        last = steps[-1][1]
        left = min(at, max(0, supply * last // WAD - above))
        part = left * mine // at
        return rate, spent, fit(tokens), ceil(F(part * released, whole)), floor(F(part * released * WAD, last * whole))

    return (enter, amount, above, at, supply, mine), rule


@model("range_walls")
def wall_regeneration(rng):
    """Forty observations and payments: a wall goes down below its threshold and comes back when the last 21 mostly favour it."""
    capacity, threshold, needed, wait = rng.bits(80), rng.between(0, 10_000), rng.between(1, 21), rng.between(0, 400)
    steps = [(rng.between(0, 3), rng.between(0, 40), rng.bits(80)) for _ in range(40)]

    def rule():
        left, up_, seen, now, since, out = capacity, True, [], 0, 0, []
        low = capacity * threshold // 10_000
        for favour, gap, ask in steps:
            now += gap
            seen = (seen + [favour > 0])[-21:]
            if seen[-1] and sum(seen) >= needed and now - since >= wait:
                left, up_, since = capacity, True, now
            if up_ and ask <= left:
                left -= ask
                up_ = left >= low
            out.append(left)
        return tuple(out + [int(up_)])

    return (capacity, threshold, needed, wait), rule


@model("range_walls")
def yields_and_ramps(rng):
    left, day, most, t, ramp, last, asked = rng.bits(200), rng.between(0, 8), rng.bits(200), rng.bits(40), rng.bits(40), rng.bits(200), rng.bits(200)

    def rule():
        need(day < 7 and ramp > 0)
        return left // (7 - day), most * min(t, ramp) // ramp, min(asked, last + last // 10)

    return (left, day, most, t, ramp, last, asked), rule


@model("elasticity")
def livepeer_rounds(rng):
    """Twenty rounds of a supply that steps towards half bonded; then the backing that follows reserves and supply."""
    supply, inflation, step = rng.bits(100), rng.between(0, 10**6), rng.between(0, 10**5)
    shares = [rng.between(480, 520) for _ in range(20)]
    backing, before, after = rng.bits(80), 1 + rng.bits(90), rng.bits(90)

    def rule():
        total, rate = supply, inflation
        for share in shares:
            rate = rate + step if share < 500 else max(0, rate - step) if share > 500 else rate
            total += total * rate // 10**9
        growth, more = after * WAD // before, total * WAD // supply
        need(more > 0)
        return total, rate, backing * growth // more

    return (supply, inflation, step, backing, before, after), rule


@model("buyback")
def buyback_gates(rng):
    now, last, hop = rng.between(0, 5000), rng.between(0, 4000), rng.between(0, 2000)
    last = last if rng.between(0, 5) else 0
    hop = hop if rng.between(0, 9) else 2**64 - 1
    surplus, debt, lot, hump = rng.bits(100), rng.bits(99), rng.bits(98), rng.signed(-(2**100), 2**99)
    pip, par, total, burn = rng.bits(150), 1 + rng.bits(100), rng.bits(200), rng.between(0, WAD)

    def rule():
        allowed = hop != 2**64 - 1 and (last == 0 or now - last >= hop)
        kept = total * burn // WAD
        return int(allowed), int(surplus >= debt + lot + hump), fit(pip * RAY // par), kept, total - kept

    return (now, last, hop, surplus, debt, lot, hump, pip, par, total, burn), rule


@model("random_trigger")
def delays_and_lots(rng):
    word, low, width, lot, jitter = MAX - rng.bits(256), rng.between(0, 10**6), rng.bits(63), rng.bits(240), rng.between(0, 10_050)

    def rule():
        need(jitter < 10_000)

        def draw(n):
            need(word < 2**256 // n * n)
            return word % n

        return low + draw(width + 1), lot * (10_000 - jitter + draw(2 * jitter + 1)) // 10_000

    return (word, low, width, lot, jitter), rule


@model("auto_burn")
def fee_shares(rng):
    fee, system, burn = rng.bits(256), rng.between(0, 6_000), rng.between(0, 6_000)
    wanted, supply, least, secs = rng.bits(100), rng.bits(100), rng.bits(99), rng.bits(40)

    def rule():
        need(system + burn <= 10_000)
        a, b = fee * system // 10_000, fee * burn // 10_000
        return a, b, fee - a - b, min(wanted, max(0, supply - least)), secs // 3

    return (fee, system, burn, wanted, supply, least, secs), rule


# ------------------------------------------------------------------------------------------------------- volatility fees, breakers, auctions of hedges


@model("volatility_fee")
def sigmoid_fees(rng):
    """Two logistics whose exponent is built from whole widths and one half width, both in whole steps."""
    from mpmath import exp, floor as whole, mpf

    base, volatility = rng.between(0, 40_000), rng.bits(24)
    rises = [(rng.between(0, 20_000), rng.between(0, 100_000), rng.between(1, 10_000)) for _ in range(2)]

    def rule():
        need(base + rises[0][0] + rises[1][0] < 2**16)
        fee, x = base, volatility // 15
        for rise, middle, width in rises:
            gap = abs(x - middle)
            if gap // width >= 6:
                fee += rise if x > middle else 0
                continue
            rest, half = gap % width, width // 2
            exponent = mpf(gap // width) + (mpf(1) / 2 + mpf(rest - half) / width if rest >= half else mpf(rest) / width)
            power = exp(exponent)
            fee += int(whole(rise * power / (1 + power))) if x > middle else int(whole(rise / (1 + power)))
        return fee

    return (base, volatility), rule


@model("volatility_fee")
def bin_fees(rng):
    """Fifteen swaps that cross bins, each at its time."""
    factor, step, control = rng.between(0, 20_000), rng.between(1, 200), rng.between(0, 100_000)
    filter_, decay, keep, most = rng.between(1, 100), rng.between(50, 1000), rng.between(0, 10_000), rng.between(0, 2**20)
    swaps = [(rng.between(0, 300), rng.between(0, 40)) for _ in range(15)]

    def rule():
        need(filter_ < decay)
        accumulator = reference = home = now = last = here = 0
        out = []
        for gap, to in swaps:
            now += gap
            age, last = now - last, now
            if age >= filter_:
                reference = accumulator * keep // 10_000 if age < decay else 0
                home = here
            here = to
            accumulator = min(most, reference + 10_000 * abs(here - home))
            out.append(min(10**17, factor * step * 10**10 + ceil(F((accumulator * step) ** 2 * control, 100))))
        return tuple(out)

    return (factor, step, control, filter_, decay, keep, most), rule


@model("exit_penalty")
def breakers(rng):
    """Ten readings; the exit is shut for the longest of what has tripped."""
    steps = [(rng.between(0, 100_000), rng.between(0, 2 * 10**17), rng.between(0, 5 * 10**17), rng.bits(60), rng.bits(66)) for _ in range(10)]
    fees, age, offset = rng.bits(200), rng.between(0, 1000), rng.between(0, 1000)

    def rule():
        need(offset > 0)
        now = until = 0
        out = []
        for gap, volatility, skew, free, value in steps:
            now += gap
            if volatility > 10**17 or skew > 35 * 10**16:
                until = max(until, now + 12 * 3600)
            if 100 * free < value:
                until = max(until, now + 72 * 3600)
            out.append(until)
        return tuple(out + [fees * max(0, offset - age) // offset])

    return (fees, age, offset), rule


@model("option_vault")
def expiries_and_auctions(rng):
    from datetime import datetime, timedelta, timezone

    now = rng.bits(33)
    price, first, last, t, length = rng.bits(100), rng.bits(61), rng.bits(61), rng.between(0, 2000), rng.between(0, 2000)

    def rule():
        need(length > 0)
        # by the calendar
        at = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=now)
        expiry = at.replace(hour=8, minute=0, second=0)
        while expiry <= at or expiry.weekday() != 4:
            expiry = (expiry + timedelta(days=1)).replace(hour=8, minute=0, second=0)
        moved = abs(last - first) * min(t, length) // length
        return int(expiry.timestamp()), price * (first - moved if last < first else first + moved) // WAD

    return (now, price, first, last, t, length), rule
