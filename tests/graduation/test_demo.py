import pytest
from django.core.management import CommandError

from graduation.demo.management.commands.demo import Command


@pytest.mark.parametrize("port", ["0", "-5", "99999", "http"])
def test_a_port_that_is_none_is_refused_before_anything_starts(port: str) -> None:
    parser = Command().create_parser("manage.py", "demo")
    with pytest.raises(CommandError, match="--port"):
        parser.parse_args(["--port", port])
