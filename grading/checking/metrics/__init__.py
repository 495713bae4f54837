"""Clinical metrics with patient-level intervals, for everybody and for groups.

    from checking import metrics
    from checking.metrics import rule

    report = metrics.binary(died, risks, groups={"sex": patients["sex"]}, patients=patients["patient"],
                            specificity=0.90, rules={"auroc": rule.between(0.71, 0.80)})
    show(report)
    report.require("auroc")

Outcomes come from the author: what is wrong with them is a ValueError, and the platform's fault. Predictions come from
the student: what is wrong with them is a CheckFailed, whose sentence the student reads.
"""

from . import rule
from .report import Figure, Group, Report, Verdict, Worst
from .reports import binary, classes, clustering, regression, survival
from .rule import Rule
from .single import (
    ari,
    auprc,
    auroc,
    balanced_accuracy,
    brier,
    c_index,
    calibration_curve,
    calibration_intercept,
    calibration_slope,
    ece,
    f1,
    log_loss,
    mae,
    net_benefit,
    npv,
    ppv,
    r2,
    risk_minus_rate,
    rmse,
    sensitivity,
    silhouette,
    specificity,
    time_auc,
)

__all__ = [
    "Figure",
    "Group",
    "Report",
    "Rule",
    "Verdict",
    "Worst",
    "ari",
    "auprc",
    "auroc",
    "balanced_accuracy",
    "binary",
    "brier",
    "c_index",
    "calibration_curve",
    "calibration_intercept",
    "calibration_slope",
    "classes",
    "clustering",
    "ece",
    "f1",
    "log_loss",
    "mae",
    "net_benefit",
    "npv",
    "ppv",
    "r2",
    "regression",
    "risk_minus_rate",
    "rmse",
    "rule",
    "sensitivity",
    "silhouette",
    "specificity",
    "survival",
    "time_auc",
]
