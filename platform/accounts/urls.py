from django.urls import include, path

from accounts import views

urlpatterns = [
    path("", views.people, name="people"),
    path("me/", views.profile, name="profile"),
    path("audit/", include("audit.urls")),
    path("<int:pk>/", views.person, name="person"),
    path("<int:pk>/<str:role>/", views.person_role, name="person_role"),
]
