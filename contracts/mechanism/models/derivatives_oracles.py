"""Leverage, option vaults, hedges, feeds, volatility, votes (systems.md 2.37, 2.38, 2.40, 2.44, 2.45, 2.47)."""
from common import *
from fractions import Fraction as F
from statistics import median as middle


@model("leverage")
def reset_token(rng):
    nav, leverage, change = rng.bits(120), rng.signed(-(10**19), 10**19), rng.signed(-(10**18), 10**18)

    def rule():
        return floor(max(F(0), nav * (1 + F(leverage, WAD) * F(change, WAD))))

    return (nav, leverage, change), rule


@model("leverage")
def recentering(rng):
    current, amount = rng.between(WAD, 5 * WAD), rng.bits(120)

    def rule():
        moved = current * (95 * 10**16) // WAD + 2 * WAD * (5 * 10**16) // WAD
        ratio = max(17 * 10**17, min(23 * 10**17, moved))
        return ratio, abs(ratio - current) * amount // current

    return (current, amount), rule


@model("option_vault")
def option_vault(rng):
    balance, pending, supply, queued, d = rng.bits(120), rng.bits(119), rng.bits(120), rng.bits(119), rng.between(0, 18)
    amount = rng.bits(100)
    if rng.between(0, 7):
        pending, queued = pending % (balance + 1), queued % (supply + 1)

    def rule():
        need(pending <= balance and queued <= supply)
        pps = 10**d * (balance - pending) // (supply - queued) if supply > queued else 10**d
        need(pps > 1)
        return pps, amount * 10**d // pps, amount * pps // 10**d

    return (balance, pending, supply, queued, d, amount), rule


@model("option_vault")
def vault_fees(rng):
    before, after, p, m = rng.bits(100), rng.bits(100), rng.between(0, 10_000), rng.between(0, 10_000)

    def rule():
        gain = after - before
        if gain <= 0:
            return 0, 0
        performance = gain * p // 10_000
        return performance, min(floor(F(after * m, 520_000)), gain - performance)

    return (before, after, p, m), rule


@model("option_vault")
def hedging(rng):
    net, hedged, band, cap = rng.signed(-1000, 1000), rng.signed(-1000, 1000), rng.between(0, 500), rng.between(0, 1500)

    def rule():
        if abs(net + hedged) <= band:
            return (0,)
        need(abs(-net) <= cap)
        return (-(net + hedged),)

    return (net, hedged, band, cap), rule


@model("price_feed")
def median_feed(rng):
    now, delay, expiry, least = 10_000, rng.between(0, 500), rng.between(500, 3000), rng.between(0, 5)
    reports = [(rng.bits(100), rng.between(7_000, 10_100)) for _ in range(rng.between(0, 12))]

    def rule():
        good = [p for p, t in reports if p and t <= now and delay <= now - t <= expiry]
        need(good and len(good) >= least)
        return floor(middle([F(p) for p in good]))

    return (delay, expiry, least), rule


@model("price_feed")
def deviation(rng):
    mean, limit = rng.bits(256), rng.between(0, 10_000)
    price = max(0, min(MAX, mean + rng.signed(-2, 2) + (mean * limit // 10_000) * (1 if rng.between(0, 1) else -1)))

    def rule():
        need(mean > 0)
        need(abs(F(price, mean) - 1) <= F(limit, 10_000))
        return 1

    return (mean, price, limit), rule


@model("volatility")
def window(rng):
    returns = [rng.signed(-(10**9), 10**9) if rng.between(0, 4) else 0 for _ in range(rng.between(1, 40))]

    def rule():
        last = [F(r) for r in returns[-14:]]
        mean = sum(last) / len(last)
        variance = sum((r - mean) ** 2 for r in last) / len(last)
        return isqrt(floor(variance * len(last) ** 2)) // len(last), isqrt(floor(variance * len(last) ** 2) * 730) // len(last)

    return (len(returns),), rule


@model("volatility")
def ewma_and_garch(rng):
    v, r, weight = rng.bits(62), rng.signed(-(10**18), 10**18), rng.between(0, WAD)
    alpha, beta, omega, steps = rng.between(0, WAD), rng.between(0, WAD), rng.bits(45), rng.between(0, 100)
    beta = beta % (WAD - alpha + 1) if rng.between(0, 3) else beta

    def rule():
        need(alpha + beta < WAD)
        square = r * r // WAD
        ewma = v * weight // WAD + square * (WAD - weight) // WAD
        garch = omega + alpha * square // WAD + beta * v // WAD
        long = omega * WAD // (WAD - alpha - beta)
        decay = rpow(alpha + beta, steps, WAD)
        far = long + (v - long) * decay // WAD if v >= long else long - (long - v) * decay // WAD
        return ewma, garch, long, far

    return (v, r, weight, alpha, beta, omega, steps), rule


@model("votes")
def past_votes(rng):
    points, now = [], 0
    for _ in range(rng.between(0, 40)):
        now += rng.between(1, 50)
        points.append((now, rng.bits(100)))
    ts = rng.between(0, 2100)

    def rule():
        found = 0
        for t, value in points:
            if t <= ts:
                found = value
        return found

    return (len(points), ts), rule
