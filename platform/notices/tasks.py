"""E-mail leaves from the outbox: a lost message is sent by the sweeper, a double one finds the row taken."""

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F, Q
from django.utils import timezone

from config import hints
from notices.models import Notice

log = logging.getLogger(__name__)
TRIES = 5


def hint(notice_id: int) -> None:
    """Tell a worker that a notice waits. Without a broker the sweeper finds it."""
    hints.send(send, notice_id)


@shared_task
def send(notice_id: int) -> None:
    """Send one notice by e-mail. Claims the row first, so that it leaves once."""
    now = timezone.now()
    if not Notice.objects.filter(pk=notice_id, sent_at=None, send_tries__lt=TRIES).update(
        sent_at=now, send_tries=F("send_tries") + 1
    ):
        return
    notice = Notice.objects.select_related("to").get(pk=notice_id)
    link = f"\n\n{settings.SITE_URL}{notice.url}" if notice.url else ""
    try:
        send_mail(notice.subject, f"{notice.text}{link}\n", None, [notice.to.email])
    except OSError:
        Notice.objects.filter(pk=notice_id).update(sent_at=None)
        log.exception("Notice %s could not be sent; the sweeper tries again.", notice_id)


def sweep() -> int:
    """Send what a lost message left behind."""
    unsent = Notice.objects.filter(Q(sent_at=None), created_at__lt=timezone.now() - timedelta(seconds=30))
    waiting = list(unsent.filter(send_tries__lt=TRIES).order_by("created_at").values_list("pk", flat=True)[:100])
    for notice_id in waiting:
        send(notice_id)
    return len(waiting)
