"""Work as it was handed in, sent back."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath

from django.http import FileResponse

from blobs import store
from courses.downloads import attachment
from grading.models.submission import StoredFile


def download(files: list[StoredFile], *, name: str, keep_name: bool = True) -> FileResponse:
    """One file as it is, several as a zip. `name` is that of the zip, and of the file unless its own is kept."""
    if len(files) == 1:
        path = PurePosixPath(files[0]["name"])
        content = io.BytesIO(store.read(files[0]["sha256"]))
        return attachment(content, path.name if keep_name else name + path.suffix)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(file["name"]), store.read(file["sha256"]))
    packed.seek(0)
    return attachment(packed, f"{name}.zip")
