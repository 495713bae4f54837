from django.apps import AppConfig


class DemoConfig(AppConfig):
    """A believable school to try Pathway with. Installed in development only: production has no such command."""

    name = "graduation.demo"
    label = "demo"
