"""Uploads are capped while they arrive, so that a large file costs neither memory nor disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest


class CappedUploadHandler(TemporaryFileUploadHandler):
    """Keeps nothing above UPLOAD_MAX_MB over all files of a request, and leaves the reason on the request.

    The rest is read and dropped as it comes, so that the browser gets an answer instead of a broken connection.
    Raising StopUpload would read it by lines: a body without line ends would then be held in memory whole.
    """

    received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received += len(raw_data)
        if self.received > settings.UPLOAD_MAX_MB * 1024 * 1024:
            self.request.upload_refused = (  # type: ignore[union-attr]
                f"The file is larger than {settings.UPLOAD_MAX_MB} MB. Nothing was kept."
            )
            return None
        return super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:
        if getattr(self.request, "upload_refused", ""):
            self.file.close()
            return None
        return super().file_complete(file_size)


def upload_refused(request: HttpRequest) -> str:
    """Why the upload of this request was stopped, or nothing."""
    request.FILES  # noqa: B018  (parses the body)
    reason: Any = getattr(request, "upload_refused", "")
    return str(reason)
