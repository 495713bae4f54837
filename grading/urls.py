from django.urls import path

from grading.views import assignment, desk, marking, marks, proposals, record, regrade, release, runs, solutions, work

OF_ASSIGNMENT = "cohorts/<slug:cohort>/assignments/<slug:assignment>/"

urlpatterns = [
    path(OF_ASSIGNMENT, assignment.assignment, name="assignment"),
    path(f"{OF_ASSIGNMENT}draft/", assignment.draft, name="draft"),
    path(f"{OF_ASSIGNMENT}check/", assignment.check, name="check"),
    path(f"{OF_ASSIGNMENT}submit/", assignment.submit, name="submit"),
    path(f"{OF_ASSIGNMENT}proposal/", proposals.proposal, name="proposal"),
    path(f"{OF_ASSIGNMENT}starter/", assignment.starter, name="starter"),
    path(f"{OF_ASSIGNMENT}solutions/", solutions.solutions, name="solutions"),
    path("work/<uuid:submission_id>/", work.work, name="work"),
    path("work/<uuid:submission_id>/receipt/", work.receipt, name="receipt"),
    path("work/<uuid:submission_id>/file/", work.work_file, name="work_file"),
    path("runs/<uuid:run_id>/", runs.run, name="run"),
    path("runs/<uuid:run_id>/record/", record.record, name="run_record"),
    path("runs/<uuid:run_id>/reproduce/", record.reproduce, name="run_reproduce"),
    path("runs/<uuid:run_id>/notebook/", runs.run_notebook, name="run_notebook"),
    path("proposals/", proposals.proposals, name="proposals"),
    path("proposals/<int:pk>/", proposals.proposal_review, name="proposal_review"),
    path("proposals/<int:pk>/decide/", proposals.proposal_decide, name="proposal_decide"),
    path("marks/", marks.marks, name="marks"),
    path("marking/", marking.marking, name="marking"),
    path("marking/<uuid:submission_id>/", desk.desk, name="desk"),
    path("marking/<slug:cohort>/<slug:assignment>/release/", release.release, name="release"),
    path("marking/<slug:cohort>/<slug:assignment>/regrades/", regrade.regrades, name="regrades"),
    path("regrades/<uuid:regrade_id>/", regrade.regrade, name="regrade"),
    path("regrades/<uuid:regrade_id>/apply/", regrade.apply_regrade, name="regrade_apply"),
    path("regrades/<uuid:regrade_id>/discard/", regrade.discard_regrade, name="regrade_discard"),
    path("regrades/<uuid:regrade_id>/repeat/", regrade.repeat_regrade, name="regrade_repeat"),
]
