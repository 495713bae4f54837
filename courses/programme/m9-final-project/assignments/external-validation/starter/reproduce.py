"""Your question in one sentence.

python reproduce.py > results.json
"""

import json

import pandas as pd


def fit(women):
    """A model, from the rows of rotterdam.csv."""
    return None


def predict(model, women):
    """score (higher is worse) and risk (of the event within five years), one row a woman, from either place."""
    return pd.DataFrame({"score": 0.0, "risk": 0.5}, index=range(len(women)))


def reproduce():
    """Everything that the report quotes, as numbers and texts."""
    return {"external": {}, "baseline": {}, "groups": {}, "utility": {}}


if __name__ == "__main__":
    print(json.dumps(reproduce(), indent=2))
