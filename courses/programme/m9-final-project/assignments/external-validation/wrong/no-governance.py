"""Five-year risk of recurrence or death after surgery for breast cancer: built in Rotterdam, tested once in Germany.

python reproduce.py > results.json
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.metrics import concordance_index_censored, concordance_index_ipcw, cumulative_dynamic_auc
from sksurv.nonparametric import kaplan_meier_estimator
from sksurv.util import Surv

SEED = 2027
HORIZON = 5.0  # years
THRESHOLD = 0.5  # risk above which more treatment is offered, named by an oncologist before the test
DATA = Path("data")
GROUPS = {"under 50": (0, 49), "50 to 64": (50, 64), "65 and over": (65, 200)}


def outcome(years, event):
    """Recurrence or death within five years."""
    return Surv.from_arrays(np.asarray(event & (years <= HORIZON)), np.minimum(np.asarray(years), HORIZON))


def outcome_in_rotterdam(women):
    recurred = women["recur"] == 1
    years = women["dtime"].where(~recurred, women["rtime"]) / 365.25
    return outcome(years, recurred | (women["death"] == 1))


def outcome_in_germany(women):
    return outcome(women["rfstime"] / 365.25, women["status"] == 1)


def bend(x, low, middle, high):
    """The curved part of a restricted cubic spline with three knots."""
    one, two, three = (np.clip(x - knot, 0, None) ** 3 for knot in (low, middle, high))
    width = high - middle
    return (one - two * (high - low) / width + three * (middle - low) / width) / (high - low) ** 2


def columns(women):
    """What the model uses. Size is in classes in Rotterdam and in millimetres in Germany."""
    size = women["size"]
    if pd.api.types.is_numeric_dtype(size):
        size = pd.cut(size, [0, 20, 50, 999], labels=["<=20", "20-50", ">50"]).astype(str)
    nodes = women["nodes"].clip(upper=19).astype(float)
    table = {
        "size 20-50": size == "20-50",
        "size over 50": size == ">50",
        "nodes": nodes,
        "nodes, bend": bend(nodes, 0, 1, 9),
        "grade 3": women["grade"] == 3,
    }
    return pd.DataFrame(table).astype(float)


def fit(women):
    return CoxPHSurvivalAnalysis(ties="efron").fit(columns(women), outcome_in_rotterdam(women))


def predict(model, women):
    table = columns(women)
    free = [curve(HORIZON - 0.001) for curve in model.predict_survival_function(table)]
    return pd.DataFrame({"score": model.predict(table), "risk": 1 - np.array(free)})


def c_index(y, score):
    return float(concordance_index_censored(y["event"], y["time"], score)[0])


def interval(y, score, resamples=200):
    """95% of C over resampled women."""
    random = np.random.default_rng(SEED)
    drawn = [random.integers(0, len(y), len(y)) for _ in range(resamples)]
    low, high = np.quantile([c_index(y[rows], score[rows]) for rows in drawn], [0.025, 0.975])
    return float(low), float(high)


def observed(y):
    return float(1 - kaplan_meier_estimator(y["event"], y["time"])[1][-1])


def net_benefit(y, treated, threshold):
    share = float(treated.mean())
    ill = observed(y[treated]) if share else 0.0
    return share * ill - share * (1 - ill) * threshold / (1 - threshold)


def reproduce():
    """Everything that the report quotes."""
    here, there = pd.read_csv(DATA / "rotterdam.csv"), pd.read_csv(DATA / "gbsg.csv")
    model = fit(here)
    y, told = outcome_in_germany(there), predict(model, there)
    score, risk = told["score"].to_numpy(), told["risk"].to_numpy()
    c, (low, high) = c_index(y, score), interval(y, score)
    nodes = c_index(y, there["nodes"].to_numpy(float))
    slope = CoxPHSurvivalAnalysis(ties="efron").fit(score.reshape(-1, 1), y).coef_[0]
    groups = {}
    for name, (youngest, oldest) in GROUPS.items():
        rows = there["age"].between(youngest, oldest).to_numpy()
        bounds = interval(y[rows], score[rows])
        groups[name] = {
            "n": int(rows.sum()),
            "events": int(y[rows]["event"].sum()),
            "c": round(c_index(y[rows], score[rows]), 4),
            "low": round(bounds[0], 4),
            "high": round(bounds[1], 4),
            "mean_risk": round(float(risk[rows].mean()), 4),
            "observed": round(observed(y[rows]), 4),
        }
    return {
        "seed": SEED,
        "data": {
            name: hashlib.sha256(pd.read_csv(DATA / name).sort_index(axis=1).to_csv(index=False).encode()).hexdigest()
            for name in ("rotterdam.csv", "gbsg.csv")
        },
        "baseline": {"name": "number of nodes", "c": round(nodes, 4), "gain": round(c - nodes, 4)},
        "external": {
            "n": len(there),
            "events": int(y["event"].sum()),
            "c": round(c, 4),
            "c_low": round(low, 4),
            "c_high": round(high, 4),
            "uno": round(float(concordance_index_ipcw(y, y, score, tau=HORIZON - 0.01)[0]), 4),
            "auc5": round(float(cumulative_dynamic_auc(y, y, score, [HORIZON - 0.01])[0][0]), 4),
            "slope": round(float(slope), 4),
            "mean_risk": round(float(risk.mean()), 4),
            "observed": round(observed(y), 4),
        },
        "groups": groups,
        "utility": {
            "threshold": THRESHOLD,
            "net_benefit": round(net_benefit(y, risk >= THRESHOLD, THRESHOLD), 4),
            "treat_everybody": round(net_benefit(y, np.ones(len(y), dtype=bool), THRESHOLD), 4),
        },
    }


if __name__ == "__main__":
    print(json.dumps(reproduce(), indent=2))
