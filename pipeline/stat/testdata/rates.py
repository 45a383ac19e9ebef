"""Makes rates.json: R (rates.R), statsmodels and scipy on the cases below.

Needs Rscript with the boot package, numpy, scipy and statsmodels. Run in this folder:
    python rates.py > rates.json
"""

import json
import subprocess

import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

LEVELS = [0.8, 0.95, 0.998]
RATES = [[0, 1], [1, 1], [0, 20], [20, 20], [1, 3], [15, 29], [88, 100], [978, 1204], [3, 100000], [812345, 1000000]]
PAIRS = [[0, 1, 1, 1], [0, 20, 0, 30], [20, 20, 30, 30], [0, 20, 30, 30], [5, 9, 900, 1000], [56, 70, 48, 80], [9, 10, 3, 10], [81234, 100000, 7, 11]]
# strata of [a, na, b, nb]
STRATA = {
    "ordinary": [[12, 40, 20, 50], [30, 60, 25, 44], [8, 10, 30, 55]],
    "empty_arms": [[12, 40, 20, 50], [0, 0, 3, 9], [5, 7, 0, 0], [30, 60, 25, 44], [0, 0, 0, 0]],
    "sparse": [[0, 1, 1, 2], [1, 1, 0, 1], [1, 2, 1, 3], [0, 2, 1, 1], [2, 2, 1, 4]],
    "borders": [[0, 8, 0, 9], [7, 7, 12, 12], [3, 9, 2, 11], [6, 9, 4, 9]],
    "imbalance": [[900, 1000, 3, 5], [2, 4, 8000, 10000], [450, 900, 10, 30]],
    "opposite": [[45, 50, 10, 50], [10, 50, 45, 50], [25, 50, 24, 50]],
}
PS = [[0.01], [0.04, 0.01, 0.03, 0.04, 0.5], [1, 1, 1], [0, 0.2, 0.2, 1e-12, 0.05, 0.05, 0.9]]
FUNNEL = [[0.8, n, level] for n in (1, 2, 7, 30, 250, 12000) for level in (0.95, 0.998)] + [[0.003, 50, 0.95], [0.995, 40, 0.998], [0.9, 1000000, 0.95]]
# clusters of [num, den] by stratum
DESIGN = {
    "one_stratum": [[[8, 10]], [[2, 9]], [[5, 5]], [[0, 7]], [[11, 14]]],
    "of_one": [[[1, 1]], [[0, 1]], [[1, 1]], [[1, 1]], [[0, 1]], [[1, 1]]],
    "three_strata": [[[3, 9], [8, 10], [1, 1]], [[1, 7], [0, 0], [6, 9]], [[5, 6], [9, 9], [4, 5]], [[0, 0], [2, 8], [3, 7]]],
    "a_stratum_all_on_time": [[[3, 9], [8, 8]], [[1, 7], [2, 2]], [[5, 6], [9, 9]]],
}
COSTS = [[4.1, 3.9, 5.5, 6.25, 4.75], [9.5, 12.25, 8.75, 10.5, 14]]
PRIORS = {
    "ordinary": [[80, 100], [45, 60], [190, 200], [30, 50], [70, 90], [9, 20], [150, 170]],
    "with_empty_and_one": [[80, 100], [0, 0], [1, 1], [20, 60], [30, 31], [5, 40], [0, 1], [44, 60]],
    "rare": [[0, 40], [1, 90], [12, 110], [0, 30], [2, 300], [9, 80]],
}
SHRINK = [[5.5, 1.5, 0, 0, 0.95], [5.5, 1.5, 1, 1, 0.95], [40, 10, 180, 300, 0.8], [1, 3, 0, 2000, 0.95]]
# n open, p, deff; the variance is deff n p (1-p)
PREDICT = [[1, 0.3, 1], [40, 0.8, 1], [40, 0.8, 2.5], [40, 0.97, 6], [900, 0.61, 4]]


def text(kind, rows):
    return "\n".join(kind + " " + " ".join(repr(float(x)) for x in np.ravel(r)) for r in rows)


def ask_r(kind, rows):
    run = subprocess.run(["Rscript", "rates.R"], input=text(kind, rows) + "\n", text=True, capture_output=True, check=True)
    return [[None if w in ("NaN", "NA", "Inf", "-Inf") else float(w) for w in line.split()] for line in run.stdout.splitlines()]


def finite(x):
    return None if not np.isfinite(x) else float(x)


def stratified(strata):
    used = [s for s in strata if s[1] and s[3]]
    t = StratifiedTable([np.array([[a, na - a], [b, nb - b]], float) for a, na, b, nb in used])
    low, high = t.oddsratio_pooled_confint(alpha=0.05)
    out = {"odds": [float(t.oddsratio_pooled), float(low), float(high)], "equal": None}
    if all(0 < a + b < na + nb for a, na, b, nb in used) and len(used) > 1:
        test = t.test_equal_odds(adjust=True)
        out["equal"] = [float(test.statistic), float(test.pvalue)]
    return out


def design(clusters):
    """The cluster-robust variance of sum w p by OLS on dummies of the strata, and its plain one."""
    y, x, g = [], [], []
    strata = len(clusters[0])
    for c, row in enumerate(clusters):
        for k, (num, den) in enumerate(row):
            for i in range(den):
                y.append(float(i < num))
                x.append([float(j == k) for j in range(strata)])
                g.append(c)
    y, x = np.array(y), np.array(x)
    w = x.sum(axis=0) / len(y)
    fit = sm.OLS(y, x)
    # R and others multiply by (n-1)/(n-k); what is left is C/(C-1)
    robust = fit.fit(cov_type="cluster", cov_kwds={"groups": np.array(g), "use_correction": True}).cov_params()
    robust = robust * (len(y) - strata) / (len(y) - 1)
    plain = fit.fit(cov_type="HC0").cov_params()
    return [float(w @ fit.fit().params), float(w @ plain @ w), float((w @ robust @ w) / (w @ plain @ w))]


def prior(groups):
    groups = np.array([g for g in groups if g[1]])

    def loss(v):
        m, s = 1 / (1 + np.exp(-v[0])), np.exp(v[1])
        return -stats.betabinom.logpmf(groups[:, 0], groups[:, 1], s * m, s * (1 - m)).sum()

    best = optimize.minimize(loss, [1.0, 2.0], method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 10000})
    return [float(1 / (1 + np.exp(-best.x[0]))), float(np.exp(best.x[1]))]


def predict(n, p, deff):
    rho = (deff - 1) / (n - 1) if n > 1 else 0
    d = stats.binom(n, p) if rho == 0 else stats.betabinom(n, p * (1 - rho) / rho, (1 - p) * (1 - rho) / rho)
    return {"mean": float(d.mean()), "variance": float(d.var()), "interval": [int(d.ppf(0.1)), int(d.ppf(0.9))], "below": [float(d.cdf(k - 1)) for k in range(0, n + 2, max(1, n // 20))], "step": max(1, n // 20)}


random = np.random.default_rng(7)
boot = [[0.95] + [v for m in random.integers(4, 30, 25) for v in (float(round(m * random.uniform(3, 9), 2)), float(m))]]
first, second = np.array(COSTS[0]), np.array(COSTS[1])
welch = stats.ttest_ind(first, -second, equal_var=False).confidence_interval(0.95)
one = stats.ttest_1samp(first, 0).confidence_interval(0.95)
m = ask_r("mantel", STRATA.values())
print(
    json.dumps(
        {
            "versions": {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "r": subprocess.run(["Rscript", "-e", "cat(R.version.string)"], text=True, capture_output=True, check=True).stdout},
            "binom": [{"call": "R binom.test(num, den, conf.level)$conf.int", "in": r + [l], "out": o} for (r, l), o in zip([(r, l) for r in RATES for l in LEVELS], ask_r("binom", [r + [l] for r in RATES for l in LEVELS]))],
            "newcombe": [{"call": "statsmodels confint_proportions_2indep(a, na, b, nb, method='newcomb', compare='diff', alpha)", "in": p + [l], "out": [float(v) for v in confint_proportions_2indep(*p, method="newcomb", compare="diff", alpha=1 - l)]} for p in PAIRS for l in LEVELS],
            "prop": [{"call": "R prop.test(c(a, b), c(na, nb), correct = FALSE)$p.value", "in": p, "out": o} for p, o in zip(PAIRS, ask_r("prop", PAIRS))],
            "mantel": [{"call": "R mantelhaen.test(correct = FALSE) after the difference, breslow_day() of rates.R; statsmodels StratifiedTable.oddsratio_pooled_confint, test_equal_odds(adjust=True)", "name": k, "in": STRATA[k], "r": r, "python": stratified(STRATA[k])} for k, r in zip(STRATA, m)],
            "adjust": [{"call": "R p.adjust(p, method = 'BH'); statsmodels multipletests(p, method='fdr_bh')[1]", "in": p, "out": o, "python": [float(v) for v in multipletests(p, method="fdr_bh")[1]]} for p, o in zip(PS, ask_r("adjust", PS))],
            "funnel": [{"call": "R qbinom, pbinom, dbinom, interpolated", "in": f, "out": o} for f, o in zip(FUNNEL, ask_r("funnel", FUNNEL))],
            "design": [{"call": "statsmodels OLS(y, dummies).fit(cov_type='cluster'), and 'HC0': value, plain variance, ratio", "name": k, "in": c, "out": design(c)} for k, c in DESIGN.items()],
            "mean": {"call": "scipy ttest_ind(x, -y, equal_var=False).confidence_interval(0.95) / 2; ttest_1samp(x, 0).confidence_interval(0.95)", "in": COSTS, "out": [float(welch.low / 2), float(welch.high / 2)], "one": [float(one.low), float(one.high)]},
            "prior": [{"call": "scipy optimize.minimize(betabinom.logpmf, Nelder-Mead): mean, strength", "name": k, "in": g, "out": prior(g)} for k, g in PRIORS.items()],
            "shrink": [{"call": "scipy beta.ppf; in is the prior's a and b, num, den, level", "in": s, "out": [float(stats.beta.mean(s[0] + s[2], s[1] + s[3] - s[2])), *[float(v) for v in stats.beta.ppf([(1 - s[4]) / 2, (1 + s[4]) / 2], s[0] + s[2], s[1] + s[3] - s[2])]]} for s in SHRINK],
            "predict": [{"call": "scipy betabinom (binom where deff is 1)", "in": p, **predict(*p)} for p in PREDICT],
            "boot": [{"call": "R boot(R = 999), boot.ci(type = c('perc', 'bca'), L = jackknife): value, percentile, BCa, values without one cluster, draws", "in": b, "out": o} for b, o in zip(boot, ask_r("boot", boot))],
        }
    ).replace('{"call"', '\n{"call"')
)
