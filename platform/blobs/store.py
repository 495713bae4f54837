"""Content-addressed files: a name is the SHA-256 of what it holds, so nothing is ever overwritten or stored twice."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

SHA256 = re.compile(r"[0-9a-f]{64}\Z")


def path(sha256: str) -> Path:
    """Where a blob lies. Raises ValueError for what is not a SHA-256, FileNotFoundError when it is not here."""
    if not SHA256.match(sha256):
        raise ValueError(f"{sha256!r} is not a SHA-256.")
    found = Path(settings.BLOB_DIR) / sha256[:2] / sha256
    if not found.exists():
        raise FileNotFoundError(f"Blob {sha256} is not in {settings.BLOB_DIR}.")
    return found


def put(content: bytes | Iterable[bytes]) -> str:
    """Store the content and return its SHA-256. Written aside and moved, so a blob is whole or absent."""
    folder = Path(settings.BLOB_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=folder, prefix="incoming-", delete=False) as incoming:
        try:
            for chunk in [content] if isinstance(content, bytes) else content:
                digest.update(chunk)
                incoming.write(chunk)
            incoming.flush()
            os.fsync(incoming.fileno())
            target = folder / digest.hexdigest()[:2] / digest.hexdigest()
            target.parent.mkdir(exist_ok=True)
            Path(incoming.name).chmod(0o644)
            Path(incoming.name).replace(target)
        except BaseException:
            Path(incoming.name).unlink(missing_ok=True)
            raise
    return digest.hexdigest()


def read(sha256: str) -> bytes:
    """The whole content of a blob."""
    return path(sha256).read_bytes()
