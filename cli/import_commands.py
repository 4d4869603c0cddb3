"""The commands of `shelfproof outlet`, `catalogue` and `task`, as `cli.main` shows them."""

from pathlib import Path
from typing import Annotated

import typer

outlet = typer.Typer(help="Outlets of a brand, from a table.", no_args_is_help=True)
catalogue = typer.Typer(help="Products of a brand, from a table.", no_args_is_help=True)
task = typer.Typer(help="Display tasks: what a brand asks for and pays.", no_args_is_help=True)
GROUPS = {"outlet": outlet, "catalogue": catalogue, "task": task}

Table = Annotated[Path, typer.Argument(help="CSV: UTF-8 or GB18030; comma, semicolon or tab.")]
Brand = Annotated[str | None, typer.Option(help="Name of the brand; needed where there are several.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Json = Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")]


@outlet.command("import")
def outlet_import(file: Table, brand: Brand = None, dry_run: DryRun = False, json_: Json = False) -> None:
    """Makes or changes outlets: code, name, lat, lon (WGS 84), dealer; also name_zh, address. All rows or none."""
    from cli.imports import import_outlets

    raise typer.Exit(import_outlets(file, brand, dry_run, json_))


@catalogue.command("import")
def catalogue_import(
    file: Table,
    brand: Brand = None,
    gallery: Annotated[str | None, typer.Option(help="A shipped gallery that knows the products; none: none.")] = None,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Makes or changes products: code, name, own (yes or no); also name_zh, label_brand, pack, launched_on, new_until.
    All rows or none."""
    from cli.imports import import_catalogue

    raise typer.Exit(import_catalogue(file, brand, gallery, dry_run, json_))


@task.command("create")
def task_create(
    file: Annotated[Path, typer.Argument(help="YAML or JSON, as docs/examples/task.yaml.")],
    brand: Brand = None,
    json_: Json = False,
) -> None:
    """Makes a task, fills its budget and publishes its rules: all of it, or nothing."""
    from cli.tasks import create

    raise typer.Exit(create(file, brand, json_))


@task.command("list")
def task_list(
    brand: Annotated[str | None, typer.Option(help="Of this brand alone.")] = None, json_: Json = False
) -> None:
    """Lists tasks: code, state, days, period, what the budget still holds."""
    from cli.tasks import list_tasks

    raise typer.Exit(list_tasks(brand, json_))
