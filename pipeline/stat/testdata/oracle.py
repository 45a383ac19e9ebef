"""Makes oracle.json from cases.json: R's survival (oracle.R) and lifelines.

Needs Rscript with the survival package, and lifelines. Run in this folder:
    python oracle.py > oracle.json
"""

import json
import math
import subprocess

import lifelines
from lifelines.utils import qth_survival_times

PROBS = [0.1, 0.5, 0.8, 0.9, 0.95]
cases = json.load(open("cases.json"))

lines = [f"{c['name']} {b} {d} {q}" for c in cases for b, d, q in c["cells"]]
r = subprocess.run(["Rscript", "oracle.R"], input="\n".join(lines) + "\n", text=True, capture_output=True, check=True)


def finite(x):
    return None if x is None or math.isinf(x) or math.isnan(x) else float(x)


def fit(case, level):
    durations, observed, weights = [], [], []
    for b, d, q in case["cells"]:
        for count, seen in ((d, 1), (q, 0)):
            if count:
                durations.append(b)
                observed.append(seen)
                weights.append(count)
    km = lifelines.KaplanMeierFitter(alpha=1 - level)
    km.fit(durations, observed, weights=weights)
    s = km.survival_function_.iloc[:, 0]
    band = km.confidence_interval_
    steps = [[int(b), finite(s[b]), finite(band.iloc[:, 0][b]), finite(band.iloc[:, 1][b])] for b in sorted(set(durations))]
    quantiles = []
    for p in PROBS:
        # lifelines makes S as exp(sum of logs), so a step exactly at 1-p may come
        # out a last bit above it: the level asked for is raised by as much.
        row = [p, finite(qth_survival_times(1 - p + 1e-12, s))]
        for column in (0, 1):
            row.append(finite(qth_survival_times(1 - p + 1e-12, band.iloc[:, column])))
        quantiles.append(row)
    return {"case": case["name"], "level": level, "steps": steps, "quantiles": quantiles}


version = subprocess.run(
    ["Rscript", "-e", "cat(as.character(packageVersion('survival')))"], text=True, capture_output=True, check=True
).stdout
print(
    json.dumps(
        {
            "survival": version,
            "lifelines": lifelines.__version__,
            "r": json.loads(r.stdout),
            "python": [fit(c, level) for c in cases for level in (0.95, 0.8)],
        },
        indent=None,
    ).replace('{"case"', '\n{"case"')
)
