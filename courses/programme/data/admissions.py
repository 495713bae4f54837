"""The readmission table: 20,000 admissions of patients who do not exist, made from a model that is known exactly.

The truth. Whether an admission is followed by another emergency admission within 30 days of discharge is a coin tossed
with probability 1 / (1 + exp(-score)), where score is

    INTERCEPT + Σ weight × value over WEIGHTS

and nothing else: given these columns of an admission, neither the patient nor the site nor the year matters. So no model
can rank better than the score does, and its AUROC (.742 in the hidden file) is the
anchor. The hidden file has the probability in the column `risk`.

The traps, which the page of the data set does not name:
- calls_after_discharge is counted over the 30 days after discharge. It is not known when the prediction is made.
- A patient has one row for each admission, and a readmission is usually the next row: rows of one patient in both
  training and test data tell the outcome.
- The site "harbour" records lives_alone the wrong way round.
- hba1c is missing for 68% of women and 34% of men with diabetes, and for nearly everybody without.

Only random.Random.random() is used, whose sequence Python promises never to change, and sums of it.
"""

import math
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from .tables import place, visible_part, write

ROWS = 20_000
FIRST, LAST = date(2021, 1, 1), date(2023, 12, 31)
SITES = ("central", "harbour", "moor", "vale")
FLIPPED = "harbour"
HBA1C_MISSING = {"f": 0.68, "m": 0.34, "no diabetes": 0.97}
HEADER = (
    "admission",
    "patient",
    "site",
    "admitted_on",
    "age",
    "sex",
    "deprivation",
    "emergency",
    "stay_days",
    "admissions_last_year",
    "comorbidities",
    "heart_failure",
    "copd",
    "diabetes",
    "lives_alone",
    "medicines",
    "creatinine",
    "sodium",
    "haemoglobin",
    "hba1c",
    "calls_after_discharge",
    "readmitted",
)
INTERCEPT = -3.75
WEIGHTS = {
    "age_over_65_by_decade": 0.18,
    "emergency": 0.55,
    "stay_over_7_days": 0.35,
    "admissions_last_year_up_to_4": 0.34,
    "comorbidities": 0.14,
    "heart_failure": 0.55,
    "copd": 0.45,
    "lives_alone": 0.65,
    "deprivation_over_1": 0.09,
    "sodium_below_133": 0.5,
    "haemoglobin_below_100": 0.45,
    "hba1c_over_64_with_diabetes": 0.4,
}


def admissions(folder: Path) -> None:
    rows = _rows(Random("pathway readmission"))
    visible = visible_part("admissions", [{row["patient"] for row in rows}])
    rows.sort(key=lambda row: place("admissions order", row["admission"]))
    for part, wanted in (("visible", True), ("hidden", False)):
        header = HEADER if wanted else (*HEADER, "risk")
        chosen = [row for row in rows if (row["patient"] in visible) is wanted]
        write(folder / f"admissions_{part}.csv", header, ([row[name] for name in header] for row in chosen))


def _rows(random: Random) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    patient = 0
    while len(rows) < ROWS:
        patient += 1
        for row in _patient(random)[: ROWS - len(rows)]:
            number = len(rows) + 1
            rows.append({"admission": f"A{number:05d}", "patient": f"H{patient:05d}"} | row)
    return rows


def _patient(random: Random) -> list[dict[str, str]]:
    """All admissions of one patient within the three years, the oldest first, as the hospitals record them."""
    age = min(max(round(66 + 17 * _normal(random)), 18), 98)
    frail = (age - 60) / 20
    deprivation = 1 + int(5 * random.random())
    patient = {
        "sex": "f" if random.random() < 0.52 else "m",
        "site": SITES[int(4 * random.random())],
        "deprivation": deprivation,
        "heart_failure": random.random() < _share(-2.0 + 0.6 * frail),
        "copd": random.random() < _share(-2.3 + 0.15 * deprivation),
        "diabetes": random.random() < _share(-1.3 + 0.2 * frail),
        "lives_alone": random.random() < _share(-0.9 + 0.4 * frail),
    }
    patient["comorbidities"] = patient["heart_failure"] + patient["copd"] + patient["diabetes"]
    patient["comorbidities"] += _count(random, 0.5 + 0.4 * max(frail, 0))
    day = int(900 * random.random())  # after FIRST; the first admission lies well before the end
    days = [day - 1 - int(365 * random.random()) for _ in range(_count(random, 0.4 + 0.2 * patient["comorbidities"]))]
    emergency = random.random() < 0.65
    rows = []
    while FIRST + timedelta(days=day) <= LAST:
        truth = patient | {
            "age": age + day // 365,
            "admitted_on": FIRST + timedelta(days=day),
            "emergency": emergency,
            "stay_days": 1 + int(-4.5 * math.log(1 - random.random())),
            "admissions_last_year": sum(day - 365 <= other for other in days),
            "medicines": _count(random, 2 + 1.3 * patient["comorbidities"]),
            "creatinine": round(68 + 14 * (patient["sex"] == "m") + 5 * max(frail, 0) + 13 * _normal(random)),
            "sodium": round(138 + 3.5 * _normal(random)),
            "haemoglobin": round(120 + 10 * (patient["sex"] == "m") + 16 * _normal(random)),
            "hba1c": round(60 + 13 * _normal(random)) if patient["diabetes"] else round(38 + 3 * _normal(random)),
        }
        risk = _share(score(truth))
        readmitted = random.random() < risk
        rows.append(_recorded(truth, readmitted, random) | {"risk": f"{risk:.6f}"})
        days.append(day)
        day += truth["stay_days"]
        if readmitted and random.random() < 0.9:  # The tenth goes to a hospital that is not in the table.
            day += 1 + int(30 * random.random())
            emergency = True
        elif random.random() < 0.35:
            day += 31 + int(-200 * math.log(1 - random.random()))
            emergency = random.random() < 0.65
        else:
            break
    return rows


def score(truth: dict[str, Any]) -> float:
    values = {
        "age_over_65_by_decade": max(truth["age"] - 65, 0) / 10,
        "emergency": truth["emergency"],
        "stay_over_7_days": truth["stay_days"] > 7,
        "admissions_last_year_up_to_4": min(truth["admissions_last_year"], 4),
        "comorbidities": truth["comorbidities"],
        "heart_failure": truth["heart_failure"],
        "copd": truth["copd"],
        "lives_alone": truth["lives_alone"],
        "deprivation_over_1": truth["deprivation"] - 1,
        "sodium_below_133": truth["sodium"] < 133,
        "haemoglobin_below_100": truth["haemoglobin"] < 100,
        "hba1c_over_64_with_diabetes": truth["diabetes"] and truth["hba1c"] > 64,
    }
    return INTERCEPT + sum(weight * values[name] for name, weight in WEIGHTS.items())


def _recorded(truth: dict[str, Any], readmitted: bool, random: Random) -> dict[str, str]:
    """What the hospitals wrote down: the truth, with the traps."""
    measured = random.random() >= (HBA1C_MISSING[truth["sex"]] if truth["diabetes"] else HBA1C_MISSING["no diabetes"])
    facts = truth | {
        "lives_alone": truth["lives_alone"] is not (truth["site"] == FLIPPED),
        "hba1c": truth["hba1c"] if measured else "",
        "calls_after_discharge": _count(random, 2.4 if readmitted else 0.6),
        "readmitted": readmitted,
    }
    return {name: ("n", "y")[fact] if isinstance(fact, bool) else str(fact) for name, fact in facts.items()}


def _share(score: float) -> float:
    return 1 / (1 + math.exp(-score))


def _normal(random: Random) -> float:
    """Twelve throws, less their mean of 6: normal for every purpose here, and the same on every machine."""
    return sum(random.random() for _ in range(12)) - 6


def _count(random: Random, mean: float) -> int:
    """A Poisson number."""
    left, number = math.exp(-mean), 0
    product = random.random()
    while product > left:
        number += 1
        product *= random.random()
    return number
