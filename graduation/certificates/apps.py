from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "graduation.certificates"
    label = "certificates"

    def ready(self) -> None:
        from courses import dashboard
        from graduation.certificates import panels

        dashboard.register(panels=panels.panels_for)
