import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize("every", ["0", "-1", "nan", "inf", "soon"])
def test_a_pause_that_is_none_is_refused(every: str) -> None:
    with pytest.raises(CommandError, match="--every"):
        call_command("sweeper", "--every", every)
