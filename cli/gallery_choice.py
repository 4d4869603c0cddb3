"""Which shipped gallery is taken where nobody said: the one that names most fronts of the first photos."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from cli.photo_input import read_bytes
from models.gallery import NO_SKUS
from models.load import DEFAULT_GALLERY, Networks, shipped_galleries
from pipeline.facts.make import FactContext
from pipeline.intake.photo_error import PhotoError
from pipeline.read import read_photo

LOOKED_AT = 3  # photos; goods of one brand in the gallery of another are named on one front of eight or fewer


def choose(files: Sequence[Path], load: Callable[[str], Networks], weights: Path) -> Networks:
    """The networks with the gallery that names most fronts; DEFAULT_GALLERY where none names more. load: by a name.

    Raises ModelFileError.
    """
    chosen = load(DEFAULT_GALLERY)
    others = [name for name in shipped_galleries(weights) if name not in (DEFAULT_GALLERY, NO_SKUS)]
    if not others:
        return chosen
    photos = _first(files)
    most = _named(photos, chosen)
    for name in others:
        networks = load(name)
        if (named := _named(photos, networks)) > most:
            chosen, most = networks, named
    return chosen


def _first(files: Sequence[Path]) -> list[bytes]:
    """What can be opened of the first photos; what is wrong with the others is told when they are read."""
    found = []
    for file in files[:LOOKED_AT]:
        with suppress(PhotoError, OSError):
            found.append(read_bytes(file))
    return found


def _named(photos: Sequence[bytes], networks: Networks) -> float:
    """How many fronts have a name in the gallery."""
    named = 0.0
    for data in photos:
        with suppress(PhotoError):
            facings = read_photo(data, networks, FactContext(own=networks.gallery.own)).facts["facings"]
            named += facings["total"]["best"] - facings["unknown"]["best"]
    return named


def named_by(networks: Networks, weights: Path) -> str:
    """One line about the gallery that was chosen: goods of another brand have no name in it, or a wrong one."""
    version = networks.gallery.version
    known = ", ".join(shipped_galleries(weights))
    return f"the gallery {version} names the SKUs; where that is another's, give --gallery: {known}, a .npz or a folder"
