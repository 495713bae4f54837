"""`python -m sandbox attack` tries what hostile code can do here; `python -m sandbox serve SOCKET` is the service, and
`python -m sandbox healthy SOCKET` asks one how it is."""

import sys

USAGE = "usage: python -m sandbox attack [--backend NAME] | serve SOCKET | healthy SOCKET\n"


def main(arguments: list[str]) -> int:
    """Run one of the commands and give its exit code."""
    command, *rest = arguments or [""]
    if command == "attack":
        from sandbox import attack

        return attack.main(rest)
    if command == "serve":
        from sandbox import service

        return service.main(rest)
    if command == "healthy" and len(rest) == 1:
        from sandbox import open_backend

        probe = open_backend(f"unix:{rest[0]}").probe()
        sys.stdout.write(" ".join(filter(None, [probe.reason, probe.remedy, probe.memory_limit])) + "\n")
        return 0 if probe.ok else 1
    sys.stderr.write(USAGE)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
