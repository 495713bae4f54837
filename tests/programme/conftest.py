import importlib.util
from pathlib import Path

import pytest
from django.conf import settings

from courses.data import freeze

PROGRAMME = Path(__file__).parents[2] / "courses" / "programme"


@pytest.fixture(scope="session")
def frozen():
    """The data folder, with every file of the manifest in it and right."""
    list(freeze(PROGRAMME, settings.DATA_DIR))
    return settings.DATA_DIR


def loaded(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
