from django.urls import path

from graduation.certificates import views

urlpatterns = [
    path("office/enrolments/<int:pk>/issue/", views.issue, name="issue"),
    path("office/certificates/", views.certificates, name="certificates"),
    path("office/certificates/<slug:code>/revoke/", views.revoke, name="revoke"),
    path("certificates/<slug:code>/", views.certificate, name="certificate"),
    path("certificates/<slug:code>.pdf", views.certificate_pdf, name="certificate_pdf"),
]
