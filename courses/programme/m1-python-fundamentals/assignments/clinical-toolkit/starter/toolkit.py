"""A clinical file toolkit. Fill in the functions; each says what it gets and what it gives."""

from io import BytesIO

import pydicom


def egfr(creatinine, age, sex, unit="mg/dL"):
    """CKD-EPI 2021 in mL/min per 1.73 m², or None."""
    return None


def read_labs(text):
    """[{"patient": ..., "egfr": ...}, ...] from CSV."""
    return []


def observation(message):
    """{"code": ..., "value": ..., "unit": ...} from a FHIR Observation."""
    return {"code": None, "value": None, "unit": None}


def describe_image(content):
    """What the image is, in its units; None if it is no DICOM file."""
    file = pydicom.dcmread(BytesIO(content))
    return {"modality": file.Modality}


def deidentify(content, name, key):
    """{"name": ..., "content": ...} without the patient."""
    return {"name": name, "content": content}


def heart_rate(signal, hertz):
    """Beats a minute, from the gaps between beats; None if nothing beats."""
    return None


def read_fasta(text):
    """{name: sequence in capitals}; None if a name occurs twice."""
    return {}
