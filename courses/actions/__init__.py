from courses.actions.cohorts import create_cohort, grant_cohort_role, remove_cohort_role
from courses.actions.enrolling import apply, decide_application, enrol, withdraw
from courses.actions.evidence import decide_evidence, give_evidence
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
    "decide_evidence",
    "enrol",
    "finish_lesson",
    "give_evidence",
    "grant_cohort_role",
    "grant_extension",
    "open_lesson",
    "remove_cohort_role",
    "reopen_lesson",
    "sit_again",
    "withdraw",
]
