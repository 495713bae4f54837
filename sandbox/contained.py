"""The inside of a single-use container (see containers.py): a fork server, one fork, and the relay to it.

Standard input and output are the line to the platform. One byte says that the fork is there, one byte from the platform
starts the relay, and when the platform hangs up, before that or after, everything here ends.
"""

from __future__ import annotations

import os
import sys

from sandbox.bubblewrap import explained, start_server
from sandbox.relay import Line, Relay
from sandbox.session import Broken

READY = START = b"!"


def main() -> int:
    """Exit code 1, with the reason on standard error, where nothing isolates."""
    incoming, outgoing = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    try:
        # The container has no network; one of its own more is what gVisor cannot set up.
        server = start_server(own_network=False)
        lines = server.fork()
    except Broken as broken:
        sys.stderr.write(explained(str(broken)))
        return 1
    server.retire()
    os.write(outgoing, READY)
    if os.read(incoming, 1) == START:
        control, channel = lines.control.detach(), lines.channel.detach()
        printed = [Line(lines.out, None), Line(lines.err, None)]
        ends = [Line(control, control), Line(channel, channel, files="taken", after=printed)]
        Relay(incoming, outgoing, [*ends, *printed]).run()
    server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
