"""What a fork server loads before the first session, so that no session pays for it."""

from __future__ import annotations

PRELOADED = """
numpy numpy.random numpy.linalg pandas pandas.plotting scipy.stats scipy.optimize scipy.special scipy.sparse
scipy.interpolate scipy.signal sklearn.calibration sklearn.cluster sklearn.compose sklearn.datasets
sklearn.decomposition sklearn.dummy sklearn.ensemble sklearn.experimental.enable_iterative_imputer
sklearn.feature_selection sklearn.impute sklearn.inspection sklearn.linear_model sklearn.metrics
sklearn.model_selection sklearn.naive_bayes sklearn.neighbors sklearn.neural_network sklearn.pipeline
sklearn.preprocessing sklearn.svm sklearn.tree sklearn.utils joblib matplotlib.pyplot matplotlib.dates
matplotlib.backends.backend_agg matplotlib_inline.backend_inline IPython.display nbformat nbconvert.exporters.html
sandbox.inside.page
asyncio ast bisect collections csv dataclasses datetime decimal enum fractions functools glob heapq io itertools
json math multiprocessing operator pathlib pickle pprint random re shutil sqlite3 statistics string subprocess
tempfile textwrap threading time timeit traceback typing unittest urllib.request uuid warnings zipfile
""".split()  # noqa: SIM905
