"""What is written down for engines is what the sandbox needs; `sandbox/image/try-in-docker` is the proof."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.image.options import options
from sandbox.image.profile import FENCES, PROFILE, profile, text
from sandbox.inside.seccomp import ALLOWED, REFUSED

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def compose() -> Any:
    return yaml.safe_load((PROJECT / "docker-compose.yml").read_text())


def test_the_profile_is_the_one_that_its_script_writes() -> None:
    assert PROFILE.read_text() == text(), "write it again: python -m sandbox.image.profile"


def test_the_container_may_do_what_sessions_may_and_little_of_what_is_refused_to_them() -> None:
    (allowed, hidden) = profile()["syscalls"]
    assert set(ALLOWED) <= set(allowed["names"])
    assert set(REFUSED) & set(allowed["names"]) <= set(FENCES)
    assert hidden["names"] == ["clone3"]
    assert not {"ptrace", "bpf", "keyctl", "kexec_load", "init_module", "io_uring_setup"} & set(allowed["names"])


def test_the_sandbox_of_the_production_shape_is_shut_in(compose: Any) -> None:
    sandbox = compose["services"]["sandbox"]
    assert sandbox["network_mode"] == "none"
    assert sandbox["read_only"] is True
    assert sandbox["cap_drop"] == ["ALL"]
    assert sandbox["user"] == "1001:1001"
    assert sandbox["volumes"] == ["socket:/run/sandbox"]
    assert sandbox["mem_limit"] == sandbox["memswap_limit"], "no swap"
    assert "environment" not in sandbox
    assert "env_file" not in sandbox
    assert sandbox["command"][-2:] == ["--sessions", "1"]
    assert {"no-new-privileges:true", "seccomp:./sandbox/seccomp.json"} <= set(sandbox["security_opt"])
    assert not [
        name for name, service in compose["services"].items() if "docker.sock" in str(service.get("volumes", ""))
    ]


def test_only_the_worker_shares_its_socket(compose: Any) -> None:
    sharing = {name for name, service in compose["services"].items() if "socket:/run/sandbox" in service["volumes"]}
    assert sharing == {"worker", "sandbox"}


def test_its_image_holds_nothing_of_the_school() -> None:
    stages = (PROJECT / "Dockerfile").read_text().split("\nFROM ")
    (stage,) = [stage for stage in stages if " AS sandbox\n" in stage]
    copied = [line for line in stage.splitlines() if line.startswith("COPY")]
    assert copied == ["COPY --from=environment /opt/venv /opt/venv", "COPY sandbox ./sandbox"]


def test_options_for_an_engine_without_compose(compose: Any) -> None:
    given = options(compose["services"]["sandbox"], "/here")
    assert "--cap-drop=ALL" in given
    assert "--network=none" in given
    assert f"--security-opt=seccomp={PROFILE}" in given
    assert "--volume=/here:/run/sandbox" in given
    with pytest.raises(ValueError, match="says privileged"):
        options({"privileged": True}, "/here")
