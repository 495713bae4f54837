"""Writes ../seccomp.json: `python -m sandbox.image.profile`. What the container around the fork server may call.

It starts from what sessions may call, which is far less than an engine allows by default, and adds what bubblewrap,
the fork server and its supervisors need to take that away from sessions.
"""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

from sandbox.inside.seccomp import ALLOWED, CONDITIONAL

PROFILE = Path(__file__).resolve().parents[1] / "seccomp.json"

# To make namespaces, to leave the files of the container, to give rights up, and to hold a file that is on its way in.
FENCES = """
capset creat memfd_create mount pivot_root seccomp setdomainname setgid setgroups sethostname
setns setregid setresgid setresuid setreuid setrlimit setuid umount2 unshare
""".split()  # noqa: SIM905

# It hides its flags behind a pointer, and C libraries fall back to clone when it "does not exist".
HIDDEN = ["clone3"]


def profile() -> dict[str, Any]:
    """In the engine's own format."""
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": errno.EPERM,
        "archMap": [
            {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []},
            {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []},
        ],
        "syscalls": [
            {"names": sorted({*ALLOWED, *CONDITIONAL, *FENCES}), "action": "SCMP_ACT_ALLOW"},
            {"names": HIDDEN, "action": "SCMP_ACT_ERRNO", "errnoRet": errno.ENOSYS},
        ],
    }


def text() -> str:
    return json.dumps(profile(), indent=1) + "\n"


if __name__ == "__main__":
    PROFILE.write_text(text())
