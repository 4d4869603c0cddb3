"""The commands that measure, as `cli.main` shows them."""

from typing import Annotated

import typer

from cli.options import ENGINE_HELP, whole


def bench(
    photos: Annotated[int, whole(2, help="Rendered photos of 2048 px.")] = 12,
    rounds: Annotated[int, whole(1, help="Interleaved rounds; the best of each counts.")] = 5,
    threads: Annotated[int, whole(1, help="Threads of a network run, for every contestant.")] = 2,
    service: Annotated[bool, typer.Option(help="Also: upload to decision over HTTP at two a second.")] = False,
    engine: Annotated[str, typer.Option(help=ENGINE_HELP)] = "auto",
    fronts: Annotated[int | None, whole(5, 80, help="Only photos with about as many fronts.")] = None,
    cpu_time: Annotated[
        bool, typer.Option(help="Processor time, for a busy machine; with --threads 1 it is the time on a free core.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for machines.")] = False,
) -> None:
    """Measures the pipeline against its bare networks and against ultralytics, in one run."""
    from cli.bench import run

    raise typer.Exit(run(photos, rounds, threads, service, engine, fronts, cpu_time, json_))


def bench_decisions(
    database: Annotated[str | None, typer.Option(help="URL of an empty one; default: a new SQLite file.")] = None,
    rounds: Annotated[int, whole(1, help="Of one process, then four, in turns.")] = 5,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for machines.")] = False,
) -> None:
    """Measures how many displays a second are decided and paid, in one process and in four."""
    from cli.bench_decisions import run

    raise typer.Exit(run(database, rounds, json_))


COMMANDS = (bench, bench_decisions)
