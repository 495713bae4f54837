from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import require
from accounts.http import PersonRequest
from accounts.roles import Permission
from audit.forms import Filter
from audit.models import Entry

PER_PAGE = 50


@require_GET
def audit_log(request: PersonRequest) -> HttpResponse:
    """Who did what, newest first, for those who may see it."""
    require(Permission.SEE_AUDIT, of=request.user)
    form = Filter(request.GET)
    entries = form.narrow(Entry.objects.select_related("by"))
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "audit/log.html", {"form": form, "page": page})
