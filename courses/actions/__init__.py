from courses.actions.cohorts import create_cohort, grant_cohort_role, remove_cohort_role
from courses.actions.enrolling import apply, decide_application, enrol, withdraw
from courses.actions.extensions import grant_extension
from courses.actions.quizzes import answer_question, sit_again
from courses.actions.reading import finish_lesson, open_lesson, reopen_lesson
from courses.refusal import Refused

__all__ = [
    "Refused",
    "answer_question",
    "apply",
    "create_cohort",
    "decide_application",
    "enrol",
    "finish_lesson",
    "grant_cohort_role",
    "grant_extension",
    "open_lesson",
    "remove_cohort_role",
    "reopen_lesson",
    "sit_again",
    "withdraw",
]
