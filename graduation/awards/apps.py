from django.apps import AppConfig


class AwardsConfig(AppConfig):
    name = "graduation.awards"
    label = "awards"
