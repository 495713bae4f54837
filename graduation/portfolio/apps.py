from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "graduation.portfolio"
    label = "portfolio"
