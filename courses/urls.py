from django.urls import path

from courses import views

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
