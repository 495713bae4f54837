from typing import Any

import pytest
from kombu.exceptions import OperationalError

from config import hints


class Task:
    def __init__(self, fault: Exception | None = None) -> None:
        self.fault, self.asked = fault, 0

    def delay(self, *args: Any) -> None:
        self.asked += 1
        if self.fault:
            raise self.fault


def test_a_worker_is_told() -> None:
    task = Task()
    assert hints.send(task, 1)
    assert task.asked == 1


@pytest.mark.parametrize("fault", [OperationalError("gone"), TimeoutError(), ConnectionRefusedError()])
def test_a_broker_that_does_not_answer_is_waited_for_once_in_a_while(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    task = Task(fault)
    assert not any(hints.send(task, number) for number in range(200))
    assert task.asked == 1
    task.fault = None
    monkeypatch.setattr(hints, "quiet_until", hints.quiet_until - hints.QUIET)
    assert hints.send(task, 1)
