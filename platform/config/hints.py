"""Messages to workers are hints: the database says what is to be done, and the sweeper finds what nobody heard."""

from __future__ import annotations

import logging
import time
from typing import Any

from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)
QUIET = 10.0  # seconds
quiet_until = 0.0


def send(task: Any, *args: Any) -> bool:
    """Tell a worker. False if the broker does not answer, and then nothing is tried for QUIET seconds:
    one release writes to a whole cohort, and nobody should wait for a dead broker once for each student."""
    global quiet_until
    if time.monotonic() < quiet_until:
        return False
    try:
        task.delay(*args)
    except (OperationalError, OSError):
        quiet_until = time.monotonic() + QUIET
        log.warning("The broker cannot be reached; what waits is left to the sweeper.")
        return False
    return True
