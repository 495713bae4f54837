import re
from urllib.parse import urlsplit

HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+\Z")


def is_web_address(url: str) -> bool:
    """Whether this is an address of a page somewhere in the world, such as https://nice.org.uk/."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.scheme in ("http", "https") and bool(HOST.match(host)) and not re.search(r"\s", url)
    except ValueError:
        return False
