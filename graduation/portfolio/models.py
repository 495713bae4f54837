from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from grading.models import Submission


class Portfolio(models.Model):
    """A student's page of selected work. Public only while it has a published artefact."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="portfolio")
    slug = models.SlugField("address", max_length=60, unique=True)
    headline = models.CharField(max_length=160, blank=True)
    about = models.TextField(blank=True, max_length=2000)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return f"Portfolio of {self.user}"


class Artefact(models.Model):
    """One released piece of work on a portfolio. Unpublishing keeps the row."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="artefacts")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="artefacts")
    title = models.CharField(max_length=160)
    reflection = models.TextField(blank=True, max_length=2000)
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["portfolio", "-published_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["portfolio", "submission"], name="artefact_once")]

    def __str__(self) -> str:
        return self.title
