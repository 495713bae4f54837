"""What is sent as a file: always an attachment, never shown by a browser, and its type never guessed."""

from typing import IO

from django.http import FileResponse


def attachment(content: IO[bytes], name: str) -> FileResponse:
    response = FileResponse(content, as_attachment=True, filename=name, content_type="application/octet-stream")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private"
    return response
