"""Asks for 5 GB of memory and writes to all of it."""

block = bytearray(5 * 1024**3)
for place in range(0, len(block), 4096):
    block[place] = 1
