"""What is checked about a repository, and for how many points.

The student hands in a zip of a repository. Its `reproduce.py` defines

    fit(women)               a model, from the rows of rotterdam.csv
    predict(model, women)    a table with `score` (higher is worse) and `risk` (of the event within five years), one row
                             a woman, from the columns of either place without outcomes
    reproduce()              the dictionary that results.json holds

and prints reproduce() as JSON when it is run. The checklist of the module (checklist.toml) names the checks below that
stand for its items. Every figure is computed here from `score` and `risk`; what the student says is only compared.
"""

import json
import re
from functools import cache

import numpy as np
import pandas as pd
from checking import CheckFailed, Data, Student, check, documents, expect, expect_close, measured, numbers
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.metrics import concordance_index_censored, concordance_index_ipcw, cumulative_dynamic_auc
from sksurv.nonparametric import kaplan_meier_estimator
from sksurv.util import Surv

HORIZON = 5.0  # years
ALLOWED = 0.005
OUTCOMES = ["rtime", "recur", "dtime", "death", "rfstime", "status"]
GROUPS = {"under 50": (0, 49), "50 to 64": (50, 64), "65 and over": (65, 200)}
FILES = [
    "README.md", "report.md", "results.json", "splits.json", "data_dictionary.csv", "hazard_log.csv", "DATASHEET.md",
    "MODEL_CARD.md", "SAFETY_CASE.md", "DPIA.md", "REGULATORY.md", "MONITORING.md", "LICENSE",
    "requirements.lock", "tests/test_model.py",
]  # fmt: skip
# Words that one heading of the file must hold; a bar stands between alternatives.
HEADINGS = {
    "README.md": ["intended use", "inequalities|inequal", "how to run it|reproduce|run"],
    "DATASHEET.md": ["source", "dates|period", "sites|setting", "eligibility|eligib", "licence|license"],
    "MODEL_CARD.md": ["intended use", "limits|limit", "out of scope|out-of-scope|not for", "performance|results"],
    "SAFETY_CASE.md": ["safety", "maker|manufacturer", "deployer|hospital|deploying"],
    "DPIA.md": ["lawful basis|lawful", "minimisation|minimis", "retention|kept", "re-identification|re-identif", "article 22|art 22|automated"],
    "REGULATORY.md": ["medical device"],
    "MONITORING.md": ["drift|measure", "alert|threshold", "owner", "rollback", "retraining|retrain"],
    "report.md": ["sample size", "missing", "utility|usefulness", "human factors|human"],
}
COLUMNS = {
    "data_dictionary.csv": ["name", "meaning", "unit", "available_at"],
    "hazard_log.csv": ["hazard", "cause", "effect", "severity", "likelihood", "control", "residual", "reviewed_by"],
}
IDENTIFIERS = {
    "an NHS number": re.compile(r"(?<![\w.])\d{3}[ -]?\d{3}[ -]?\d{4}(?!\w|\.\d)"),
    "an e-mail address": re.compile(r"\b(?!git@)[\w.+-]+@[\w-]+\.[a-z]{2,}\b", re.I),
    "a date of birth": re.compile(r"\b(?:dob|date of birth|born)\b\D{0,12}\d{1,2}[/.-]\d{1,2}[/.-]\d{2}", re.I),
}


# Files, data, and the student's answers ------------------------------------------------------------------------------


def parsed(text: str, what: str) -> dict:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    expect(isinstance(value, dict), f"{what} is not one JSON object.", look_at="reproduce")
    return value


@cache
def rerun(student: Student) -> dict:
    return parsed(student.printed, "What reproduce.py prints")


@cache
def german(data: Data) -> tuple[pd.DataFrame, np.ndarray]:
    women = data.table("gbsg.csv")
    return women, outcome(women["rfstime"] / 365.25, women["status"] == 1)


def outcome(years: pd.Series, event: pd.Series) -> np.ndarray:
    return Surv.from_arrays((event & (years <= HORIZON)).to_numpy(), np.minimum(years, HORIZON).to_numpy())


@cache
def model(student: Student, data: Data) -> object:
    return student.call("fit", data.table("rotterdam.csv"))


def asked(student: Student, fitted: object, women: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Score and risk of these women, without telling their outcomes."""
    given = student.call("predict", fitted, women.drop(columns=[name for name in OUTCOMES if name in women]))
    try:
        score, risk = given["score"], given["risk"]
    except Exception:
        raise CheckFailed("predict has to give a table with the columns score and risk.", look_at="predict") from None
    return (
        numbers(score, len(women), "score of predict", look_at="predict"),
        numbers(risk, len(women), "risk of predict", between=(0, 1), look_at="predict"),
    )


@cache
def answers(student: Student, data: Data) -> tuple[np.ndarray, np.ndarray]:
    return asked(student, model(student, data), german(data)[0])


def c_index(y: np.ndarray, score: np.ndarray) -> float:
    return float(concordance_index_censored(y["event"], y["time"], score)[0])


def observed(y: np.ndarray) -> float:
    return float(1 - kaplan_meier_estimator(y["event"], y["time"])[1][-1])


def said(results: dict, *path: str) -> float:
    """A number out of results.json."""
    value: object = results
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    expect(value is not None, f"The results hold nothing under {' → '.join(path)}.", look_at="reproduce")
    return float(numbers([value], 1, f"{' → '.join(path)} of the results", look_at="reproduce")[0])


def leaves(value: object, path: str = "") -> dict[str, float]:
    """Every number in the results, by its place."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return {}
    if isinstance(value, int | float):
        return {path: float(value) if abs(value) < 1e300 else np.inf}
    expect(path.count("/") < 10, "The results are nested too deeply: ten levels are enough.", look_at="reproduce")
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return {place: number for key, inner in pairs for place, number in leaves(inner, f"{path}/{key}").items()}


def moved(one: dict, other: dict) -> list[str]:
    first, second = leaves(one), leaves(other)
    places = sorted(first.keys() | second.keys())
    return [
        place
        for place in places
        if place not in first or place not in second or not abs(first[place] - second[place]) <= ALLOWED
    ]


# Visible: 30 points --------------------------------------------------------------------------------------------------


@check("The repository has its files", points=5, visible=True)
def the_repository_has_its_files(student: Student, data: Data) -> None:
    missing = [name for name in FILES if name not in student.files]
    expect(
        not missing,
        f"The archive lacks {', '.join(missing)}. Zip the whole repository, with reproduce.py at its top level.",
    )
    empty = [name for name in FILES if documents.is_next_to_nothing(student.file(name))]
    expect(not empty, f"There is next to nothing in {', '.join(empty)}.")


@check("A clean re-run gives the figures of results.json, ±.005", points=10, visible=True, time_limit=60)
def a_clean_rerun_gives_the_figures(student: Student, data: Data) -> None:
    fresh = rerun(student)
    expect(len(leaves(fresh)) >= 10, "reproduce.py has to print its results as one JSON object, and nothing else.")
    second = moved(fresh, parsed(student.again.printed, "What reproduce.py prints in the second run"))
    expect(
        not second,
        f"We ran it again with another seed for whatever is not seeded and with the columns of the data in another "
        f"order, and {len(second)} figures moved by more than .005, such as {', '.join(second[:3])}. Set every seed and "
        "take columns by name.",
        look_at="reproduce",
    )
    kept = moved(fresh, parsed(student.file("results.json"), "results.json"))
    expect(
        not kept,
        f"{len(kept)} figures of your results.json are not what a clean run gives, such as {', '.join(kept[:3])}. "
        "Make the file with `python reproduce.py > results.json`, last of all.",
        look_at="reproduce",
    )


@check("Governance files can be read and are complete", points=10, visible=True)
def governance_files_are_complete(student: Student, data: Data) -> None:
    problems = []
    for name, wanted in HEADINGS.items():
        problems += [f"{name} has {lack}" for lack in documents.lacking_headings(student.file(name), wanted)]
    for name, columns in COLUMNS.items():
        rows = 6 if name == "hazard_log.csv" else 1
        problems += [f"{name} has {lack}" for lack in documents.lacking_columns(student.file(name), columns, rows)]
    if not re.search(r"\d", student.file("MONITORING.md")):
        problems.append("MONITORING.md has no threshold in figures")
    expect(not problems, f"{len(problems)} things are missing: {'; '.join(problems[:6])}.")


@check("Nothing in it identifies a person", points=5, visible=True)
def nothing_identifies_a_person(student: Student, data: Data) -> None:
    for name in student.files:
        if name.endswith(".png"):
            continue  # A person looks at pictures.
        text = student.file(name)
        for what, form in IDENTIFIERS.items():
            for match in form.finditer(text):
                if what == "an NHS number" and not passes_modulus_11(re.sub(r"\D", "", match[0])):
                    continue
                line = text[: match.start()].count("\n") + 1
                raise CheckFailed(f"Line {line} of {name} holds what looks like {what}. Take it out, and out of git.")


def passes_modulus_11(digits: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(digits[:9], range(10, 1, -1), strict=True))
    return (11 - total % 11) % 11 == int(digits[9])


# Hidden: 70 points ---------------------------------------------------------------------------------------------------


@check("Discrimination elsewhere, recomputed", points=15, visible=False, time_limit=120)
def discrimination_recomputed(student: Student, data: Data) -> None:
    _, y = german(data)
    score, _ = answers(student, data)
    results = rerun(student)
    c = c_index(y, score)
    uno = float(concordance_index_ipcw(y, y, score, tau=HORIZON - 0.01)[0])
    auc = float(cumulative_dynamic_auc(y, y, score, [HORIZON - 0.01])[0][0])
    for key, ours in (("c", c), ("uno", uno), ("auc5", auc)):
        expect(
            abs(said(results, "external", key) - ours) <= ALLOWED,
            f"external → {key} of your results is not what your fit on Rotterdam and your predict give for the German "
            "women. Was the model fitted again, or scored on the women that it was fitted on?",
            look_at="reproduce",
        )
    for name, value in (("C", c), ("Uno's C", uno), ("AUROC at five years", auc)):
        measured(f"{name} among the German women", value)
    low, high = said(results, "external", "c_low"), said(results, "external", "c_high")
    expect(low < c < high and 0.02 <= high - low <= 0.15, "The interval of C is not one of resampled women.",
           look_at="reproduce")  # fmt: skip
    expect(c >= 0.63, "Among the German women your score orders worse than a count of nodes.", look_at="fit")


@check("Calibration elsewhere, recomputed", points=10, visible=False, time_limit=120)
def calibration_recomputed(student: Student, data: Data) -> None:
    _, y = german(data)
    score, risk = answers(student, data)
    results = rerun(student)
    try:
        slope = float(CoxPHSurvivalAnalysis(ties="efron").fit(score.reshape(-1, 1), y).coef_[0])
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        slope = np.nan
    measured("calibration slope among the German women", slope)
    expect(np.isfinite(slope), "From your scores no calibration slope can be computed: they are far too large.")
    for key, ours, within in (
        ("slope", slope, 0.02), ("mean_risk", float(risk.mean()), ALLOWED), ("observed", observed(y), ALLOWED),
    ):  # fmt: skip
        expect(
            abs(said(results, "external", key) - ours) <= within,
            f"external → {key} of your results is not what your predict gives for the German women.",
            look_at="reproduce",
        )
    expect(
        0.75 <= slope <= 1.35 and abs(risk.mean() - observed(y)) <= 0.08,
        "Your risks are far from what happened to the German women: draw observed against predicted in five groups.",
        look_at="fit",
    )


@check("Figures for each age group, recomputed", points=15, visible=False, time_limit=120)
def groups_recomputed(student: Student, data: Data) -> None:
    women, y = german(data)
    score, _ = answers(student, data)
    groups = rerun(student).get("groups")
    expect(isinstance(groups, dict), "The results hold no groups.", look_at="reproduce")
    for name, (youngest, oldest) in GROUPS.items():
        rows = women["age"].between(youngest, oldest).to_numpy()
        entry = {"groups": groups}
        expect(
            said(entry, "groups", name, "n") == rows.sum()
            and said(entry, "groups", name, "events") == y[rows]["event"].sum(),
            f"The women or events of the group “{name}” are miscounted (events within five years).",
            look_at="reproduce",
        )
        c = c_index(y[rows], score[rows])
        expect(
            abs(said(entry, "groups", name, "c") - c) <= 0.01,
            f"C of the group “{name}” is not what your predict gives.",
            look_at="reproduce",
        )
        expect(
            said(entry, "groups", name, "low") < c < said(entry, "groups", name, "high"),
            f"The interval of the group “{name}” does not hold its C.",
            look_at="reproduce",
        )


@check("The model was frozen: German women teach it nothing", points=15, visible=False, time_limit=120)
def the_model_was_frozen(student: Student, data: Data) -> None:
    women, y = german(data)
    score, risk = answers(student, data)
    some = np.random.default_rng(4).permutation(len(women))[:200]
    again = asked(student, model(student, data), women.iloc[some].reset_index(drop=True))
    expect(
        bool(np.allclose(again[0], score[some], atol=1e-6) and np.allclose(again[1], risk[some], atol=1e-6)),
        "We asked for 200 of the women alone, and their scores changed. predict must learn nothing from whom it is asked.",
        look_at="predict",
    )
    here = data.table("rotterdam.csv")
    found = []
    for seed in range(8):  # One alone may order the women by luck: there are only a few columns.
        dealt = here.sample(200, random_state=seed).reset_index(drop=True)
        dealt[OUTCOMES[:4]] = dealt[OUTCOMES[:4]].sample(frac=1, random_state=seed).to_numpy()
        found.append(c_index(y, asked(student, student.call("fit", dealt), women)[0]))
    expect(
        float(np.mean(found)) < 0.59,
        "We fitted on 200 women of Rotterdam whose outcomes were dealt out anew, so that there was nothing to learn, "
        "eight times, and your model still orders the German women well. It has learned from them, or does not learn "
        "from what fit is given.",
        look_at="fit",
    )


@check("Splits by woman, with nothing shared, tested once", points=10, visible=False)
def splits_share_nobody(student: Student, data: Data) -> None:
    splits = parsed(student.file("splits.json"), "splits.json")
    develop, test = splits.get("develop"), splits.get("test")
    expect(isinstance(develop, list) and isinstance(test, list), "splits.json needs the lists develop and test.")
    develop, test = {str(each) for each in develop}, {str(each) for each in test}
    expect(not develop & test, f"{len(develop & test)} women are in both parts of splits.json.")
    for ids, file in ((develop, "rotterdam"), (test, "gbsg")):
        wanted = {f"{file}:{pid}" for pid in data.table(f"{file}.csv")["pid"]}
        expect(ids == wanted, f"splits.json does not name the women of {file}.csv, each as {file}:pid.")
    expect(
        splits.get("test_evaluations") == 1,
        "splits.json has to state test_evaluations: how often the test set was looked at. The answer should be 1.",
    )


@check("A simple baseline stands beside the model", points=5, visible=False, time_limit=60)
def a_baseline_stands_beside(student: Student, data: Data) -> None:
    women, y = german(data)
    nodes = c_index(y, women["nodes"].to_numpy(float))
    results = rerun(student)
    expect_close(said(results, "baseline", "c"), nodes, "baseline → c", within=ALLOWED, look_at="reproduce")
    difference = said(results, "external", "c") - nodes
    expect_close(said(results, "baseline", "gain"), difference, "baseline → gain", within=ALLOWED, look_at="reproduce")
