"""What is checked about a submission, and for how many points.

The student hands in egfr, read_labs, observation, describe_image, deidentify, heart_rate and read_fasta. Files go
to them as bytes; the files in which somebody is to be found are made here, from the scanners' files, with invented people.
"""

import json
from io import BytesIO
from numbers import Number

import numpy as np
import pydicom
from checking import CheckFailed, Data, Student, check, expect, expect_close, expect_equal, measured
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

NOTHING = (None, float("nan"), "")


def ckd_epi(creatinine: float, age: float, sex: str) -> float:
    """CKD-EPI 2021 (Inker and others 2021), mg/dL and years."""
    kappa, alpha, factor = (0.7, -0.241, 1.012) if sex == "F" else (0.9, -0.302, 1.0)
    ratio = creatinine / kappa
    return 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age * factor


def near(given: object, right: float, part: float) -> bool:
    """Whether a student's answer is a number within this part of what is right."""
    try:
        return isinstance(given, int | float) and abs(float(given) - right) <= part * right
    except OverflowError:
        return False


def described(student: Student, content: bytes) -> dict:
    given = student.call("describe_image", content)
    expect(
        isinstance(given, dict),
        "describe_image gave no dictionary for a DICOM file.",
        got=given,
        look_at="describe_image",
    )
    keys = ("modality", "rows", "columns", "unit", "minimum", "maximum", "mean")
    return {key: single(given.get(key, "not there")) for key in keys}


def single(value: object) -> object:
    """A single value as it is; anything that would compare in an odd way as a word that is never right."""
    return value if value is None or isinstance(value, str | Number) else "not one value"


def written(file: Dataset) -> bytes:
    out = BytesIO()
    file.save_as(out)
    return out.getvalue()


# Visible: 30 points --------------------------------------------------------------------------------------------------


@check("One eGFR each for a woman and a man", points=8, visible=True)
def one_egfr(student: Student, data: Data) -> None:
    for sex, right in (("F", 68.6), ("M", 91.7)):
        given, what = student.call("egfr", 1.0, 50, sex), f'egfr(1.0, 50, "{sex}")'
        expect_close(given, right, what, within=0.1, look_at="egfr")
        measured(what, given)


@check("Modality and size of the CT", points=8, visible=True)
def ct_size(student: Student, data: Data) -> None:
    given = described(student, data.path("CT_small.dcm").read_bytes())
    expect_equal(
        {key: given[key] for key in ("modality", "rows", "columns")},
        {"modality": "CT", "rows": 128, "columns": 128},
        "describe_image of CT_small.dcm",
        look_at="describe_image",
    )


@check("A simple FASTA text", points=7, visible=True)
def simple_fasta(student: Student, data: Data) -> None:
    given = student.call("read_fasta", ">HBB start of beta globin\nATGGTGCAT\nctgactcct\n>HBA\nATGGTGCTG\n")
    expect_equal(given, {"HBB": "ATGGTGCATCTGACTCCT", "HBA": "ATGGTGCTG"}, "read_fasta", look_at="read_fasta")


@check("The rate of lead II", points=7, visible=True)
def lead_two(student: Student, data: Data) -> None:
    leads = pydicom.dcmread(data.path("waveform_ecg.dcm")).waveform_array(0)
    given = student.call("heart_rate", leads[:, 1], 1000.0)
    expect_close(given, 61.1, "heart_rate of lead II, beats a minute,", within=1.5, look_at="heart_rate")


# Hidden: 70 points ---------------------------------------------------------------------------------------------------


@check("eGFR for many adults, in both units", points=8, visible=False)
def many_egfr(student: Student, data: Data) -> None:
    random = np.random.default_rng(5)
    for number in range(60):
        creatinine, age = float(random.uniform(0.3, 9)), int(random.integers(18, 96))
        sex = "FM"[number % 2]
        micro = number % 3 == 0
        value, unit = (creatinine * 88.42, "umol/L") if micro else (creatinine, "mg/dL")
        given = student.call("egfr", value, age, sex, unit=unit)
        right = ckd_epi(creatinine, age, sex)
        expect(
            near(given, right, 0.005),
            f"egfr is off for {'a woman' if sex == 'F' else 'a man'} with a creatinine in {unit}. Three things do this: "
            "the equation of 2009, the exponents of the other sex, and µmol/L taken for mg/dL.",
            look_at="egfr",
        )
    measured('egfr(2.0, 70, "M")', student.call("egfr", 2.0, 70, "M"))


@check("What cannot be answered gives None", points=8, visible=False)
def refused(student: Student, data: Data) -> None:
    cases = [
        *(((value, 50, "F"), {}, "a creatinine that is missing") for value in NOTHING),
        ((88.0, 50, "F"), {}, "a creatinine of 88 mg/dL, which no living patient has"),
        ((1.0, 50, "F"), {"unit": "umol/L"}, "a creatinine of 1 µmol/L, which no living patient has"),
        ((0.0, 50, "M"), {}, "a creatinine of 0"),
        ((1.0, 12, "F"), {}, "a child of 12; the equation is for adults"),
        ((1.0, 50, "?"), {}, "a sex that is not known"),
        ((1.0, 50, "M"), {"unit": "mmol/L"}, "a unit that is not known"),
    ]
    for arguments, named, what in cases:
        given = student.call("egfr", *arguments, **named)
        expect(given is None, f"egfr gave a number for {what}. It has to give None.", look_at="egfr")
    for text, what in (
        (">A\nACGT\n>A\nAC\n", "in which a name occurs twice"),
        ("ACGT\n>A\nACGT\n", "with letters before the first >"),
    ):
        expect(
            student.call("read_fasta", text) is None,
            f"read_fasta did not give None for a text {what}.",
            look_at="read_fasta",
        )
    given = student.call("heart_rate", np.zeros(5000), 500.0)
    expect(given is None, "heart_rate found beats in a flat line. It has to give None.", look_at="heart_rate")


@check("Laboratory files with semicolons, decimal commas and gaps", points=6, visible=False)
def laboratory_files(student: Student, data: Data) -> None:
    plain = "patient,sex,age,creatinine,unit\n00412,F,61,1.2,mg/dL\n00413,M,74,,mg/dL\n00414,M,48,106.1,umol/L\n"
    other = "unit;patient;creatinine;age;sex\nµmol/L;0007;132,6;80;F\nmg/dL;0008;2,0;70;M\nmg/dL;0009;97;55;F\n"
    for text, wanted in (
        (plain, [("00412", ckd_epi(1.2, 61, "F")), ("00413", None), ("00414", ckd_epi(106.1 / 88.42, 48, "M"))]),
        (other, [("0007", ckd_epi(132.6 / 88.42, 80, "F")), ("0008", ckd_epi(2.0, 70, "M")), ("0009", None)]),
    ):
        given = student.call("read_labs", text)
        expect(
            isinstance(given, list) and len(given) == len(wanted) and all(isinstance(row, dict) for row in given),
            "read_labs has to give a list with one dictionary for each row of the file.",
            got=given,
            look_at="read_labs",
        )
        for row, (patient, rate) in zip(given, wanted, strict=True):
            expect(
                single(row.get("patient")) == patient,
                "A patient's number came out changed. It is text: keep its zeros, and take columns by name.",
                look_at="read_labs",
            )
            value = row.get("egfr", "not there")
            right = value is None if rate is None else near(value, rate, 0.005)
            expect(
                right,
                "A rate of read_labs is wrong, or is a number where the creatinine is missing or impossible. Mind the "
                "separator, the decimal comma and both spellings of µmol/L.",
                look_at="read_labs",
            )


@check("FHIR observations with and without a value", points=4, visible=False)
def observations(student: Student, data: Data) -> None:
    whole = {
        "resourceType": "Observation",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2160-0"}, {"code": "local"}]},
        "valueQuantity": {"value": 97, "unit": "umol/L"},
    }
    lost = {key: value for key, value in whole.items() if key != "valueQuantity"}
    lost["dataAbsentReason"] = {"text": "sample lost"}
    for message, wanted in (
        (whole, {"code": "2160-0", "value": 97, "unit": "umol/L"}),
        (lost, {"code": "2160-0", "value": None, "unit": None}),
        ({"resourceType": "Observation"}, {"code": None, "value": None, "unit": None}),
    ):
        given = student.call("observation", json.dumps(message))
        expect(
            isinstance(given, dict) and {key: single(value) for key, value in given.items()} == wanted,
            "observation does not give code, value and unit, or something other than None where they are not there.",
            look_at="observation",
        )


@check("Hounsfield units", points=10, visible=False)
def hounsfield(student: Student, data: Data) -> None:
    content = data.path("CT_small.dcm").read_bytes()
    file = pydicom.dcmread(BytesIO(content))
    other = pydicom.dcmread(BytesIO(content))
    other.RescaleSlope, other.RescaleIntercept = "2", "-1000"
    for one, bytes_ in ((file, content), (other, written(other))):
        units = one.pixel_array.astype(float) * float(one.RescaleSlope) + float(one.RescaleIntercept)
        given = described(student, bytes_)
        for key, right in (("minimum", units.min()), ("maximum", units.max()), ("mean", units.mean())):
            expect_close(
                given[key], float(right), f"{key} of a CT in Hounsfield units", within=0.01, look_at="describe_image"
            )
        if one is file:
            for key in ("minimum", "maximum", "mean"):
                measured(f"{key} of the CT, HU", given[key])
        expect(given["unit"] == "HU", "The unit of a CT with slope and intercept is HU.", look_at="describe_image")


@check("MR, radiotherapy plan, big-endian file, file without a header", points=8, visible=False)
def other_files(student: Student, data: Data) -> None:
    for name in ("MR_small.dcm", "MR_small_bigendian.dcm"):
        content = data.path(name).read_bytes()
        stored = pydicom.dcmread(BytesIO(content)).pixel_array
        given = described(student, content)
        right = (given["modality"], given["rows"], given["columns"], given["unit"]) == ("MR", 64, 64, None)
        expect(right, "An MR slice of 64 × 64 is not described as one, without a unit.", look_at="describe_image")
        expect_close(
            given["mean"], float(stored.mean()), "mean of an MR slice, as stored", within=0.01, look_at="describe_image"
        )
    given = described(student, data.path("rtplan.dcm").read_bytes())
    wanted = dict.fromkeys(given) | {"modality": "RTPLAN"}
    expect(
        given == wanted,
        "A radiotherapy plan has no pixels: everything but its modality has to be None.",
        look_at="describe_image",
    )
    for content in (data.path("no_meta.dcm").read_bytes(), b"patient,age\n1,50\n"):
        for function, arguments in (("describe_image", (content,)), ("deidentify", (content, "a.dcm", "key"))):
            expect(
                student.call(function, *arguments) is None,
                f"{function} did not give None for bytes that are no DICOM file with its header.",
                look_at=function,
            )


PEOPLE = {
    "PatientName": "Zylberstein^Oda",
    "PatientID": "QX771903",
    "PatientBirthDate": "19430817",
    "PatientAddress": "4 Marram Close, Holkham",
    "PatientTelephoneNumbers": "01632 960417",
    "OtherPatientNames": "Oda Brandvold",
    "PatientComments": "sister of our nurse Brandvold",
    "ReferringPhysicianName": "Vaszary^Imre",
    "OperatorsName": "Kettlewell",
    "InstitutionName": "Saint Wolstan Infirmary",
    "StudyDate": "20310415",
    "StudyTime": "134507",
    "AccessionNumber": "ACC5550183",
    "StudyDescription": "head, Mrs Zylberstein",
    "StationName": "WOLSTANCT3",
}
UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")


def with_people(content: bytes, image: str) -> bytes:
    """The file with invented people in every place in which somebody may be found, and a UID of its own."""
    file = pydicom.dcmread(BytesIO(content))
    for keyword, value in PEOPLE.items():
        setattr(file, keyword, value)
    file.StudyInstanceUID, file.SeriesInstanceUID = "1.2.826.0.1.77777.1", "1.2.826.0.1.77777.2"
    file.SOPInstanceUID = file.file_meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.77777.3.{image}"
    file.FrameOfReferenceUID = "1.2.826.0.1.77777.4"
    inner = Dataset()
    inner.ReferencedSOPClassUID = file.SOPClassUID
    inner.ReferencedSOPInstanceUID = "1.2.826.0.1.77777.3.1"
    inner.PersonName = "Threlkeld^Nora"
    inner.TextValue = "seen by Threlkeld"
    outer = Dataset()
    outer.ContentSequence = Sequence([inner])
    file.ReferencedStudySequence = Sequence([outer])
    block = file.private_block(0x0015, "ACME HEALTH", create=True)
    block.add_new(0x01, "LO", "Zylberstein, Oda QX771903")
    block.add_new(0x02, "OB", b"owner: Quillfeather\0")
    file.preamble = b"Grimthorpe QX771903".ljust(128, b"\0")
    return written(file)


TRACES = [
    *("Zylberstein", "QX771903", "19430817", "Marram", "960417", "Brandvold", "Vaszary", "Kettlewell", "Wolstan"),
    *("20310415", "134507", "ACC5550183", "WOLSTANCT3", "Threlkeld", "Quillfeather", "Grimthorpe", "77777"),
]
WHERE = {
    "Threlkeld": "an element inside a sequence",
    "Quillfeather": "a private element",
    "Grimthorpe": "the 128 bytes before the first element",
    "77777": "an old UID",
    "Brandvold": "other names or a comment",
}


def treated(student: Student, content: bytes, name: str, key: str) -> tuple[str, bytes, Dataset]:
    given = student.call("deidentify", content, name, key)
    expect(
        isinstance(given, dict) and isinstance(given.get("name"), str) and isinstance(given.get("content"), bytes),
        "deidentify has to give a dictionary with a name (text) and content (bytes).",
        got=given,
        look_at="deidentify",
    )
    try:
        return given["name"], given["content"], pydicom.dcmread(BytesIO(given["content"]))
    except Exception:
        # The bytes are the student's: pydicom may refuse them with any kind of exception.
        raise CheckFailed("What deidentify gave cannot be read as a DICOM file.", look_at="deidentify") from None


@check("Nothing that identifies anybody in the bytes or the name", points=12, visible=False)
def nobody_left(student: Student, data: Data) -> None:
    for source in ("CT_small.dcm", "MR_small_bigendian.dcm", "rtplan.dcm", "waveform_ecg.dcm"):
        content = with_people(data.path(source).read_bytes(), "1")
        name, result, _ = treated(student, content, "Zylberstein_QX771903.dcm", "a secret")
        for trace in TRACES:
            expect(
                trace.lower().encode() not in result.lower(),
                "We put invented people into a DICOM file and found one of them in your result: "
                f"{WHERE.get(trace, 'an ordinary attribute')}. Go down into sequences, drop private elements, empty "
                "names, numbers, dates and texts, and search the bytes.",
                look_at="deidentify",
            )
            expect(
                trace.lower() not in name.lower(),
                "The new file name still holds a name or a number of the patient.",
                look_at="deidentify",
            )
        expect(name.endswith(".dcm"), "The new file name does not end in .dcm.", look_at="deidentify")
    content = data.path("waveform_ecg.dcm").read_bytes()
    file = pydicom.dcmread(BytesIO(content))
    _, result, _ = treated(student, content, "ecg.dcm", "a secret")
    for keyword in ("PatientID", "PatientBirthDate", "AccessionNumber", "InstitutionName", "StudyInstanceUID"):
        expect(
            str(file.get(keyword)).encode() not in result,
            f"The ECG says Anonymous, and your result still has its {keyword}.",
            look_at="deidentify",
        )


@check("UIDs replaced consistently, pixels untouched", points=8, visible=False)
def consistent_uids(student: Student, data: Data) -> None:
    source = data.path("CT_small.dcm").read_bytes()
    old = pydicom.dcmread(BytesIO(source))
    _, _, one = treated(student, with_people(source, "1"), "1.dcm", "a secret")
    _, _, two = treated(student, with_people(source, "2"), "2.dcm", "a secret")
    _, _, again = treated(student, with_people(source, "1"), "1.dcm", "another secret")
    for keyword in UIDS:
        values = [file.get(keyword) for file in (one, two, again)]
        expect(all(values), f"{keyword} is gone. Replace it; do not empty it.", look_at="deidentify")
        same = values[0] == values[1]
        expect(
            same if keyword != "SOPInstanceUID" else not same,
            "Two images of one study no longer belong together, or have become the same image: the new UID has to follow "
            "from the old one.",
            look_at="deidentify",
        )
        expect(values[0] != values[2], "With another key the UIDs stayed the same.", look_at="deidentify")
    inner = [element.value for element in two.iterall() if element.keyword == "ReferencedSOPInstanceUID"]
    expect(
        one.SOPInstanceUID in inner,
        "The second image refers to the first, inside a sequence, and no longer does so in your result.",
        look_at="deidentify",
    )
    expect(
        one.SOPClassUID == old.SOPClassUID and one.file_meta.MediaStorageSOPInstanceUID == one.SOPInstanceUID,
        "The class of the image has changed, or the header of the file names another image than the file does.",
        look_at="deidentify",
    )
    kept = all(str(one.get(keyword)) == str(old.get(keyword)) for keyword in
               ("Modality", "Rows", "Columns", "PixelSpacing", "RescaleSlope", "RescaleIntercept"))  # fmt: skip
    expect(
        kept and one.get("PixelData") == old.PixelData,
        "Pixels, sizes, spacing, rescaling or modality are not what they were.",
        look_at="deidentify",
    )


@check("Heart rates of other leads, rates and units", points=6, visible=False)
def heart_rates(student: Student, data: Data) -> None:
    leads = pydicom.dcmread(data.path("waveform_ecg.dcm")).waveform_array(0)
    two = leads[:, 1]
    drift = 150 * np.sin(np.arange(len(two)) / 1000)
    for signal, hertz, rate, what in (
        (leads[:, 0], 1000.0, 61.07, "another lead"),
        (two / 1000, 1000.0, 61.07, "millivolts instead of microvolts"),
        (two + drift, 1000.0, 61.07, "a drifting baseline"),
        (two[::4], 250.0, 61.07, "250 values a second"),
        (two, 500.0, 30.53, "a slow heart"),
        (two, 2000.0, 122.13, "a fast heart"),
        (two[:6500], 1000.0, 61.0, "a shorter strip"),
    ):
        given = student.call("heart_rate", signal, hertz)
        expect(
            near(given, rate, 0.012),
            f"heart_rate is off for {what}. Take the gaps between beats and the values a second into account, and let no "
            "limit depend on the unit.",
            look_at="heart_rate",
        )
