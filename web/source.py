"""The source of what runs, for everybody who uses it over a network: section 13 of the AGPL."""

import tarfile
import tempfile
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO

from fastapi import APIRouter
from fastapi.responses import FileResponse

ROOT = Path(__file__).parents[1]
# What the project is made of, by name: never what an installation keeps beside it.
PARTS = (
    "api", "bench", "cli", "crm", "datasets", "models", "pipeline", "training", "web", "docs", "tests", "requirements",
    "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "README.zh-CN.md", "pyproject.toml", ".ci", ".importlinter",
)  # fmt: skip

router = APIRouter(include_in_schema=False)
_making = threading.Lock()


@router.get("/source.tar.gz")
def source() -> FileResponse:
    """The files that this process runs, with weights and documents."""
    with _making:
        made = archive()
    return FileResponse(made.name, media_type="application/gzip", filename="shelfproof-source.tar.gz")


@router.get("/licence")
def licence() -> FileResponse:
    """The text of the AGPL."""
    return FileResponse(ROOT / "LICENSE", media_type="text/plain; charset=utf-8")


@cache
def archive() -> IO[bytes]:
    """The archive, made at the first call; the file goes with the process."""
    made = tempfile.NamedTemporaryFile(suffix=".tar.gz")  # noqa: SIM115 - kept open: closing deletes it
    with tarfile.open(made.name, "w:gz", compresslevel=1) as packed:
        for path in files():
            packed.add(path, Path("shelfproof") / path.relative_to(ROOT), filter=_without_owner)
    return made


def files() -> Iterator[Path]:
    """Each file of the parts that are here, without what Python has compiled."""
    for part in PARTS:
        top = ROOT / part
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and not path.is_symlink() and not {"__pycache__", ".DS_Store"} & {*path.parts}:
                yield path


def _without_owner(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    return info
