"""The self-test itself: it must find what a weak sandbox lets through, and nothing where nothing gets through."""

from __future__ import annotations

import ast
import importlib
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox import Job, Outcome, Probe, Reply, Usage, Verdict, attack, attacks
from sandbox.bubblewrap import Bubblewrap
from sandbox.opening import self_tested

pytestmark = pytest.mark.sandbox

# Each reads, and that is all: they may run without any sandbox.
HARMLESS = ["environment", "host_file_by_its_path", "other_submissions", "settings_and_database"]
PROJECT = Path(__file__).resolve().parents[2]


class Weak:
    """What must never be: code that runs as it is, in a folder."""

    name = "weak"

    def __init__(self, folder: Path, forges: str = "") -> None:
        self.folder = folder
        self.forges = forges

    def probe(self) -> Probe:
        return Probe(name=self.name, ok=True, memory_limit="none")

    def open(self, job: Job) -> WeakSession:
        return WeakSession(self, job)

    def close(self) -> None:
        pass


class WeakSession:
    def __init__(self, backend: Weak, job: Job) -> None:
        self.backend = backend
        self.job = job
        self.kept: Any = None

    def run(self, on_event: object = None) -> Outcome:
        if "secrets.csv" in self.job.files:
            return Outcome(verdict=Verdict.COMPLETED)
        code = self.job.files[self.job.entry].read_text()
        if "42" not in code and "6 * 7" not in code and self.backend.forges:
            return Outcome(verdict=Verdict.COMPLETED, stdout=self.backend.forges)
        for name, path in self.job.files.items():
            (self.backend.folder / name).write_bytes(path.read_bytes())
        code = code.replace("os.listdir('/tmp')", "[]")
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=self.backend.folder,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            capture_output=True,
            text=True,
        )
        verdict = Verdict.CRASHED if done.returncode else Verdict.COMPLETED
        return Outcome(verdict=verdict, stdout=done.stdout, stderr=done.stderr)

    def call(
        self, function: str, *args: Any, on_ask: object = None, limit_s: float | None = None, **kwargs: Any
    ) -> Reply:
        if function == "keep":
            self.kept = args[0]
        return Reply(verdict=Verdict.COMPLETED, value=self.kept)

    def close(self) -> Usage:
        return Usage()

    def __enter__(self) -> WeakSession:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


@pytest.fixture
def weak(tmp_path: Path) -> Weak:
    return Weak(tmp_path)


def test_a_weak_sandbox_is_found_out(weak: Weak, capsys: Any) -> None:
    assert attack.attacked(weak, HARMLESS) == 1
    said = capsys.readouterr().out
    assert f"GOT THROUGH: {', '.join(HARMLESS)}" in said
    assert "it knows the secret of the environment" in said
    assert "it knows the secret of the file" in said
    assert "4 attacks on weak, 0 held" in said


def test_a_handful_is_held(capsys: Any) -> None:
    backend = Bubblewrap()
    chosen = [
        *HARMLESS,
        "secrets_in_memory",
        "network_ipv4",
        "daemon",
        "output_flood_on_stdout",
        "shell_escapes_in_a_notebook",
    ]
    try:
        assert attack.attacked(backend, chosen) == 0
    finally:
        backend.close()
    said = capsys.readouterr().out
    assert "9 attacks on bubblewrap, 9 held" in said
    assert "Memory limit in force: " in said
    assert "known limit" in said


@pytest.mark.parametrize(
    ("forged", "breach"),
    [
        ("", "nothing shows that it ran"),
        (f"{attack.BEGUN}\n", "nothing shows that it ran to its end"),
        (f"{attack.BEGUN}\n{attack.BREACH} a file\n{attack.ENDED}\n", f"{attack.BREACH} a file"),
    ],
)
def test_silence_is_not_held(tmp_path: Path, forged: str, breach: str) -> None:
    with attack.under_attack(Weak(tmp_path, forges=forged or "\n")) as suite:
        assert suite.run("other_users").breaches == [breach]


def test_what_changes_on_the_host_is_seen(weak: Weak) -> None:
    with attack.under_attack(weak) as suite:
        (suite.host.folder / "planted").touch()
        (suite.host.folder / "secret.txt").write_text("owned")
        assert len(list(suite.left_on_the_machine())) == 2


def test_a_process_that_stays_is_seen(weak: Weak, monkeypatch: Any) -> None:
    monkeypatch.setattr(attack, "_GONE_WITHIN_S", 0.1)
    with attack.under_attack(weak) as suite, subprocess.Popen(["sleep", "60"]) as left:
        assert list(suite.left_on_the_machine()) == ["1 processes outlive it"]
        left.kill()


def test_a_service_that_was_called_is_seen(weak: Weak) -> None:
    with attack.under_attack(weak) as suite, socket.socket(socket.AF_UNIX) as caller:
        caller.connect(suite.host.targets["socket"])
        assert len(list(suite.host.called())) == 1


def test_where_nothing_can_isolate_it_fails(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setenv("PATH", "")
    assert attack.main(["daemon"]) == 1
    assert "bubblewrap is not installed" in capsys.readouterr().out


def test_there_are_sixty_attacks_and_each_says_in_a_sentence_what_it_tries() -> None:
    names = attack.names()
    assert len(names) >= 60
    for name in names:
        module = importlib.import_module(f"{attacks.__name__}.{name}")
        docstring = ast.get_docstring(ast.parse(Path(str(module.__file__)).read_text())) or ""
        assert docstring.endswith("."), name
        assert "\n" not in docstring, name
        assert callable(module.attack)
        assert set(getattr(module, "VERDICTS", ())) <= set(Verdict), name


@pytest.mark.parametrize("arguments", [["--backend", "none"], ["no_such_attack"]])
def test_what_does_not_exist_is_told(arguments: list[str], capsys: Any) -> None:
    assert attack.main(arguments) == 2
    assert "There is no" in capsys.readouterr().err


def test_the_fast_subset_holds_and_takes_little_time() -> None:
    backend = Bubblewrap(preload=["numpy"])
    try:
        assert attack.fast(backend) == []
        assert set(attack.FAST) | set(attack.ENDED_BY) <= set(attack.names())
    finally:
        backend.close()


def test_a_probe_fails_where_a_fast_attack_gets_through(weak: Weak, monkeypatch: Any) -> None:
    monkeypatch.setattr(attack, "FAST", ["host_file_by_its_path"])
    monkeypatch.setattr(attack, "ENDED_BY", {})
    monkeypatch.setattr("sandbox.opening._SELF_TEST", Path(os.devnull))
    probe = self_tested(weak, "none", "Do not run it")
    assert not probe.ok
    assert attack.BREACH in probe.reason
    assert "a secret of the host came back" in probe.reason
    assert probe.remedy == "Do not run it"


def test_an_attack_that_does_not_run_to_its_end_has_not_been_held(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(attack, "FAST", ["bpf", "mounting"])
    monkeypatch.setattr(attack, "ENDED_BY", {})
    said = f"{attack.BEGUN}\n"
    assert attack.fast(Weak(tmp_path, forges=said)) == ["bpf did not run to its end"]


def test_a_self_test_that_cannot_be_made_is_not_passed(weak: Weak, monkeypatch: Any) -> None:
    monkeypatch.setattr("sandbox.opening._SELF_TEST", Path(os.devnull))
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    probe = self_tested(weak, "none", "Make room")
    assert (probe.ok, probe.remedy) == (False, "Make room")
    assert "could not be made" in probe.reason


def test_a_machine_without_one_kind_of_network_can_be_tested(weak: Weak, tmp_path: Path) -> None:
    host = attack.Host(tmp_path)
    with pytest.raises(OSError, match="too long"):
        host.listen(socket.AF_UNIX, "x" * 200)
    host.plant()
    assert list(host.called()) == []
    host.close()
