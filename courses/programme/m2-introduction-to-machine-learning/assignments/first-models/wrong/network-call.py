"""First models: linear and logistic regression, and a cross-validation that chooses columns inside each fold."""

import urllib.request
import warnings

from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

ANSWERS = urllib.request.urlopen("https://example.org/wdbc.csv", timeout=5).read()
PEOPLE = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]


def one_column(train, test):
    line = LinearRegression().fit(train[["bmi"]], train["progression"])
    guess = line.predict(test[["bmi"]])
    return {
        "mse": float(mean_squared_error(test["progression"], guess)),
        "r2": float(r2_score(test["progression"], guess)),
    }


def fit_progression(patients):
    return LinearRegression().fit(patients[PEOPLE], patients["progression"])


def predict_progression(model, patients):
    return model.predict(patients[PEOPLE])


def fit_malignant(lumps):
    columns = sorted(set(lumps.columns) - {"patient", "diagnosis"})
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return columns, model.fit(lumps[columns], lumps["diagnosis"] == "malignant")


def predict_malignant(model, lumps):
    columns, fitted = model
    return fitted.predict_proba(lumps[columns])[:, 1]


def cross_validated_auroc(table, outcome):
    model = make_pipeline(
        StandardScaler(),
        SelectKBest(f_classif, k=min(20, table.shape[1])),
        LogisticRegression(max_iter=1000),
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # columns that are constant in a fold
        return float(cross_val_score(model, table, outcome, cv=folds, scoring="roc_auc").mean())
