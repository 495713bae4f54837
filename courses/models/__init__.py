from courses.models.cohort import Cohort, CohortRole
from courses.models.enrolment import Enrolment, Extension, LessonProgress
from courses.models.programme import Assignment, AssignmentFile, Check, Lesson, Module, Programme, Revision, Solution

__all__ = [
    "Assignment",
    "AssignmentFile",
    "Check",
    "Cohort",
    "CohortRole",
    "Enrolment",
    "Extension",
    "Lesson",
    "LessonProgress",
    "Module",
    "Programme",
    "Revision",
    "Solution",
]
