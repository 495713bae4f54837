"""What moving a cohort to another revision would change, student by student, before anything is changed (ADR 13)."""

from grading.moving.preview import Preview, preview

__all__ = ["Preview", "preview"]
