import importlib.util
from pathlib import Path

import pytest

from courses.data import freeze

PROGRAMME = Path(__file__).parents[2] / "courses" / "programme"


@pytest.fixture(scope="session")
def monica(tmp_path_factory):
    """A folder with the files of MONICA, freshly frozen."""
    folder = tmp_path_factory.mktemp("monica")
    loaded("freeze", PROGRAMME / "data" / "freeze.py").monica(folder)
    return folder


@pytest.fixture(scope="session")
def frozen(tmp_path_factory):
    """A folder with every file of the manifest, freshly frozen."""
    folder = tmp_path_factory.mktemp("frozen")
    list(freeze(PROGRAMME, folder))
    return folder


def loaded(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
