"""Makes survival.json from survival_cases.json: R's survival (survival.R) and lifelines.

Needs Rscript with the survival package, and lifelines. Run in this folder:
    python survival.py > survival.json
"""

import json
import math
import subprocess
import warnings

import lifelines
import pandas as pd
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import restricted_mean_survival_time

warnings.simplefilter("ignore")
cases = json.load(open("survival_cases.json"))


def ends(cells):
    """Rows of (bin, 1 for an event and 0 for censored, count)."""
    return [(b, seen, n) for b, d, q in cells for n, seen in ((d, 1), (q, 0)) if n]


lines = [f"incidence {c['name']} 0 0 {b} {cause or '-'} {n}" for c in cases["incidence"] for b, cause, n in c["cells"]]
for c in cases["means"]:
    lines += [f"tau {c['name']} {tau}" for tau in c["taus"]]
    for g in "ab":
        lines += [f"mean {c['name']} 0 {g} {b} {'event' if seen else '-'} {n}" for b, seen, n in ends(c[g])]
for c in cases["ranks"]:
    for i, groups in enumerate(c["strata"]):
        for j, cells in enumerate(groups):
            lines += [f"rank {c['name']} {i} {j} {b} {'event' if seen else '-'} {n}" for b, seen, n in ends(cells)]
r = subprocess.run(["Rscript", "survival.R"], input="\n".join(lines) + "\n", text=True, capture_output=True)
if r.returncode:
    raise SystemExit(r.stderr)


def finite(x):
    return None if x is None or math.isinf(x) or math.isnan(x) else float(x)


class Untouched(lifelines.AalenJohansenFitter):
    """Without the random jitter that lifelines puts on ties: its formulas take them."""

    def _check_for_duplicates(self, durations, events):
        return False


def incidence(case, level):
    causes = sorted({cause for _, cause, _ in case["cells"] if cause})
    out = []
    for cause in causes:
        bins, status, counts = zip(*((b + 1, 1 + causes.index(k) if k else 0, n) for b, k, n in case["cells"]))
        fit = Untouched(alpha=1 - level).fit(
            pd.Series(bins), pd.Series(status), event_of_interest=1 + causes.index(cause), weights=pd.Series(counts)
        )
        f, v, band = fit.cumulative_density_.iloc[:, 0], fit.variance_, fit.confidence_interval_
        # times are upper edges: lifelines lets nothing happen at 0
        steps = [[b - 1, finite(f[b]), finite(v[b])] + sorted(map(finite, band.loc[b]), key=lambda x: (x is None, x)) for b in sorted(set(bins))]
        out.append({"cause": cause, "steps": steps})
    return {"case": case["name"], "level": level, "causes": out}


def means(case, group):
    rows = ends(case[group])
    fit = lifelines.KaplanMeierFitter().fit([b + 1 for b, _, _ in rows], [s for _, s, _ in rows], weights=[n for _, _, n in rows])
    last = max(b for b, _, _ in rows)
    known = [t <= last or fit.survival_function_.iloc[-1, 0] == 0 for t in case["taus"]]
    return {"case": case["name"], "group": group,
            "means": [[t, finite(restricted_mean_survival_time(fit, t=t + 1)) if k else None] for t, k in zip(case["taus"], known)]}


def rank(case):
    rows = [(b, j, seen, n) for j, cells in enumerate(case["strata"][0]) for b, seen, n in ends(cells)]
    b, j, seen, n = map(pd.Series, zip(*rows))
    t = multivariate_logrank_test(b, j, seen, weights=n)
    return {"case": case["name"], "chi2": finite(t.test_statistic), "df": int(t.degrees_of_freedom), "p": finite(t.p_value)}


version = subprocess.run(
    ["Rscript", "-e", "cat(as.character(packageVersion('survival')))"], text=True, capture_output=True, check=True
).stdout
ours = {
    "incidence": [incidence(c, level) for c in cases["incidence"] for level in (0.95, 0.8)],
    "means": [means(c, g) for c in cases["means"] for g in "ab"],
    # lifelines has no strata, and counts a group that was over before any event.
    "ranks": [rank(c) for c in cases["ranks"] if len(c["strata"]) == 1 and c["name"] not in ("empty_group", "over_before_any_event")],
}
print(json.dumps({"survival": version, "lifelines": lifelines.__version__, "r": json.loads(r.stdout), "python": ours}).replace('{"case"', '\n{"case"'))
