from django.apps import AppConfig


class GradingConfig(AppConfig):
    name = "grading"

    def ready(self) -> None:
        from courses import dashboard
        from grading import panels

        dashboard.register(
            work=panels.work_of, marks=panels.marks_of, waiting=panels.waiting_for, panels=panels.panels_for
        )
