"""Doing things in the past, so that the demo has a history: the same actions, with the clock turned back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from typing import Any
from unittest import mock


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Within this, django.utils.timezone.now() starts at `moment` and moves a second with each reading."""
    readings = iter(range(10**9))

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return (moment + timedelta(seconds=next(readings))).astimezone(tz)

    with mock.patch("django.utils.timezone.datetime", Clock):
        yield
