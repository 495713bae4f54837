"""Slices of the average brain MNI152 with the tissue of each voxel, from the files that lie in the package nilearn.

The package itself is not imported: its files are NIfTI-1, a header of 352 bytes and the voxels behind it.
"""

import gzip
import importlib.util
import io
import zipfile
from pathlib import Path

import numpy as np

from .tables import visible_part

SHAPE = (197, 233, 189)  # voxels of 1 mm: left to right, back to front, bottom to top
HEADER = 352  # bytes
BLOCK = 6  # adjacent slices that stay together, because neighbours look alike
FEWEST = 1500  # voxels of brain that make a slice worth having
GREY, WHITE, OTHER = 1, 2, 3


def mni152(folder: Path) -> None:
    """Every second voxel in each direction (2 mm), axial slices, blocks of six dealt 70 to 30.

    image: T1 intensity, 0-255, shape (slices, 117, 99), back to front and left to right. tissue: 0 outside the brain;
    1 grey or 2 white matter where that is more likely than not; 3 brain that is neither (fluid, mixtures). slice: the
    height of each slice in the volume of 95, bottom to top.
    """
    image, grey, white = (_volume(name) for name in ("t1", "gm", "wm"))
    tissue = np.where(image > 0, OTHER, 0).astype(np.uint8)
    tissue[(image > 0) & (grey > 127)] = GREY
    tissue[(image > 0) & (white > 127)] = WHITE
    heights = [height for height in range(image.shape[2]) if (tissue[:, :, height] > 0).sum() >= FEWEST]
    blocks = {height: at // BLOCK for at, height in enumerate(heights)}
    visible = visible_part("mni152", [set(blocks.values())])
    for part, wanted in (("visible", True), ("hidden", False)):
        chosen = [height for height in heights if (blocks[height] in visible) is wanted]
        arrays = {
            "image": image[:, :, chosen].transpose(2, 1, 0),
            "tissue": tissue[:, :, chosen].transpose(2, 1, 0),
            "slice": np.array(chosen, dtype="<i2"),
        }
        _write(folder / f"mni152_{part}.npz", arrays)


def _volume(name: str) -> np.ndarray:
    spec = importlib.util.find_spec("nilearn")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("No module named 'nilearn'")
    home = Path(spec.submodule_search_locations[0]) / "datasets" / "data"
    content = gzip.decompress((home / f"mni_icbm152_{name}_tal_nlin_sym_09a_converted.nii.gz").read_bytes())
    voxels = np.frombuffer(content, dtype=np.uint8, offset=HEADER).reshape(SHAPE, order="F")
    return voxels[::2, ::2, ::2]


def _write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """As numpy.savez, but with the time stamp and the version of the format fixed."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            archive.writestr(entry, content.getvalue())
