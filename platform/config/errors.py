from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.uploads import upload_refused


def too_large(request: HttpRequest, reason: str) -> HttpResponse:
    """An upload that was stopped while it arrived."""
    return render(request, "413.html", {"reason": reason}, status=413)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that is too old, or was not sent from our page; or whose token lay behind a file that was too large."""
    if refused := upload_refused(request):
        return too_large(request, refused)
    return render(request, "403_csrf.html", status=403)
