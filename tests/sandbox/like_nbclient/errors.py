# %%
print("before")
assert 1 == 2, 'one is not two'
# %%
print("before")
async def late():
    raise OSError(2, 'not there', 'file.csv')


await late()
# %%
print("before")
raise ExceptionGroup('several', [ValueError('one'), TypeError('two')])
# %%
print("before")
  x = 1
# %%
print("before")
raise KeyboardInterrupt
# %%
print("before")
import pandas as pd
pd.read_csv('not-there.csv')
# %%
print("before")
print(undefined)
# %%
print("before")
error = ValueError('with notes')
error.add_note('look at column 3')
error.add_note('and at row 7')
raise error
# %%
print("before")
import sys, traceback
try:
    1 / 0
except ZeroDivisionError:
    traceback.print_exc(limit=0)
raise RuntimeError('multi\nline')
# %%
print("before")
x = 1
if x
    pass
# %%
def inner(number):
    return 1 / number


def outer(number):
    return inner(number)


outer(0)
# %%
import pandas as pd

pd.DataFrame({"age": [61]})["missing"]
# %%
import matplotlib.pyplot as plt

plt.plot([1])
1 / 0
# %%
raise TypeError("second") from ValueError("first")
