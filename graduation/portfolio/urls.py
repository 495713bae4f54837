from django.urls import path

from graduation.portfolio import views

urlpatterns = [
    path("portfolio/", views.portfolio, name="portfolio"),
    path("portfolio/artefacts/<uuid:submission>/", views.artefact, name="artefact"),
    path("portfolio/artefacts/<uuid:submission>/publish/", views.publish, name="publish"),
    path("portfolio/artefacts/<uuid:submission>/unpublish/", views.unpublish, name="unpublish"),
    path("portfolio/<slug:slug>/", views.public_portfolio, name="public_portfolio"),
    path("portfolio/<slug:slug>/<uuid:submission>/", views.public_artefact, name="public_artefact"),
    path("portfolio/<slug:slug>/<uuid:submission>/notebook/", views.artefact_notebook, name="artefact_notebook"),
]
