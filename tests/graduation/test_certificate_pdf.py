"""The certificate on paper, read back."""

from __future__ import annotations

import json
from datetime import date
from io import BytesIO
from typing import Any

import factories
import pytest
from pypdf import PdfReader

from accounts.models import User
from blobs import store
from courses.models import Cohort, Enrolment
from courses.refusal import Refused
from graduation.certificates.actions import issue
from graduation.certificates.content import canonical, digest_of, printable
from graduation.certificates.document import draw
from graduation.certificates.models import Certificate


def read(certificate: Certificate) -> PdfReader:
    return PdfReader(BytesIO(store.read(certificate.pdf)))


def text_of(reader: PdfReader) -> str:
    return " ".join(reader.pages[0].extract_text().split())


def test_one_page_says_what_was_awarded(certificate: Certificate) -> None:
    reader = read(certificate)
    assert len(reader.pages) == 1
    text = text_of(reader)
    content = certificate.content
    for words in (content["recipient"], content["school"], content["award"], certificate.number, content["address"]):
        assert words in text
    assert "awarded with Distinction to" in text
    assert "Distinction, mean 69.3, by uplift" in text
    for number, title in enumerate(factories.MODULES):
        credits, mark = (content["modules"][number][key] for key in ("credits", "mark"))
        assert f"{title} {credits} {mark}" in text


def test_the_metadata_name_award_person_and_school(certificate: Certificate) -> None:
    reader = read(certificate)
    metadata = reader.metadata
    assert metadata is not None
    assert metadata.title == f"{certificate.content['award']}, Amara Okafor"
    assert metadata.author == certificate.content["school"]
    catalog: Any = reader.trailer["/Root"]
    xmp = catalog["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert catalog["/Lang"] == "en-GB"
    assert catalog["/MarkInfo"]["/Marked"]


def test_the_attached_data_have_the_digest_of_the_register(certificate: Certificate) -> None:
    (attached,) = read(certificate).attachments["certificate.json"]
    assert attached == canonical(certificate.content)
    assert digest_of(json.loads(attached)) == certificate.digest


def test_the_same_content_always_gives_the_same_file(certificate: Certificate) -> None:
    assert draw(certificate.content) == store.read(certificate.pdf)


HOSTILE = [
    '#{panic("injected")}',
    '#sys.inputs #import "@preview/x": * #eval("1")',
    '"; #read("/etc/passwd") //',
    "$x^2$ *bold* _it_ `raw` <label> @ref \\ [ ] { }",
    "O'Brien “Bob” \\\" \\n </script>",
    "Ngọc Łukasiewicz-Đặng Ørsted",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_whatever_it_looks_like(spring: Cohort, confirmed: Any, office: User, name: str) -> None:
    student = factories.enrolment(spring, factories.person("Somebody"))
    student.user.name = name
    student.user.save()
    certificate = issue(award=confirmed(student), by=office)
    assert certificate.content["recipient"] == name
    spaceless = "".join(text_of(read(certificate)).split())
    assert "".join(name.split()) in spaceless


@pytest.mark.parametrize("name", ["Anne Marie " * 18, "W" * 200, "i" * 200], ids=["words", "wide", "narrow"])
def test_two_hundred_letters_stay_on_the_page(amara: Enrolment, confirmed: Any, office: User, name: str) -> None:
    amara.user.name = name[:200]
    amara.user.save()
    reader = read(issue(award=confirmed(amara), by=office))
    assert len(reader.pages) == 1
    text = text_of(reader).replace("\u200b", "").replace(" ", "")
    assert name[:200].replace(" ", "") in text
    edges = []
    reader.pages[0].extract_text(
        visitor_text=lambda words, _cm, tm, _font, _size: edges.append(tm[4]) if words else None
    )
    assert max(edges) < float(reader.pages[0].mediabox.width)


def test_letters_that_no_font_has_are_refused_in_words(amara: Enrolment, confirmed: Any, office: User) -> None:
    amara.user.name = "Amara 🎉 Okafor"
    amara.user.save()
    award = confirmed(amara)
    with pytest.raises(Refused, match="No font here has all the letters of “Amara 🎉 Okafor”"):
        issue(award=award, by=office)
    assert not Certificate.objects.exists()


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Amara \u202erofakO", "Amara rofakO"),
        ("\u2066Amara\u2069\u0007 Okafor\ufeff", "Amara Okafor"),
        (" Amara \t\n Okafor ", "Amara Okafor"),
        ("Ame\u0301lie", "Amélie"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_marks_that_turn_or_hide_text_are_left_out(name: str, printed: str) -> None:
    assert printable(name) == printed


@pytest.mark.parametrize("name", ["", "  ", "\u202e", "—", "\u200d"])
def test_a_certificate_needs_a_name(name: str) -> None:
    with pytest.raises(Refused, match="no name"):
        printable(name)


def test_a_pass_is_awarded_without_a_class_in_the_line(amara: Enrolment, confirmed: Any, office: User) -> None:
    text = text_of(read(issue(award=confirmed(amara, *[55] * 9), by=office)))
    assert "awarded to Amara Okafor" in text
    assert "Pass, mean 55.0" in text


def test_the_dates_are_those_of_the_school(certificate: Certificate) -> None:
    board_on = date.fromisoformat(certificate.content["board_on"])
    assert f"{board_on.day} {board_on:%B %Y}" in text_of(read(certificate))
