"""Reference numbers for tests/decomposition.rs: `python decomposition.py > decomposition.json`.

Linear splits come from statsmodels' OaxacaBlinder (whose own tests are results of Stata's `oaxaca`); the others are the
formulas of the papers written out here: Yun (2004, 2005), Bauer and Sinning (2008), Das Gupta (1993, chapters 5 and 6).
Made with Python 3.11, numpy, pandas and statsmodels 0.15.0.
"""

import itertools
import json
import sys
from math import factorial
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.stats.oaxaca import OaxacaBlinder

DATA = Path(__file__).parent.parent / "golden" / "data"
out = {}


def api(name):
    return pd.read_csv(DATA / f"{name}.csv")


def linear():
    """apisrs: api00 on meals and ell; schools that missed a target less those that met both."""
    d = api("apisrs")
    d["both01"] = (d["both"] == "Yes").astype(float)
    x = d[["meals", "ell", "both01"]]
    model = OaxacaBlinder(d["api00"], x, "both01", hasconst=False, swap=False)
    three = model.three_fold().params
    result = {"threefold": list(three)}
    for name, kind in [("pooled_with_group", "pooled"), ("pooled", "nuemark"), ("reimers", "reimers"), ("cotton", "cotton")]:
        unexplained, explained, gap = model.two_fold(two_fold_type=kind).params
        result[name] = [explained, unexplained, gap]
    # With swap=False the first group is the one with `both` 0.
    result["gap_yes_minus_no"] = d.api00[d.both == "Yes"].mean() - d.api00[d.both == "No"].mean()
    return result


def wls(x, y, w):
    return np.linalg.solve(x.T @ (w[:, None] * x), x.T @ (w * y))


def logit(x, y, w):
    return sm.GLM(y, x, family=sm.families.Binomial(), freq_weights=w).fit(tol=1e-14, maxiter=200).params


def mean(v, w):
    return float((v * w).sum() / w.sum())


def expit(eta):
    return 1 / (1 + np.exp(-eta))


def expand(beta):
    """(constant, meals, stypeH, stypeM) -> (constant, meals, E, H, M) with deviations from the mean of the levels."""
    c = (0 + beta[2] + beta[3]) / 3
    return np.array([beta[0] + c, beta[1], -c, beta[2] - c, beta[3] - c])


def nonlinear():
    """apistrat, weights pw: api00 above 650 on meals and stype (normalised) by the logit model, by both."""
    d = api("apistrat")
    w = d["pw"].to_numpy()
    first = (d["both"] == "Yes").to_numpy()
    meals = d["meals"].to_numpy(float) / 100
    y = (d["api00"] > 650).to_numpy(float)
    stype = d["stype"].to_numpy()
    one = np.ones(len(d))
    fit = np.column_stack([one, meals, stype == "H", stype == "M"]).astype(float)
    full = np.column_stack([one, meals, stype == "E", stype == "H", stype == "M"]).astype(float)
    g = [first, ~first]
    b = [expand(logit(fit[s], y[s], w[s])) for s in g]
    xbar = [np.array([mean(full[s][:, k], w[s]) for k in range(5)]) for s in g]
    m = lambda s, beta: mean(expit(full[g[s]] @ beta), w[g[s]])
    pooled = logit(np.column_stack([fit, first]).astype(float), y, w)
    star = pooled[:4].copy()
    star[0] += pooled[4] * mean(first.astype(float), w)
    star = expand(star)

    def yun(total, parts):
        return [total] + list(total * parts / parts.sum())

    result = {
        "means": [mean(y[s], w[s]) for s in g],
        "explained": yun(m(0, star) - m(1, star), (xbar[0] - xbar[1]) * star),
        "unexplained_first": yun(m(0, b[0]) - m(0, star), xbar[0] * (b[0] - star)),
        "unexplained_second": yun(m(1, star) - m(1, b[1]), xbar[1] * (star - b[1])),
        "endowments": yun(m(0, b[1]) - m(1, b[1]), (xbar[0] - xbar[1]) * b[1]),
        "coefficients": yun(m(1, b[0]) - m(1, b[1]), xbar[1] * (b[0] - b[1])),
        "interaction": yun(
            m(0, b[0]) - m(0, b[1]) - m(1, b[0]) + m(1, b[1]), (xbar[0] - xbar[1]) * (b[0] - b[1])
        ),
    }
    return result


def das_gupta():
    """poll.csv, weights: approval by age group and education in three regions taken as populations."""
    d = pd.read_csv(DATA / "poll.csv")
    d = d[d["region"].isin([1, 2, 3])].dropna(subset=["approve"])
    cells = sorted(set(zip(d["agegrp"], d["educ"])))
    populations = [1, 2, 3]
    size = {p: {} for p in populations}
    rate = {p: {} for p in populations}
    for p in populations:
        for c in cells:
            s = d[(d["region"] == p) & (d["agegrp"] == c[0]) & (d["educ"] == c[1])]
            size[p][c] = s["weight"].sum()
            rate[p][c] = (s["weight"] * s["approve"]).sum() / s["weight"].sum() if len(s) else None

    def composition(p):
        """Das Gupta's I and J effects of two cross-classified factors: square roots of the two ways to factor a share."""
        n = sum(size[p].values())
        a = {i: sum(v for c, v in size[p].items() if c[0] == i) for i in {c[0] for c in cells}}
        e = {j: sum(v for c, v in size[p].items() if c[1] == j) for j in {c[1] for c in cells}}
        result = {}
        for c in cells:
            if size[p][c] == 0:
                result[c] = (0.0, 0.0)
                continue
            share_a = np.sqrt(size[p][c] / e[c[1]] * a[c[0]] / n)
            share_e = np.sqrt(size[p][c] / a[c[0]] * e[c[1]] / n)
            result[c] = (share_a, share_e)
        return result

    comp = {p: composition(p) for p in populations}

    def pair(p, q):
        """Effects of age, education and rates on the change from p to q, with equation 3.54 written out for three factors."""
        total = np.zeros(3)
        for c in cells:
            r = (rate[p][c], rate[q][c])
            r = (r[0] if r[0] is not None else r[1], r[1] if r[1] is not None else r[0])
            (a0, b0), (a1, b1) = comp[p][c], comp[q][c]
            r0, r1 = r
            total[0] += (a1 - a0) * ((b1 * r1 + b0 * r0) / 3 + (b1 * r0 + b0 * r1) / 6)
            total[1] += (b1 - b0) * ((a1 * r1 + a0 * r0) / 3 + (a1 * r0 + a0 * r1) / 6)
            total[2] += (r1 - r0) * ((a1 * b1 + a0 * b0) / 3 + (a1 * b0 + a0 * b1) / 6)
        return total

    def averaged(p, q):
        """Equation 6.12 for three populations: alpha_12.3 = alpha_12 - (alpha_12 + alpha_23 - alpha_13) / 3."""
        (other,) = [o for o in populations if o not in (p, q)]
        return pair(p, q) - (pair(p, q) + pair(q, other) - pair(p, other)) / 3

    crude = [sum(size[p][c] * (rate[p][c] or 0) for c in cells) / sum(size[p].values()) for p in populations]
    return {
        "crude": crude,
        "pair_1_2": list(pair(1, 2)),
        "pair_2_3": list(pair(2, 3)),
        "averaged_1_2": list(averaged(1, 2)),
        "averaged_1_3": list(averaged(1, 3)),
    }


json.dump({"linear": linear(), "logit": nonlinear(), "das_gupta": das_gupta()}, sys.stdout, indent=1)
print()
