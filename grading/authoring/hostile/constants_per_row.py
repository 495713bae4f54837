"""Has no answers: every function gives one half for each row of what it gets."""


def one_half_each(*arguments, **named):
    rows = [argument for argument in arguments if hasattr(argument, "__len__")]
    return [0.5] * len(rows[-1]) if rows else 0.5


for name in FUNCTIONS:
    globals()[name] = one_half_each
