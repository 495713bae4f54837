"""Where the sandbox's Python may live."""

import sys
from pathlib import Path

from sandbox.bubblewrap import _links, command


def test_a_virtual_environment_may_live_anywhere_also_below_tmp() -> None:
    shown = " ".join(command())
    assert f"--ro-bind {sys.prefix}/lib /sandbox/python/lib" in shown
    assert "-- /sandbox/python/bin/" in shown


def test_a_link_on_the_way_to_python_is_followed(tmp_path: Path) -> None:
    link = tmp_path / "python"
    link.symlink_to(Path(sys.executable).resolve())
    other = tmp_path / "bin" / "python"
    other.parent.mkdir()
    other.symlink_to("../python")
    assert list(_links(other)) == [link, *_links(link)]
