"""Write the files of the programme's data sets, byte for byte the same on every machine.

One function per set, named after its id in manifest.toml; it writes exactly the files that the manifest lists there.
"""

import shutil
from pathlib import Path

from .admissions import admissions
from .brain import mni152
from .tables import as_text, deal, from_frame, package, shuffled, visible_part, write

__all__ = ["admissions", "mni152"]

MONICA_COLUMNS = (
    "age",
    "sex",
    "yronset",
    "premi",
    "smstat",
    "diabetes",
    "highbp",
    "hichol",
    "angina",
    "stroke",
    "hosp",
    "outcome",
)
DICOM = ("CT_small", "MR_small", "waveform_ecg", "rtplan", "no_meta", "MR_small_bigendian")


def monica(folder: Path) -> None:
    """Split MONICA 70 to 30 within each of the four groups outcome × hosp.

    The visible file keeps patients who never reached hospital, as the source does; the hidden file holds only those
    who did, because only they are predicted.
    """
    header, table = package("DAAG", "monica")
    rows = [[row[header.index(name)] for name in MONICA_COLUMNS] for row in table]
    order = shuffled("monica", rows)
    patient = {number: f"P{at:04d}" for at, number in enumerate(order, start=1)}
    outcome, hosp = MONICA_COLUMNS.index("outcome"), MONICA_COLUMNS.index("hosp")
    groups: dict[tuple[str, str], list[object]] = {}
    for number, row in enumerate(rows):
        groups.setdefault((row[outcome], row[hosp]), []).append(number)
    visible = visible_part("monica", groups.values())
    header = ("patient", *MONICA_COLUMNS)
    write(folder / "monica_visible.csv", header, ([patient[n], *rows[n]] for n in order if n in visible))
    write(
        folder / "monica_hidden.csv",
        header,
        ([patient[n], *rows[n]] for n in order if n not in visible and rows[n][hosp] == "y"),
    )


def breast_cancer(folder: Path) -> None:
    """Within benign and malignant. The columns are the package's, with _ for each space; diagnosis in words."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    header = [*(str(name).replace(" ", "_") for name in bunch.feature_names), "diagnosis"]
    names = [str(name) for name in bunch.target_names]
    rows = [
        [*map(as_text, values), names[target]]
        for values, target in zip(bunch.data.tolist(), bunch.target.tolist(), strict=True)
    ]
    deal(folder, "breast_cancer", header, rows, within=lambda row: row[-1])


def diabetes(folder: Path) -> None:
    """In the units in which they were measured, not as the package scales them, and within the two sexes."""
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    header = [*bunch.feature_names, "progression"]
    # The source holds at most four decimals; reading it may leave a float's noise behind them.
    rows = [
        [as_text(round(value, 4)) for value in (*values, target)]
        for values, target in zip(bunch.data.tolist(), bunch.target.tolist(), strict=True)
    ]
    deal(folder, "diabetes", header, rows, within=lambda row: row[header.index("sex")])


def dicom(folder: Path) -> None:
    from pydicom.data import get_testdata_file

    for name in DICOM:
        shutil.copyfile(get_testdata_file(f"{name}.dcm", download=False), folder / f"{name}.dcm")


def covid_testing(folder: Path) -> None:
    write(folder / "covid_testing.csv", *package("medicaldata", "covid_testing"))


def nafld1(folder: Path) -> None:
    write(folder / "nafld1.csv", *package("survival", "nafld1"))


def nafld2(folder: Path) -> None:
    write(folder / "nafld2.csv", *package("survival", "nafld2"))


def diabetes_reaven(folder: Path) -> None:
    write(folder / "diabetes_reaven.csv", *package("heplots", "Diabetes"))


def ad_data(folder: Path) -> None:
    write(folder / "ad_data.csv", *package("modeldata", "ad_data"))


def pd_speech(folder: Path) -> None:
    write(folder / "pd_speech.csv", *package("modeldata", "pd_speech"))


def nhefs(folder: Path) -> None:
    """Within sex × race × death, so that the few are in both parts. seqn is the survey's own number: it goes."""
    header, rows = package("causaldata", "nhefs")
    kept = [number for number, name in enumerate(header) if name not in ("seqn", "id")]
    header, rows = [header[number] for number in kept], [[row[number] for number in kept] for row in rows]
    sex, race, death = header.index("sex"), header.index("race"), header.index("death")
    deal(folder, "nhefs", header, rows, within=lambda row: (row[sex], row[race], row[death]))


def opt(folder: Path) -> None:
    write(folder / "opt.csv", *package("medicaldata", "opt"))


def health_insurance(folder: Path) -> None:
    write(folder / "health_insurance.csv", *package("AER", "HealthInsurance"))


def icu(folder: Path) -> None:
    """The level "None" of coma came to Python as a missing value: it is written as no."""
    header, rows = package("vcdExtra", "ICU")
    coma = header.index("coma")
    for row in rows:
        row[coma] = row[coma] or "no"
    write(folder / "icu.csv", header, rows)


def gbsg2(folder: Path) -> None:
    from sksurv.datasets import load_gbsg2

    header, rows = _survival(*load_gbsg2())
    deal(folder, "gbsg2", header, rows, within=lambda row: row[header.index("cens")])


def whas500(folder: Path) -> None:
    from sksurv.datasets import load_whas500

    write(folder / "whas500.csv", *_survival(*load_whas500()))


def flchain(folder: Path) -> None:
    """Within sex × death."""
    from sksurv.datasets import load_flchain

    header, rows = _survival(*load_flchain())
    sex, death = header.index("sex"), header.index("death")
    deal(folder, "flchain", header, rows, within=lambda row: (row[sex], row[death]))


def _survival(frame, outcome) -> tuple[list[str], list[list[str]]]:
    """The features, and behind them the event (1, 0) and its time."""
    header, rows = from_frame(frame)
    names = list(outcome.dtype.names)
    times = [[as_text(value) for value in each] for each in outcome.tolist()]
    return [*header, *names], [[*row, *time] for row, time in zip(rows, times, strict=True)]


def rotterdam(folder: Path) -> None:
    write(folder / "rotterdam.csv", *package("survival", "rotterdam"))


def gbsg(folder: Path) -> None:
    write(folder / "gbsg.csv", *package("survival", "gbsg"))
