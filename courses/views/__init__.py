from courses.views.authors import coverage, quiz_items
from courses.views.cohorts import cohort, cohorts, enrol
from courses.views.data import data_set, data_set_file, data_sets, evidence, evidence_decide, give_evidence
from courses.views.lessons import data_file, lesson, lesson_read
from courses.views.modules import module, modules
from courses.views.next import next_page
from courses.views.office import (
    application,
    cohort_new,
    cohort_role,
    cohort_role_remove,
    extension,
    office,
    office_cohort,
    withdraw,
)
from courses.views.preview import preview, preview_data_set, preview_lesson, preview_module
from courses.views.quizzes import quiz_again, quiz_answer
from courses.views.revisions import compare_revisions, programmes

__all__ = [
    "application",
    "cohort",
    "cohort_new",
    "cohort_role",
    "cohort_role_remove",
    "cohorts",
    "compare_revisions",
    "coverage",
    "data_file",
    "data_set",
    "data_set_file",
    "data_sets",
    "enrol",
    "evidence",
    "evidence_decide",
    "extension",
    "give_evidence",
    "lesson",
    "lesson_read",
    "module",
    "modules",
    "next_page",
    "office",
    "office_cohort",
    "preview",
    "preview_data_set",
    "preview_lesson",
    "preview_module",
    "programmes",
    "quiz_again",
    "quiz_answer",
    "quiz_items",
    "withdraw",
]
