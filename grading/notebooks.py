"""An executed notebook as a page for a frame without rights.

Code of students has made it. It gets no script, no network and an origin of its own, only our pages may frame it, and
all that it may fetch are the fonts that our pages are set in.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static

from blobs import store
from config.context import THEME_COOKIE

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src {fonts}; sandbox; frame-ancestors 'self'"
)
FONTS = (
    ("Source Serif 4 Variable", "200 900", "source-serif-4-latin-opsz-normal"),
    ("IBM Plex Sans", "400", "ibm-plex-sans-latin-400-normal"),
    ("IBM Plex Sans", "600", "ibm-plex-sans-latin-600-normal"),
    ("IBM Plex Mono", "400", "ibm-plex-mono-latin-400-normal"),
)
NO_PAGE = (
    b'<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>No notebook</title></head><body><p>'
    b"This run left no notebook that can be shown.</p></body></html>"
)


def notebook_page(request: HttpRequest, digest: str) -> HttpResponse:
    """The stored page in the reader's theme, or a sentence where there is none."""
    addresses = [request.build_absolute_uri(static(f"vendor/fonts/{file}.woff2")) for _, _, file in FONTS]
    faces = "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-display: swap; src: url("{address}") }}'
        for (family, weight, _), address in zip(FONTS, addresses, strict=True)
    )
    theme = request.COOKIES.get(THEME_COOKIE)
    # A frame follows the system, not its page: without this a dark page would hold a white notebook.
    scheme = f":root {{ color-scheme: {theme} !important }}" if theme in {"light", "dark"} else ""
    try:
        page = store.read(digest) if digest else NO_PAGE
    except FileNotFoundError:
        page = NO_PAGE
    page = page.replace(b"<head>", f"<head><style>{faces}{scheme}</style>".encode(), 1)
    page = page.replace(b"<body>", b'<body tabindex="0">', 1)  # or the keyboard would pass the frame by
    response = HttpResponse(page, content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = POLICY.format(fonts=" ".join(addresses))
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["X-Content-Type-Options"] = "nosniff"
    return response
