"""What every template may use."""

from datetime import datetime
from decimal import Decimal

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

ICON_WORDS = {
    "done": "ok",
    "now": "here",
    "ahead": "off",
    "prov": "prov",
    "fail": "no",
    "warn": "warn",
    "clock": "warn",
    "lock": "off",
    "gone": "off",
    "next": "",
    "down": "",
}


@register.simple_tag
def icon(name: str, tone: str | None = None) -> SafeString:
    """One of the eleven drawings; always beside a word."""
    return format_html(
        '<svg class="i {}" aria-hidden="true"><use href="#i-{}"></use></svg>',
        ICON_WORDS[name] if tone is None else tone,
        name,
    )


@register.filter
def when(value: datetime | None) -> str:
    """Thu 27 May 2027, 23:59 BST."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return f"{formats.date_format(local, 'D j M Y, H:i')} {local.tzname()}"


@register.filter
def day(value: datetime | None) -> str:
    """Thu 27 May 2027."""
    if value is None:
        return ""
    moment = timezone.localtime(value) if isinstance(value, datetime) else value
    return formats.date_format(moment, "D j M Y")


@register.filter
def mark(value: Decimal | None) -> str:
    """A component mark with two decimals; nothing for nothing."""
    return "" if value is None else f"{value:.2f}"


@register.filter
def points(value: float | Decimal | None) -> str:
    """Points without needless zeros: 5, 7.5."""
    return "" if value is None else f"{float(value):.2f}".rstrip("0").rstrip(".")


@register.filter
def thousands(count: int) -> str:
    """15,524."""
    return f"{count:,}"


@register.filter
def size(count: int) -> str:
    """Of a file: 812 bytes, 12 kB, 3.4 MB."""
    if count < 1000:
        return f"{count} byte{'' if count == 1 else 's'}"
    if count < 1_000_000:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB"


@register.filter
def get(mapping: dict[object, object], key: object) -> object:
    """mapping[key], or None."""
    return mapping.get(key)
