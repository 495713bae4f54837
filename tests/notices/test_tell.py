import pytest
from django.core import mail

from accounts.models import User
from notices import tasks
from notices.actions import tell

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("typed", ["Spring\r\nBcc: all@example.org", "A very long name " * 40])
def test_what_people_typed_makes_one_line_of_a_subject(oscar: User, typed: str) -> None:
    notice = tell(to=oscar, subject=f"You have a place in {typed}", text="It starts soon.")
    tasks.send(notice.pk)
    (sent,) = mail.outbox
    assert sent.to == [oscar.email]
    assert sent.subject == notice.subject
    assert "\n" not in sent.subject and len(sent.subject) <= 200
