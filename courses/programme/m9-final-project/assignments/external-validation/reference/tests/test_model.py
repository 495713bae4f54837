"""python -m pytest tests"""

import json

import pandas as pd

import reproduce


def test_no_woman_is_on_both_sides():
    with open("splits.json") as file:
        splits = json.load(file)
    assert not set(splits["develop"]) & set(splits["test"])


def test_a_known_woman_gets_her_known_risk():
    model = reproduce.fit(pd.read_csv("data/rotterdam.csv"))
    woman = pd.DataFrame({"size": [30], "nodes": [4], "grade": [3]})
    assert abs(reproduce.predict(model, woman)["risk"][0] - 0.65) < 0.02


def test_shuffled_outcomes_teach_nothing():
    women = pd.read_csv("data/rotterdam.csv")
    outcomes = ["rtime", "recur", "dtime", "death"]
    women[outcomes] = women[outcomes].sample(frac=1, random_state=0).to_numpy()
    there = pd.read_csv("data/gbsg.csv")
    score = reproduce.predict(reproduce.fit(women), there)["score"].to_numpy()
    assert abs(reproduce.c_index(reproduce.outcome_in_germany(there), score) - 0.5) < 0.12
