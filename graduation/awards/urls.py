from django.urls import path

from graduation.awards import views

urlpatterns = [
    path("office/enrolments/<int:pk>/", views.record, name="record"),
    path("office/enrolments/<int:pk>/mark/", views.record_mark, name="record_mark"),
    path("office/enrolments/<int:pk>/decide/", views.decide, name="decide"),
    path("office/enrolments/<int:pk>/confirm/", views.confirm, name="confirm"),
]
