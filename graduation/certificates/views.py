from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts.http import PersonRequest
from accounts.roles import Permission
from blobs import store
from courses.refusal import Refused
from graduation.awards.access import enrolment_for
from graduation.awards.views import award_on_page
from graduation.certificates import actions
from graduation.certificates.access import certificate_to_revoke, certificates_for, may_issue
from graduation.certificates.forms import RevocationForm
from graduation.certificates.models import Certificate
from graduation.certificates.verification import verify
from graduation.portfolio.access import public_portfolio_of

PER_PAGE = 50


@require_POST
def issue(request: PersonRequest, pk: int) -> HttpResponse:
    enrolment = enrolment_for(request.user, pk, Permission.ISSUE_CERTIFICATES)
    award = award_on_page(request, enrolment)
    try:
        certificate = actions.issue(award=award, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{certificate.number} is issued. {enrolment.user} has been told.")
    return redirect("record", pk=pk)


@require_GET
def certificates(request: PersonRequest) -> HttpResponse:
    if not may_issue(request.user):
        raise Http404
    found = certificates_for(request.user).order_by("-issued_at", "-pk")
    query = request.GET.get("q", "").strip()[:200].replace("\x00", "")
    if query:
        found = found.filter(Q(number__icontains=query) | Q(award__enrolment__user__name__icontains=query))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "graduation/certificates.html", {"page": page, "query": query})


@require_http_methods(["GET", "POST"])
def revoke(request: PersonRequest, code: str) -> HttpResponse:
    certificate = certificate_to_revoke(request.user, code)
    form = RevocationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.revoke(certificate=certificate, reason=form.cleaned_data["reason"], by=request.user)
        except Refused as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, f"{certificate.number} is revoked. Its page says so from now on.")
            return redirect("record", pk=certificate.award.enrolment_id)
    context = {"certificate": certificate, "form": form}
    return render(request, "graduation/revoke.html", context, status=422 if form.errors else 200)


@require_safe
@login_not_required
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """What anyone sees who has the address."""
    as_printed = code.lower().replace("-", "")
    found = _find(as_printed)
    if found is None:
        return _public(_unknown(request, code))
    if code != as_printed:
        return redirect("certificate", code=as_printed)
    return _public(_certificate_page(request, found))


@require_safe
@login_not_required
def certificate_pdf(request: HttpRequest, code: str) -> HttpResponse:
    found = _find(code)
    if found is None:
        return _public(_unknown(request, code))
    verification = verify(found, at=timezone.now())
    if not (verification.is_valid and verification.has_pdf):
        return _public(_certificate_page(request, found, status=410))
    pdf = HttpResponse(store.read(found.pdf), content_type="application/pdf")
    pdf["Content-Disposition"] = f'attachment; filename="{found.number}.pdf"'
    return _public(pdf)


def _certificate_page(request: HttpRequest, certificate: Certificate, status: int = 200) -> HttpResponse:
    enrolment = certificate.award.enrolment
    history = Certificate.objects.filter(award__enrolment=enrolment).order_by("-issued_at", "-pk")
    valid = [each for each in history if each.is_valid]
    return render(
        request,
        "graduation/certificate.html",
        {
            "certificate": certificate,
            "content": certificate.content,
            "verification": verify(certificate, at=timezone.now()),
            "history": history,
            "successor": valid[0] if valid and valid[0] != certificate else None,
            "portfolio": public_portfolio_of(enrolment.user),
        },
        status=status,
    )


def _unknown(request: HttpRequest, code: str) -> HttpResponse:
    return render(request, "graduation/certificate_unknown.html", {"code": code}, status=404)


def _find(code: str) -> Certificate | None:
    return Certificate.objects.select_related("award__enrolment__user").filter(code=code).first()


def _public(response: HttpResponse) -> HttpResponse:
    """Never indexed, never kept: a revocation counts at once. Whoever follows a link from here is not told on."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
