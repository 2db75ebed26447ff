"""Writes distributions.csv: tails and quantiles of the distributions in src/numeric/dist, to 50 digits.

Run with Python 3.11, mpmath 1.4 and scipy: `python distributions.py [normal t chi2 gamma beta f]`. With names it writes to
/tmp/distributions_NAMES.csv. About ten minutes; nothing in it is random.

Method. Tails come from the definition: for small parameters mpmath's hypergeometric series, for large ones tanh-sinh
quadrature of the density on the scale of the tail, with 50 digits. Quantiles are roots of the logarithm of the tail; scipy
only says where to look.

Columns: `distribution`, parameters `a` and `b` (empty if unused), `function` (cdf, sf, quantile, upper_quantile, ln_sf),
`x` (argument) and `value`. Arguments are exact doubles in shortest form; values have 25 digits.
"""
import csv
import math
import os
import sys

from mpmath import mp, mpf
from scipy import stats

mp.dps = 50


def quad_tail(ln_density, edge, direction, end, slope, curvature):
    """Integral of exp(ln_density) from edge towards end (direction +1 or -1).

    slope and curvature of ln_density at the edge give the scale of the first interval; the next ones double.
    """
    base = ln_density(edge)
    scale = 1 / (max(-direction * slope, 0) + mp.sqrt(abs(curvature)))
    total, start, k = mpf(0), mpf(0), mpf(1) / 2
    while True:
        stop = k * scale
        if end is not None:
            stop = min(stop, abs(end - edge))
        width = stop - start
        # Always on [0, 1], because mpmath stores the nodes of every interval for good.
        total += width * mp.quad(lambda u: mp.exp(ln_density(edge + direction * (start + u * width)) - base), [0, 1])
        if stop == (abs(end - edge) if end is not None else None):
            break
        if ln_density(edge + direction * stop) - base < -100:
            break
        start, k = stop, 2 * k
    return mp.exp(base) * total


def gamma_tails(a, x):
    a, x = mpf(a), mpf(x)
    if a < 300:
        lower = mp.exp(a * mp.log(x) - x - mp.loggamma(a + 1)) * mp.hyp1f1(1, a + 1, x)
        if lower < mpf("0.9"):
            return lower, 1 - lower
        upper = mp.gammainc(a, x, mp.inf) / mp.gamma(a)
        return 1 - upper, upper
    constant = -mp.loggamma(a)
    density = lambda t: (a - 1) * mp.log(t) - t + constant
    shape = ((a - 1) / x - 1, (a - 1) / x**2)
    if x < a:
        lower = quad_tail(density, x, -1, mpf(0), *shape)
        return lower, 1 - lower
    upper = quad_tail(density, x, 1, None, *shape)
    return 1 - upper, upper


def beta_lower_series(a, b, x, y):
    front = mp.exp(a * mp.log(x) + b * mp.log(y) + mp.loggamma(a + b) - mp.loggamma(a + 1) - mp.loggamma(b))
    return front * mp.hyp2f1(a + b, 1, a + 1, x)


def beta_tails(a, b, x, y=None):
    a, b, x = mpf(a), mpf(b), mpf(x)
    y = 1 - x if y is None else y
    constant = mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)
    density = lambda t: (a - 1) * mp.log(t) + (b - 1) * mp.log1p(-t) + constant
    shape = ((a - 1) / x - (b - 1) / y, (a - 1) / x**2 + (b - 1) / y**2)
    if min(a, b) < 30:
        large = max(a, b) > 1e4
        if x < a / (a + b):
            lower = quad_tail(density, x, -1, mpf(0), *shape) if large and a > b else beta_lower_series(a, b, x, y)
            return lower, 1 - lower
        if large and b > a:
            upper = quad_tail(density, x, 1, mpf(1), *shape)
            return 1 - upper, upper
        upper = beta_lower_series(b, a, y, x)
        return 1 - upper, upper
    if x < a / (a + b):
        lower = quad_tail(density, x, -1, mpf(0), *shape)
        return lower, 1 - lower
    mirrored = lambda t: (b - 1) * mp.log(t) + (a - 1) * mp.log1p(-t) + constant
    upper = quad_tail(mirrored, y, -1, mpf(0), -shape[0], shape[1])
    return 1 - upper, upper


def f_tails(d1, d2, x):
    d1, d2, x = mpf(d1), mpf(d2), mpf(x)
    if d2 == mp.inf:
        return gamma_tails(d1 / 2, d1 * x / 2)
    odds = d1 * x / d2
    return beta_tails(d1 / 2, d2 / 2, odds / (1 + odds), 1 / (1 + odds))


def normal_tails(x):
    x = mpf(x)
    return mp.erfc(-x / mp.sqrt(2)) / 2, mp.erfc(x / mp.sqrt(2)) / 2


def t_tails(df, x):
    df, x = mpf(df), mpf(x)
    if df == mp.inf:
        return normal_tails(x)
    square = x * x
    two = beta_tails(mpf(1) / 2, df / 2, square / (df + square), df / (df + square))[1]
    return (1 - two / 2, two / 2) if x >= 0 else (two / 2, 1 - two / 2)


def solve(tails, p, side, low, high, log, guess=None):
    """Root of ln tail(x) = ln p between low and high; side 0 = lower. Searches on the log scale if `log`."""
    p = mpf(p)
    to, back = (mp.log, mp.exp) if log else ((lambda v: v), (lambda v: v))
    gap = lambda u: mp.log(tails(back(u))[side]) - mp.log(p)
    g0 = g1 = None
    if guess is not None and math.isfinite(guess) and guess > 1e-300:
        # scipy's answer brackets the root in most cases; where it does not, the wide bracket does.
        u0, u1 = to(mpf(guess) * (1 - mpf("1e-7"))), to(mpf(guess) * (1 + mpf("1e-7")))
        if mpf(low) <= back(u0) and back(u1) <= mpf(high):
            g0, g1 = gap(u0), gap(u1)
    if g0 is None or g0 * g1 > 0:
        u0, u1 = to(mpf(low)), to(mpf(high))
        g0, g1 = gap(u0), gap(u1)
        if g0 * g1 > 0:
            return None
    # The Illinois variant of regula falsi.
    for _ in range(300):
        u = (u0 * g1 - u1 * g0) / (g1 - g0)
        g = gap(u)
        if abs(g) < mpf(10) ** -24:
            return back(u)
        if g * g1 < 0:
            u0, g0 = u1, g1
            u1, g1 = u, g
        else:
            g0 = g0 * g1 / (g1 + g)
            u1, g1 = u, g
    return back(u)


PROBABILITIES = ["1e-300", "1e-200", "1e-100", "1e-50", "1e-20", "1e-12", "1e-8", "1e-5", "0.001", "0.025", "0.05", "0.1", "0.25",
                 "0.4", "0.5", "0.6", "0.8", "0.9", "0.975", "0.99", "0.9995"]


class Writer:
    def __init__(self, only):
        here = os.path.dirname(os.path.abspath(__file__))
        self.only = only
        name = "distributions.csv" if not only else f"/tmp/distributions_{'_'.join(only)}.csv"
        self.file = open(os.path.join(here, name), "w", newline="")
        self.csv = csv.writer(self.file, lineterminator="\n")
        self.csv.writerow("distribution a b function x value".split())

    def row(self, name, a, b, function, x, value):
        if value is None or value == mp.inf:
            return
        text = mp.nstr(value, 25, strip_zeros=True) if value != 0 else "0"
        x = repr(float(x)) if not isinstance(x, str) else x
        self.csv.writerow([name, a, b, function, x, text])
        self.file.flush()


def rows(writer, name, a, b, tails, support, log, probabilities=PROBABILITIES, rough=None):
    """Quantiles at the probabilities from both sides, and the tails at the doubles nearest to them."""
    for text in probabilities:
        for side, function in ((0, "quantile"), (1, "upper_quantile")):
            p = float(text)
            if p > 0.5 and p not in (0.6, 0.975, 0.9995):
                continue
            guess = None if rough is None else float((rough.ppf, rough.isf)[side](p))
            x = solve(tails, p, side, support[0], support[1], log, guess)
            if x is None or not (mpf("1e-305") < abs(x) < mpf("1e305")):
                if p == 0.5 and x == 0:
                    writer.row(name, a, b, function, text, mpf(0))
                continue
            if abs(x) < mpf("1e-30") and name == "normal":
                x = mpf(0)
            writer.row(name, a, b, function, text, x)
            at = float(x)
            if name == "beta" and at == 1.0:
                continue
            lower, upper = tails(mpf(at))
            assert abs(lower + upper - 1) < mpf(10) ** -40
            if side == 0:
                writer.row(name, a, b, "cdf", at, lower)
                if p > 0.3:
                    writer.row(name, a, b, "sf", at, upper)
            else:
                writer.row(name, a, b, "sf", at, upper)
                if p < 1e-10:
                    writer.row(name, a, b, "ln_sf", at, mp.log(upper))


def main():
    only = sys.argv[1:]
    out = Writer(only)
    wanted = lambda name: not only or name in only
    if wanted("normal"):
        rows(out, "normal", "", "", normal_tails, (-45, 45), False)
        for x in (50.0, 100.0, 1e4, 1e8):
            out.row("normal", "", "", "ln_sf", x, mp.log(normal_tails(x)[1]))
    if wanted("t"):
        for df in ("0.6", "1", "1.5", "2", "3", "4.7", "8", "15", "30", "61.25", "120", "500", "1000", "12345.678", "1e5", "1e6", "1e7", "1e8", "1e9"):
            d = mpf(float(df))
            rows(out, "t", df, "", lambda x: t_tails(d, x), ("1e-8", "1e304" if d < 1e4 else "1e3"), True,
                 [p for p in PROBABILITIES if float(p) < 0.5][:: 1 if d < 1e4 else 2], stats.t(float(d)))
            out.row("t", df, "", "cdf", 1e-5, t_tails(d, 1e-5)[0])
            out.row("t", df, "", "sf", 0.7, t_tails(d, 0.7)[1])
    if wanted("chi2"):
        for df in ("0.4", "1", "1.3", "2", "3", "5", "9.5", "20", "60", "199.5", "700", "801", "1e4", "123456.7", "1e6", "1e7", "1e8", "1e9"):
            d = mpf(float(df))
            wide = (d * mpf("1e-304"), 3 * d + 3000) if d < 700 else (d / 30, 3 * d + 3000)
            if d > 1e5:
                wide = (d - 45 * mp.sqrt(2 * d), d + 50 * mp.sqrt(2 * d))
            rows(out, "chi2", df, "", lambda x: gamma_tails(d / 2, mpf(x) / 2), wide, True, PROBABILITIES[:: 1 if d < 100 else 2], stats.chi2(float(d)))
    if wanted("gamma"):
        for shape in ("0.001", "0.01", "0.1", "0.29", "0.31", "1", "2.5", "17", "390", "410", "1e3", "1e5", "1e8", "1e10"):
            a = mpf(float(shape))
            wide = (mpf("1e-304"), 3 * a + 1500) if a < 100 else (a / 300, 3 * a + 1500)
            if a > 1e4:
                wide = (a - 45 * mp.sqrt(a), a + 50 * mp.sqrt(a))
            rows(out, "gamma", shape, "", lambda x: gamma_tails(a, x), wide, True, PROBABILITIES[::2], stats.gamma(float(a)))
    if wanted("beta"):
        for a, b in (("0.001", "0.001"), ("0.001", "1"), ("1", "0.001"), ("0.001", "1000"), ("1e8", "0.001"), ("0.5", "0.5"), ("0.5", "3"),
                     ("1", "1"), ("1", "40"), ("2.5", "1.7"), ("0.3", "0.8"), ("10", "10"), ("30", "3"), ("45", "60"), ("3", "1e5"),
                     ("39", "1e6"), ("41", "1e6"), ("120", "700"), ("390", "410"), ("410", "390"), ("410", "450"), ("1000", "1e4"),
                     ("1e4", "500"), ("50", "1e8"), ("1e8", "0.5"), ("5e8", "1.5"), ("0.95", "300"), ("1.05", "300"), ("0.7", "1e6"), ("0.02", "0.6"), ("20", "0.02"),
                     ("399", "1e9"), ("401", "401"), ("1e6", "1e6"), ("1e8", "1e8"), ("1e9", "3e8"), ("700", "1e9"), ("1e9", "1e9")):
            p, q = mpf(float(a)), mpf(float(b))
            if min(p, q) > 100:
                sd = mp.sqrt(p * q / (p + q) ** 3)
                mean = p / (p + q)
                wide = (max(mean - 45 * sd, mean / 300), min(mean + 50 * sd, 1 - q / (p + q) / 300))
            elif p > 100:
                wide = (1 - min(mpf(1) / 2, 2000 / p), 1 - mpf("1e-17"))
            else:
                wide = (mpf("1e-304"), 1 - mpf("1e-17"))
            rows(out, "beta", a, b, lambda x: beta_tails(p, q, x), wide, True, PROBABILITIES[::2], stats.beta(float(p), float(q)))
    if wanted("f"):
        for a, b in (("1", "1"), ("1", "10"), ("2", "5.5"), ("3", "61"), ("7.7", "23.4"), ("40", "40"), ("100", "3"), ("1", "1e9"),
                     ("3", "1e6"), ("900", "1000"), ("12", "1e9"), ("1e4", "2e3"), ("1e9", "5"), ("1e6", "1e6"), ("1e9", "1e9"), ("0.7", "4.2"), ("4", "inf")):
            p, q = mpf(float(a)), (mp.inf if b == "inf" else mpf(float(b)))
            if min(p, q) > 500:
                s = mp.sqrt(2 / p + 2 / q)
                wide = (mp.exp(-45 * s), mp.exp(45 * s))
            else:
                wide = (mpf("1e-304"), mpf("1e304") if q < 1e3 else mpf(3000))
            rows(out, "f", a, b, lambda x: f_tails(p, q, x), wide, True, PROBABILITIES[::2], None if q == mp.inf else stats.f(float(p), float(q)))


main()
