from courses.models.cohort import Cohort, CohortRole
from courses.models.enrolment import Enrolment, Extension, LessonProgress
from courses.models.evidence import Evidence
from courses.models.programme import (
    Assignment,
    AssignmentFile,
    Check,
    DataSet,
    Lesson,
    Module,
    Programme,
    Quiz,
    Revision,
    Solution,
)
from courses.models.quiz import QuizAnswer, SavedAnswer, Sitting

__all__ = [
    "Assignment",
    "AssignmentFile",
    "Check",
    "Cohort",
    "CohortRole",
    "DataSet",
    "Enrolment",
    "Evidence",
    "Extension",
    "Lesson",
    "LessonProgress",
    "Module",
    "Programme",
    "Quiz",
    "QuizAnswer",
    "Revision",
    "SavedAnswer",
    "Sitting",
    "Solution",
]
