from functools import cache

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest

FONTS = "vendor/fonts.css"
THEMES = {"": "As the system", "light": "Light", "dark": "Dark"}
THEME_COOKIE = "theme"


def site(request: HttpRequest) -> dict[str, object]:
    """What every page may name."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "SCHOOL_NAME": settings.SCHOOL_NAME,
        "UPLOAD_MAX_MB": settings.UPLOAD_MAX_MB,
        "FONTS": fonts(),
        "THEME": theme if theme in THEMES else "",
        "THEMES": THEMES.items(),
    }


@cache
def fonts() -> str:
    """The address of the fonts, once `npm run build` has fetched them; until then the system's fonts do."""
    if not (finders.find(FONTS) or staticfiles_storage.exists(FONTS)):
        return ""
    try:
        return staticfiles_storage.url(FONTS)
    except ValueError:  # built, but not collected yet
        return ""
