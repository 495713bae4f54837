"""Runs to its end, but its functions never do."""


def for_ever(*arguments, **named):
    while True:
        pass


for name in FUNCTIONS:
    globals()[name] = for_ever
