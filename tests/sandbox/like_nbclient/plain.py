# %%
6 * 7
# %%
6 * 7;
# %%
1
2
3
# %%
x = 5
# %%
None
# %%
x
print("after")
# %%
if x:
    x + 1
# %%
"text with 'quotes' and\nlines"
# %%
[1, 2.5, "three", None, {"a": (1, 2)}, {3}]
# %%
list(range(500))
# %%
{number: "value" * 3 for number in range(40)}
# %%
_, __, Out[1]
# %%
type(_), In[0], len(In)
# %%
def double(number):
    """Twice."""
    return number * 2


double
# %%
class Empty:
    pass


Empty, double(4)
# %%
x = y = 3
x, y
# %%
(z := 4)
# %%
lambda: 1
# %%
__name__
# %%
b"bytes", 1j, 1e300, float("nan"), 10**50
# %%
"semicolon in text;"
# %%
x  # comment;
# %%
x;  # comment
# %%
import numpy as np

np.arange(12).reshape(3, 4) / 7
# %%
np.float64(0.1), np.arange(3), np.array(["a", "b"])
# %%
np.random.default_rng(0).normal(size=(40, 30))
# %%
import sys
import warnings

print("first")
print("second", file=sys.stderr)
print("third")
sys.stdout.write("without a line end")
# %%
print("a", end="")
print("b", end="")
print("c", flush=True)
sys.stderr.write("half ")
sys.stderr.write("a line\n")
# %%
warnings.warn("take care")
warnings.warn("and again", DeprecationWarning)
warnings.warn("in future", FutureWarning)
1
# %%
for number in range(3):
    print(number, end="\r")
print("\x1b[31mred\x1b[0m", "tab\there", "umlaut ü", "emoji 🩺")
# %%
print("x" * 100_000)
for number in range(5000):
    print(number)
# %%
import logging

logging.warning("to standard error")
logging.getLogger("a").info("unseen")
# %%
print()
print("", end="")
# %%
# only a comment
# %%

# %%
print("between", "cells")
sys.stdout.writelines(["a\n", "b"])
# %%
import asyncio


async def answer(number):
    await asyncio.sleep(0.001)
    print("working on", number)
    return number * 2


await answer(21)
# %%
await asyncio.gather(*(answer(number) for number in range(3)))
# %%
result = await answer(1)
result
# %%
async with asyncio.timeout(5):
    print(await answer(2))
# %%
async def numbers():
    for number in range(3):
        yield number


[number async for number in numbers()]
# %%
async for number in numbers():
    print(number)
# %%
task = asyncio.create_task(answer(5))
await task
# %%
answer(1).close()
# %%
asyncio.get_running_loop().is_running()
