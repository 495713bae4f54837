from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.text import Truncator

from accounts.models import User
from notices import tasks
from notices.models import Notice

LONGEST_SUBJECT = 200


def tell(*, to: User, subject: str, text: str, url: str = "") -> Notice:
    """Leave a notice for somebody; the e-mail goes out once the transaction has committed.

    The subject may hold what people typed: it becomes one line, short enough.
    """
    subject = Truncator(" ".join(subject.split())).chars(LONGEST_SUBJECT)
    notice = Notice.objects.create(to=to, subject=subject, text=text, url=url)
    transaction.on_commit(partial(tasks.hint, notice.pk), robust=True)
    return notice


@transaction.atomic
def read_all(*, by: User) -> int:
    """Everything that waits for this person has been read."""
    return by.notices.filter(read_at=None).update(read_at=timezone.now())
