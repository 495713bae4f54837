"""A small assignment that people would like to cheat on: say the risk of each patient."""

from checking import Data, Student, check, expect, expect_equal, metrics, numbers


def features(table):
    return table.drop(columns="outcome")


def risks(student, patients):
    return numbers(student.call("predict", patients), len(patients), "predict", between=(0, 1), look_at="predict")


@check("Counts the patients", points=10, visible=True)
def counts_the_patients(student: Student, data: Data) -> None:
    table = data.table("visible.csv")
    expect_equal(student.call("count", features(table)), len(table), "count(patients)")


@check("One risk from 0 to 1 for each patient", points=20, visible=True)
def one_risk_for_each_patient(student: Student, data: Data) -> None:
    risks(student, features(data.table("visible.csv")))


@check("AUROC at least .80 on hidden patients", points=50, visible=False, feedback="at once")
def ranks_hidden_patients(student: Student, data: Data) -> None:
    hidden = data.table("hidden.csv")
    value = metrics.auroc(hidden["outcome"], risks(student, features(hidden)))
    expect(value >= 0.8, "On hidden patients the AUROC is below .80: your risks rank them little better than chance.")


@check("The same risks when it is run again", points=20, visible=False, feedback="at once")
def the_same_again(student: Student, data: Data) -> None:
    hidden = features(data.table("hidden.csv"))
    first, second = risks(student, hidden), risks(student.again, hidden[hidden.columns[::-1]])
    expect(abs(first - second).max() <= 1e-9, "Run again with another seed and shuffled columns, it gave other risks.")
