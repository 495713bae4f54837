from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.http import PersonRequest
from notices import actions

PER_PAGE = 30


@require_GET
def notices(request: PersonRequest) -> HttpResponse:
    """What the platform wrote to this person, newest first."""
    page = Paginator(request.user.notices.all(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "notices/notices.html", {"page": page})


@require_POST
def read(request: PersonRequest) -> HttpResponse:
    """Nothing is new any more."""
    if not actions.read_all(by=request.user):
        messages.info(request, "Nothing was unread.")
    return redirect("notices")
