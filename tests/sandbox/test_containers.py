"""The pool of single-use containers: how it keeps house. What its sessions do is in the tests of every backend."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from sandbox import Job, Limits, SandboxUnavailable, Verdict, containers, open_backend
from sandbox.containers import LABEL, Containers, remove_strays
from sandbox.image.profile import PROFILE

pytestmark = pytest.mark.sandbox

NOBODY = "unix:///nowhere/docker.sock"


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    """The engine, where there is one that has the image."""
    pool = Containers(warm=0)
    probe = pool.probe()
    pool.close()
    if not probe.ok:
        pytest.skip(f"docker:runc: {probe.reason}")
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture
def pool(engine: Any) -> Iterator[Containers]:
    pool = Containers(warm=1)
    yield pool
    pool.close()


@pytest.fixture
def job(tmp_path: Path) -> Any:
    def make(code: str, **limits: Any) -> Job:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.py"
        path.write_text(code)
        return Job(kind="script", entry="a.py", files={"a.py": path}, limits=Limits(**limits))

    return make


def ours(engine: Any, owner: str | None = None) -> set[str]:
    """Containers of this process."""
    label = f"{LABEL}={containers._owner() if owner is None else owner}"
    return {container["Id"] for container in engine.api.containers(all=True, filters={"label": label})}


def within(seconds: float, condition: Any) -> bool:
    """Does it come true? Engines tell what they have done a moment later."""
    deadline = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(true)


def test_each_session_has_a_container_that_is_never_used_again(engine: Any, pool: Containers, job: Any) -> None:
    used = []
    for _ in range(2):
        with pool.open(job("open('/tmp/left', 'w')")) as session:
            assert session.run().verdict is Verdict.COMPLETED
            (container,) = pool._lent
            used.append(container.id)
        assert within(60, lambda: used[-1] not in ours(engine))
    assert len(set(used)) == 2
    assert within(60, lambda: len(ours(engine)) == 1), "one waits for the next"


def test_its_fences_are_those_of_the_service(engine: Any, pool: Containers, job: Any) -> None:
    with pool.open(job("pass", memory_mb=300, disk_mb=20)):
        (container,) = pool._lent
        told = engine.api.inspect_container(container.id)
    host = told["HostConfig"]
    assert host["NetworkMode"] == "none"
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert not host["Privileged"]
    assert not host["Binds"]
    assert not told["Mounts"], "no folder, no volume, no socket of the engine"
    assert "no-new-privileges:true" in host["SecurityOpt"]
    (profile,) = (option.partition("=")[2] for option in host["SecurityOpt"] if option.startswith("seccomp="))
    assert json.loads(profile) == json.loads(PROFILE.read_text())
    assert told["Config"]["User"] == "pathway"
    assert host["Memory"] == host["MemorySwap"]
    assert host["Memory"] < 2 << 30, "lowered to what the job may use"
    assert host["PidsLimit"] == 512


def test_a_job_that_hits_the_ceiling_of_its_container_is_out_of_memory(
    pool: Containers, job: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(containers, "_SERVER", 0)
    with pool.open(job("kept = bytearray(900 << 20)", memory_mb=1000, disk_mb=1)) as session:
        assert session.run().verdict is Verdict.OUT_OF_MEMORY


def test_a_container_that_dies_while_it_waits_is_passed_over(engine: Any, pool: Containers, job: Any) -> None:
    with pool.open(job("pass")):
        pass
    assert within(60, lambda: len(ours(engine)) == 1 and pool._warm[0].done())
    for container in ours(engine):
        engine.api.kill(container)
    with pool.open(job("print(1)")) as session:
        assert session.run().stdout == "1\n"


def test_a_container_that_dies_in_the_middle_is_the_platforms_fault(engine: Any, pool: Containers, job: Any) -> None:
    with pool.open(job("import time\ntime.sleep(60)")) as session:
        (container,) = pool._lent

        def kill(event: Any) -> None:
            if event.kind == "started":
                engine.api.kill(container.id)

        outcome = session.run(on_event=kill)
    assert outcome.verdict is Verdict.PLATFORM_FAULT
    assert "our fault" in outcome.message


def test_closing_removes_every_container_and_ends_open_sessions(engine: Any, job: Any) -> None:
    pool = Containers(warm=1)
    session = pool.open(job("pass"))
    pool.close()
    assert session.run().verdict is Verdict.PLATFORM_FAULT
    session.close()
    assert ours(engine) == set()
    with pytest.raises(SandboxUnavailable, match="closed"):
        pool.open(job("pass"))


def test_nothing_outlives_a_platform_that_is_killed(engine: Any, job: Any) -> None:
    code = """
import sys
from pathlib import Path
from sandbox import Job, containers
pool = containers.Containers(warm=1)
session = pool.open(Job(kind="script", entry="a.py", files={"a.py": Path(sys.argv[1])}))
print(containers._owner(), flush=True)
session.run()
"""
    endless = job("while True: pass").files["a.py"]
    platform = subprocess.Popen([sys.executable, "-c", code, str(endless)], stdout=subprocess.PIPE, text=True)
    assert platform.stdout is not None
    owner = platform.stdout.readline().strip()
    assert ours(engine, owner)
    platform.kill()
    platform.wait()
    platform.stdout.close()
    assert within(60, lambda: not ours(engine, owner))


def test_strays_of_the_dead_are_swept_and_those_of_others_left_alone(engine: Any) -> None:
    here = containers._here()
    with subprocess.Popen(["true"]) as gone:
        pass
    owners = {
        "dead": f"{here} {gone.pid} 1",
        "alive": containers._owner(),
        "elsewhere": f"another pid:[1] {gone.pid} 1",
    }
    made = {
        name: engine.containers.create(containers.IMAGE, ["true"], labels={LABEL: owner}).id
        for name, owner in owners.items()
    }
    try:
        remove_strays()
        assert {name for name, owner in owners.items() if ours(engine, owner) & set(made.values())} == {
            "alive",
            "elsewhere",
        }
    finally:
        for name, owner in owners.items():
            if made[name] in ours(engine, owner):
                engine.api.remove_container(made[name], force=True)


# Without an engine


def test_without_an_engine_it_says_why_and_runs_nothing(monkeypatch: Any, job: Any) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOBODY)
    pool = open_backend("docker")
    probe = pool.probe()
    assert (pool.name, probe.ok) == ("docker:runc", False)
    assert "No container engine answers" in probe.reason
    assert "DOCKER_HOST" in probe.remedy
    with pytest.raises(SandboxUnavailable, match="No container engine answers"):
        pool.open(job("pass"))
    pool.close()


@pytest.mark.parametrize("cut", [1, 3, 8, 11, 100])
def test_what_the_engine_wraps_is_unwrapped_however_it_arrives(cut: int) -> None:
    def wrapped(stream: int, content: bytes) -> bytes:
        return struct.pack(">BxxxI", stream, len(content)) + content

    data = wrapped(1, b"first ") + wrapped(2, b"a word on the side") + wrapped(1, b"") + wrapped(1, b"second")
    unwrap = containers._Unwrap()
    assert b"".join(unwrap(data[at : at + cut]) for at in range(0, len(data), cut)) == b"first second"
    assert unwrap.last_words == b"a word on the side"


def test_last_words_are_kept_short() -> None:
    unwrap = containers._Unwrap()
    for _ in range(100):
        unwrap(struct.pack(">BxxxI", 2, 1000) + bytes(999) + b"!")
    assert len(unwrap.last_words) == 4096
    assert unwrap.last_words.endswith(b"!")
