"""`python -m sandbox.image.options SERVICE [FOLDER]`: a service of docker-compose.yml as options of `docker run`, one a
line, for engines without Compose. FOLDER stands in for the volumes. What it does not know it refuses."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]

_PLAIN = {
    "user": "--user",
    "network_mode": "--network",
    "mem_limit": "--memory",
    "memswap_limit": "--memory-swap",
    "pids_limit": "--pids-limit",
    "cpus": "--cpus",
}
_REPEATED = {"tmpfs": "--tmpfs", "cap_drop": "--cap-drop"}
_ELSEWHERE = {"image", "build", "command", "restart"}
_HEALTH = {"interval": "--health-interval", "timeout": "--health-timeout", "start_period": "--health-start-period"}


def options(service: dict[str, Any], folder: str) -> list[str]:
    """Raises ValueError for a key that it has no option for."""
    found: list[str] = []
    for name, value in service.items():
        if name in _PLAIN:
            found.append(f"{_PLAIN[name]}={value}")
        elif name in _REPEATED:
            found += [f"{_REPEATED[name]}={item}" for item in value]
        elif name == "read_only":
            found.append(f"--read-only={str(value).lower()}")
        elif name == "security_opt":
            found += [f"--security-opt={_security(item)}" for item in value]
        elif name == "volumes":
            found += [f"--volume={folder}:{item.partition(':')[2]}" for item in value]
        elif name == "healthcheck":
            found += _health(value)
        elif name not in _ELSEWHERE:
            raise ValueError(f"docker-compose.yml says {name}, and nobody has said what that is for `docker run`.")
    return found


def _security(item: str) -> str:
    """Compose reads the profile from beside its file, and separates names and values in a way of its own."""
    name, separator, value = item.partition(":")
    if name == "seccomp":
        return f"seccomp={ROOT / value}"
    return f"{name}={value}" if separator else item


def _health(check: dict[str, Any]) -> list[str]:
    _, *command = check["test"]
    return [f"--health-cmd={' '.join(command)}", *(f"{_HEALTH[key]}={check[key]}" for key in check if key != "test")]


def main() -> int:
    name, folder = sys.argv[1], sys.argv[2]
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    sys.stdout.write("\n".join(options(services[name], folder)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
