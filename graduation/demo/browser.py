"""A browser without a screen: follows links, keeps cookies, fills in the forms that it finds. Standard library only."""

from __future__ import annotations

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


class NoSuchForm(LookupError):
    """The page has no such form or field: a person could not do this either."""


@dataclass
class Field:
    """One control: its name, type, value, and for radio buttons and selects what can be chosen."""

    name: str
    type: str
    value: str = ""
    choices: list[str] = field(default_factory=list)


@dataclass
class Form:
    """A form as the page has it."""

    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)
    disabled: bool = False


class Reader(HTMLParser):
    """Collects the forms, links and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._select: Field | None = None
        self._area: Field | None = None
        self._href: str | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in {"script", "style", "svg"}:
            self._silent += 1
        elif tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "a":
            self._href = given.get("href", "")
            self.links.append((self._href, ""))
        elif self._form is not None:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "option" and self._select is not None:
            self._select.choices.append(given.get("value", ""))
            if "selected" in given:
                self._select.value = given.get("value", "")
        if not name or "disabled" in given:
            if tag == "button" and "disabled" in given:
                self._form.disabled = True
            return
        if tag == "input" and kind in {"radio", "checkbox"}:
            control = self._form.fields.setdefault(name, Field(name, kind))
            control.choices.append(given.get("value", "on"))
            if "checked" in given:
                control.value = given.get("value", "on")
        elif tag == "input" and kind not in {"submit", "button"}:
            self._form.fields[name] = Field(name, kind, given.get("value", ""))
        elif tag == "select":
            self._select = self._form.fields[name] = Field(name, "select")
        elif tag == "textarea":
            self._area = self._form.fields[name] = Field(name, "textarea")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "svg"}:
            self._silent = max(0, self._silent - 1)
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None
        elif tag == "a":
            self._href = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data
        if self._silent:
            return
        if self._href is not None and self.links:
            href, text = self.links[-1]
            self.links[-1] = (href, text + data)
        self.words.append(data)


@dataclass
class Page:
    """What came back."""

    url: str
    status: int
    body: bytes
    headers: Mapping[str, str]

    def __post_init__(self) -> None:
        self.reader = Reader()
        if "html" in self.headers.get("Content-Type", ""):
            self.reader.feed(self.body.decode())

    @property
    def text(self) -> str:
        """The words of the page, with single spaces."""
        return " ".join(" ".join(self.reader.words).split())

    def link(self, containing: str) -> str:
        """The address of the first link whose words or address contain this."""
        for href, words in self.reader.links:
            if containing in " ".join(words.split()) or containing in href:
                return urllib.parse.urljoin(self.url, href)
        raise NoSuchForm(f"{self.url} has no link “{containing}”.")

    def form(self, action: str) -> Form:
        """The first form whose address contains this (an empty action is the page's own address)."""
        for form in self.reader.forms:
            target = urllib.parse.urljoin(self.url, form.action)
            if action in target:
                return form
        raise NoSuchForm(f"{self.url} has no form for “{action}”.")


class Browser:
    """One person's browser."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def get(self, url: str) -> Page:
        return self._open(urllib.request.Request(self._absolute(url)))

    def submit(
        self, page: Page, action: str, files: Mapping[str, tuple[str, bytes]] | None = None, **values: Any
    ) -> Page:
        """Fill in the form and send it, hidden fields and all."""
        form = page.form(action)
        if form.disabled:
            raise NoSuchForm(f"The button of the form for “{action}” on {page.url} is disabled.")
        unknown = [name for name in [*values, *(files or {})] if name not in form.fields]
        if unknown:
            known = ", ".join(form.fields)
            raise NoSuchForm(f"The form for “{action}” on {page.url} has no field {unknown[0]}; it has {known}.")
        data = {
            name: control.value
            for name, control in form.fields.items()
            if control.type != "file" and (control.value or control.type not in {"radio", "checkbox"})
        } | {name: str(value) for name, value in values.items()}
        target = urllib.parse.urljoin(page.url, form.action)
        if form.method == "get":
            return self.get(f"{target}?{urllib.parse.urlencode(data)}")
        body, content_type = multipart(data, files or {})
        headers = {"Content-Type": content_type, "Referer": page.url, "Origin": self.address}
        return self._open(urllib.request.Request(target, data=body, headers=headers))

    def _absolute(self, url: str) -> str:
        return urllib.parse.urljoin(self.address, url)

    def _open(self, request: urllib.request.Request) -> Page:
        try:
            with self.opener.open(request, timeout=30) as response:
                return Page(response.url, response.status, response.read(), dict(response.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Page(error.url or "", error.code, error.read(), dict(error.headers))


def multipart(data: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    """A form's body as browsers encode it."""
    boundary = uuid.uuid4().hex
    parts: list[bytes] = []
    for name, value in data.items():
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, (filename, content) in files.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n")
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"
