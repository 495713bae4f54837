"""python -m pytest tests"""

import reproduce


def test_something_that_could_fail():
    """Write your own: nobody on both sides, a known risk, shuffled outcomes that teach nothing."""
    assert reproduce.reproduce()["external"]
