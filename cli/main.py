"""The command line `shelfproof`. Each sub-command has its own module, imported when it is called.

Exit status: 0 fine, 1 findings or failed, 2 usage or bad input. Errors are one line on stderr.
"""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="shelfproof",
    help="A photo of a store display in, a decision that can be paid out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def root() -> None:
    """Keeps the sub-commands named even while there is only one."""


@app.command()
def audit(
    photos: Annotated[list[Path], typer.Argument(help="Photos (JPEG, PNG, WebP), or folders of them.")],
    json_: Annotated[bool, typer.Option("--json", help="One JSON array on stdout, for machines.")] = False,
    gallery: Annotated[
        str | None, typer.Option(help="Gallery .npz, or a folder with one sub-folder of crops per SKU code.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of a network run; default: one per core.")] = None,
    models: Annotated[
        Path | None, typer.Option(help="Folder of detector and embedder; default: those that ship.")
    ] = None,
) -> None:
    """Reads photos without any database: boxes, SKU codes, facts, flags."""
    from cli.audit import run

    raise typer.Exit(run(photos, json_, gallery, threads, models))


@app.command()
def evaluate(
    directory: Annotated[Path, typer.Argument(help="Folder in YOLO layout: images/, labels/, data.yaml.")],
    split: Annotated[str | None, typer.Option(help="Split of data.yaml, of a sub-folder or of the field set.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for machines.")] = False,
    bootstrap: Annotated[int, typer.Option(min=0, help="Resamples of photos for 95 % intervals.")] = 0,
    models: Annotated[
        Path | None, typer.Option(help="Folder of detector and embedder; default: those that ship.")
    ] = None,
) -> None:
    """Measures boxes and counts against labels: mAP50, mAP50-95, count error per photo and class."""
    from cli.evaluate import run

    raise typer.Exit(run(directory, split, json_, bootstrap, models))


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for a free one.")] = 8000,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="API and pages only; photos are read elsewhere.")] = False,
) -> None:
    """Serves the API and the pages, and reads and decides photos."""
    from cli.serve import serve as run

    raise typer.Exit(run(host, port, worker=not no_worker))


@app.command()
def worker() -> None:
    """Reads and decides photos, without API and pages."""
    from cli.serve import work

    raise typer.Exit(work())


if __name__ == "__main__":
    app()
