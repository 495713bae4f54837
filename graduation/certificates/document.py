"""The certificate on paper: one A4 page as PDF/A-3a and PDF/UA-1, with what was awarded attached as data."""

from __future__ import annotations

from datetime import UTC, datetime, time
from functools import cache
from io import BytesIO
from pathlib import Path

import segno
import typst
from django.conf import settings

from courses.refusal import Refused
from graduation.certificates.content import Content, canonical

TEMPLATE = Path(__file__).with_name("certificate.typ")
STANDARDS: list[typst.PDFStandard] = ["a-3a", "ua-1"]


def draw(content: Content) -> bytes:
    """Raises Refused if no font at hand has the letters of a name: an archive's PDF must not show empty boxes."""
    inputs = {"content": canonical(content).decode(), "qr": qr_code(content["address"])}
    issued = datetime.combine(datetime.fromisoformat(content["issued_on"]), time(12), UTC)
    for everywhere in (False, True):
        try:
            return typst.compile(
                TEMPLATE.read_bytes(),
                font_paths=fonts(everywhere),
                sys_inputs=inputs,
                pdf_standards=STANDARDS,
                timestamp=issued,
            )
        except typst.TypstError as error:
            if "could not be displayed" not in error.message:
                raise
    raise Refused(
        f"No font here has all the letters of “{content['recipient']}”. Correct the name, "
        "or install a font that has them on the server."
    )


def qr_code(address: str) -> str:
    out = BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", border=0, dark="#17202b", xmldecl=False)
    return out.getvalue().decode()


@cache
def fonts(everywhere: bool) -> typst.Fonts:
    """The school's own and typst's; those of the machine only for names that need them, so that paper looks alike."""
    vendor = Path(settings.ROOT) / "static" / "vendor" / "fonts"
    return typst.Fonts(include_system_fonts=everywhere, font_paths=[vendor] if vendor.is_dir() else [])
