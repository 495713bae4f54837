"""What authors write checks with. Runs inside the scoring sandbox, beside hidden data, never beside student code.

    from checking import Data, Student, check, expect, numbers

    @check("One probability for each patient", points=5, visible=True)
    def one_probability_for_each_patient(student: Student, data: Data) -> None:
        patients = data.table("monica_visible.csv")
        risks = student.call("predict", student.call("fit", patients), patients)
        numbers(risks, len(patients), "predict", between=(0, 1), look_at="predict")

The arguments of `@check` are literals: the programme is validated without running this code.
"""

from .declaring import AuthorError, CheckFailed, Partial, check, measured, partial, registered, show
from .expecting import described, expect, expect_close, expect_equal, expect_table, numbers
from .student import Cell, Data, Student

__all__ = [
    "AuthorError",
    "Cell",
    "CheckFailed",
    "Data",
    "Partial",
    "Student",
    "check",
    "described",
    "expect",
    "expect_close",
    "expect_equal",
    "expect_table",
    "measured",
    "numbers",
    "partial",
    "registered",
    "show",
]
