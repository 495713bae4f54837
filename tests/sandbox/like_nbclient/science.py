# %%
import numpy as np
import pandas as pd

frame = pd.DataFrame({"age": [61, 47, 75], "sex": ["f", "m", "f"], "death": [True, False, None], "bmi": [22.5, np.nan, 31]})
frame
# %%
frame.describe()
# %%
frame.head(0)
# %%
frame["age"]
# %%
frame.set_index(["sex", "age"]).unstack()
# %%
frame.dtypes
# %%
frame.info()
# %%
pd.DataFrame(np.arange(5000).reshape(100, 50))
# %%
with pd.option_context("display.max_rows", 5):
    display(pd.DataFrame({"n": range(100)}))
# %%
frame.groupby("sex").agg({"age": ["mean", "max"]})
# %%
pd.to_datetime(pd.Series(["2027-01-01", "2027-02-01"]))
# %%
pd.Categorical(["a", "b", "a"]), pd.Index([1, 2]), pd.Timestamp("2027-01-01"), pd.NA
# %%
frame.style.format(precision=1).set_caption("Patients").set_uuid("fixed")
# %%
frame.style.set_uuid("fixed").highlight_max(subset=["age"]).hide(axis="index")
# %%
frame.to_numpy()
# %%
print(frame)
print(frame.to_string(index=False))
# %%
frame[["age"]].T
# %%
frame.iloc[0]
# %%
frame.loc[frame["age"] > 50, "age"] = 0
frame
# %%
import matplotlib.pyplot as plt
import numpy as np

plt.plot([1, 2, 3])
# %%
plt.plot([3, 2, 1]);
# %%
figure, axes = plt.subplots(figsize=(3, 2))
axes.scatter([1, 2], [2, 1])
figure
# %%
figure, axes = plt.subplots(1, 2, figsize=(4, 2))
axes[0].hist([1, 2, 2])
plt.show()
print("after the plot")
# %%
plt.figure(figsize=(2, 2))
plt.plot([1])
plt.show()
plt.figure(figsize=(3, 2))
plt.plot([2])
plt.title("second")
print("before both?")
# %%
print("nothing is left open", plt.get_fignums())
# %%
closed = plt.figure()
plt.close(closed)
# %%
closed
# %%
import pandas as pd

pd.DataFrame({"a": [1, 2, 3]}).plot(figsize=(3, 2), title="pandas")
# %%
axes = pd.Series([1, 2, 2]).hist(figsize=(2, 2))
# %%
plt.matplotlib.get_backend(), plt.rcParams["figure.dpi"], plt.rcParams["figure.figsize"], plt.isinteractive()
# %%
plt.imshow(np.eye(3))
plt.colorbar()
plt.savefig("saved.png")
# %%
from IPython.display import display

figure = plt.figure(figsize=(2, 1))
plt.plot([1, 2])
display(figure)
# %%
from sklearn.linear_model import LogisticRegression

LogisticRegression(C=2.0)
# %%
%matplotlib inline
plt.plot([1])
plt.plot([2])
"last"
# %%
with plt.style.context("ggplot"):
    plt.bar(["a", "b"], [1, 2])
