from django.urls import path

from courses import views

# Below it the addresses are those of a cohort, so that the links inside lessons and briefs lead to the same revision.
OF_REVISION = "programmes/<slug:programme>/revisions/<int:number>/"

urlpatterns = [
    path("", views.next_page, name="next"),
    path("cohorts/", views.cohorts, name="cohorts"),
    path("cohorts/<slug:slug>/", views.cohort, name="cohort"),
    path("cohorts/<slug:slug>/enrol/", views.enrol, name="enrol"),
    path("cohorts/<slug:slug>/modules/", views.modules, name="modules"),
    path("cohorts/<slug:slug>/modules/<int:number>/", views.module, name="module"),
    path("cohorts/<slug:slug>/modules/<int:number>/<slug:lesson>/", views.lesson, name="lesson"),
    path("cohorts/<slug:slug>/modules/<int:number>/<slug:lesson>/read/", views.lesson_read, name="lesson_read"),
    path("cohorts/<slug:slug>/modules/<int:number>/<slug:lesson>/quiz/", views.quiz_answer, name="quiz_answer"),
    path("cohorts/<slug:slug>/modules/<int:number>/<slug:lesson>/quiz/again/", views.quiz_again, name="quiz_again"),
    path("cohorts/<slug:slug>/assignments/<slug:assignment>/data/<str:name>", views.data_file, name="data_file"),
    path("cohorts/<slug:slug>/coverage/", views.coverage, name="coverage"),
    path("cohorts/<slug:slug>/modules/<int:number>/<slug:lesson>/questions/", views.quiz_items, name="quiz_items"),
    path("cohorts/<slug:slug>/data/", views.data_sets, name="data_sets"),
    path("cohorts/<slug:slug>/data/<slug:data>/", views.data_set, name="data_set"),
    path("cohorts/<slug:slug>/data/<slug:data>/evidence/", views.give_evidence, name="give_evidence"),
    path("cohorts/<slug:slug>/data/<slug:data>/files/<str:name>", views.data_set_file, name="data_set_file"),
    path("programmes/", views.programmes, name="programmes"),
    path("programmes/<slug:programme>/compare/", views.compare_revisions, name="compare_revisions"),
    path(OF_REVISION, views.preview, name="preview"),
    path(f"{OF_REVISION}modules/<int:module>/", views.preview_module, name="preview_module"),
    path(f"{OF_REVISION}modules/<int:module>/<slug:lesson>/", views.preview_lesson, name="preview_lesson"),
    path(f"{OF_REVISION}data/<slug:data>/", views.preview_data_set, name="preview_data_set"),
    path("office/evidence/", views.evidence, name="evidence"),
    path("office/evidence/<int:pk>/", views.evidence_decide, name="evidence_decide"),
    path("office/", views.office, name="office"),
    path("office/cohorts/new/", views.cohort_new, name="cohort_new"),
    path("office/cohorts/<slug:slug>/", views.office_cohort, name="office_cohort"),
    path("office/cohorts/<slug:slug>/roles/", views.cohort_role, name="cohort_role"),
    path("office/cohorts/<slug:slug>/roles/<int:pk>/remove/", views.cohort_role_remove, name="cohort_role_remove"),
    path("office/enrolments/<int:pk>/application/", views.application, name="application"),
    path("office/enrolments/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("office/enrolments/<int:pk>/extension/", views.extension, name="extension"),
]
