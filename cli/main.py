"""The command line `shelfproof`. Each sub-command has its own module, imported when it is called.

Exit status: 0 fine; 1 findings or failed, also where something that looks like data was not used; 2 usage or bad
input. Errors, and what was not used, are one line each on stderr.
"""

import io
import sys
from importlib.metadata import version as installed
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli import account_commands, bench_commands, import_commands
from cli.options import ENGINE_HELP, whole

GALLERY_HELP = "pepsico_vn, demo or none; a .npz; or a folder with one sub-folder of crops per SKU code. Default: {}."

app = typer.Typer(
    name="shelfproof",
    help="A photo of a store display in, a decision that can be paid out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"shelfproof {installed('shelfproof')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """What every command starts with: no file name and no locale may end one that has worked for an hour."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@app.command()
def audit(
    photos: Annotated[list[Path], typer.Argument(help="Photos (JPEG, PNG, WebP), or folders of them.")],
    json_: Annotated[bool, typer.Option("--json", help="One JSON array on stdout, for machines.")] = False,
    gallery: Annotated[str | None, typer.Option(help=GALLERY_HELP.format("the one that names most"))] = None,
    threads: Annotated[int | None, whole(1, help="Threads of a network run; default: one per core.")] = None,
    models: Annotated[
        Path | None, typer.Option(help="Folder of detector and embedder; default: those that ship.")
    ] = None,
    engine: Annotated[str, typer.Option(help=ENGINE_HELP)] = "auto",
) -> None:
    """Reads photos without any database: boxes, SKU codes, facts, flags."""
    from cli.audit import run

    raise typer.Exit(run(photos, json_, gallery, threads, models, engine))


@app.command()
def evaluate(
    directory: Annotated[Path, typer.Argument(help="Folder in YOLO layout: images/, labels/, data.yaml.")],
    split: Annotated[str | None, typer.Option(help="Split of data.yaml, of a sub-folder or of the field set.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for machines.")] = False,
    bootstrap: Annotated[int, whole(0, help="Resamples of photos for 95 % intervals.")] = 0,
    models: Annotated[
        Path | None, typer.Option(help="Folder of detector and embedder; default: those that ship.")
    ] = None,
    gallery: Annotated[str | None, typer.Option(help=GALLERY_HELP.format("pepsico_vn"))] = None,
    report: Annotated[Path, typer.Option(help="HTML to write: curves, confusions, slices, worst photos.")] = Path(
        "runs/evaluation.html"
    ),
) -> None:
    """Measures boxes and counts against labels: mAP50, mAP50-95, count error per photo and class; writes a report."""
    from cli.evaluate import run

    raise typer.Exit(run(directory, split, json_, bootstrap, models, gallery, report))


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, whole(0, 65535, help="Port; 0 for a free one.")] = 8000,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="API and pages only; photos are read elsewhere.")
    ] = False,
) -> None:
    """Serves the API and the pages, and reads and decides photos."""
    from cli.serve import serve as run

    raise typer.Exit(run(host, port, worker=not no_worker))


@app.command()
def worker() -> None:
    """Reads and decides photos, without API and pages."""
    from cli.serve import work

    raise typer.Exit(work())


@app.command()
def demo(
    photos: Annotated[Path | None, typer.Option(help="A folder of your own photos instead of the demo's.")] = None,
    var: Annotated[Path, typer.Option(help="Folder for database and photos; emptied first.")] = Path("var/demo"),
    json_: Annotated[bool, typer.Option("--json", help="One JSON array on stdout, for machines.")] = False,
) -> None:
    """Sends display photos through the whole service, over HTTP, and prints each decision."""
    from cli.demo import run

    raise typer.Exit(run(photos, var, json_))


sku = typer.Typer(help="New SKUs: recognised from the next photo on, without a training run.", no_args_is_help=True)
app.add_typer(sku, name="sku")

Code = Annotated[str, typer.Argument(help="The SKU's code: letters, digits, dots, hyphens, underscores.")]
Brand = Annotated[str | None, typer.Option(help="Name of the brand; needed where there are several.")]
GalleryFile = Annotated[Path | None, typer.Option(help="A gallery .npz instead of the service's database.")]


@sku.command("enroll")
def sku_enroll(
    code: Code,
    references: Annotated[list[Path], typer.Argument(help="3 to 10 crops, or photos with one product.")],
    name: Annotated[str, typer.Option(help="Name; not kept in a gallery file.")],
    name_zh: Annotated[str, typer.Option(help="Chinese name.")] = "",
    label: Annotated[str, typer.Option(help="The brand on its label: SKUs that share it are its sisters.")] = "",
    competitor: Annotated[bool, typer.Option("--competitor", help="Not the brand's own.")] = False,
    new: Annotated[bool, typer.Option("--new", help="Counts as a launch from today on.")] = False,
    brand: Brand = None,
    gallery: GalleryFile = None,
    engine: Annotated[str, typer.Option(help=f"{ENGINE_HELP} With --gallery.")] = "auto",
    json_: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for machines.")] = False,
) -> None:
    """Enrols a SKU from reference pictures, tells with which other it would be confused, and what opens its trial."""
    from cli.sku import enroll
    from crm.catalog.enrolling import SkuSpec

    spec = SkuSpec(code, name, not competitor, name_zh, new, label)
    raise typer.Exit(enroll(spec, references, brand, gallery, engine, json_))


@sku.command("list")
def sku_list(
    brand: Brand = None,
    gallery: GalleryFile = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON array on stdout, for machines.")] = False,
) -> None:
    """Lists a brand's SKUs and their enrolments."""
    from cli.sku import list_skus

    raise typer.Exit(list_skus(brand, gallery, json_))


@sku.command("rescore")
def sku_rescore(
    code: Code,
    days: Annotated[int, whole(1, 400, help="How far back, in days.")],
    brand: Brand = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for machines.")] = False,
) -> None:
    """Looks for an enrolled SKU on photos from before its enrolment; decisions and money stay as they are."""
    from cli.sku import rescore

    raise typer.Exit(rescore(code, days, brand, json_))


stopping = typer.Typer(help="Ends automatic pay: people alone decide, until it is opened again.", no_args_is_help=True)
app.add_typer(stopping, name="stop")

Reason = Annotated[str, typer.Option(help="Why; auditors and managers read it.")]
Json = Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")]


@stopping.command("task")
def stop_task(
    name: Annotated[str, typer.Argument(help="The task's code or id.")], reason: Reason, brand: Brand = None,
    json_: Json = False,
) -> None:  # fmt: skip
    """Ends automatic pay of a task."""
    from cli.stop import stop

    raise typer.Exit(stop("task", name, reason, brand, json_))


@stopping.command("sku")
def stop_sku(
    name: Annotated[str, typer.Argument(help="The SKU's code.")], reason: Reason, brand: Brand = None,
    json_: Json = False,
) -> None:  # fmt: skip
    """Ends automatic pay where the task names the SKU, or a front may be it."""
    from cli.stop import stop

    raise typer.Exit(stop("sku", name, reason, brand, json_))


@stopping.command("model")
def stop_model(
    name: Annotated[str, typer.Argument(help="Such as detector:3, embedder:3, gallery:demo-4, engine:openvino-bf16.")],
    reason: Reason,
    brand: Annotated[str | None, typer.Option(help="Name of a brand; default: all brands.")] = None,
    json_: Json = False,
) -> None:
    """Ends automatic pay of what a model version reads."""
    from cli.stop import stop

    raise typer.Exit(stop("model", name, reason, brand, json_))


@stopping.command("brand")
def stop_brand(
    name: Annotated[str, typer.Argument(help="The brand's name or id.")], reason: Reason, json_: Json = False
) -> None:
    """Ends automatic pay of a brand."""
    from cli.stop import stop

    raise typer.Exit(stop("brand", name, reason, None, json_))


@stopping.command("list")
def stop_list(
    all_: Annotated[bool, typer.Option("--all", help="Also what was opened again.")] = False, json_: Json = False
) -> None:
    """Lists what is stopped, since when, by whom and why."""
    from cli.stop import list_stops

    raise typer.Exit(list_stops(all_, json_))


@stopping.command("open")
def stop_open(
    stop_id: Annotated[str, typer.Argument(help="The stop's id, from `stop list`.")],
    reason: Reason,
    json_: Json = False,
) -> None:
    """Opens automatic pay again."""
    from cli.stop import open_again

    raise typer.Exit(open_again(stop_id, reason, json_))


ledger = typer.Typer(help="Money: the journal, its check, and its balances.", no_args_is_help=True)
app.add_typer(ledger, name="ledger")


@ledger.command("check")
def ledger_check(json_: Json = False) -> None:
    """Checks every entry, account and balance in one state of the database; a line for each fault."""
    from cli.ledger import check

    raise typer.Exit(check(json_))


@ledger.command("rebuild")
def ledger_rebuild(json_: Json = False) -> None:
    """Takes every account's balance anew from the journal, where the check says so; nothing is posted meanwhile."""
    from cli.ledger import rebuild

    raise typer.Exit(rebuild(json_))


database = typer.Typer(help="The schema, and who may do what with it.", no_args_is_help=True)
app.add_typer(database, name="database")


@database.command("upgrade")
def database_upgrade(
    role: Annotated[
        str | None, typer.Option(help="PostgreSQL: the role that runs the service, and may not change the journal.")
    ] = None,
) -> None:
    """Makes the schema or brings it up to date; run it as the role that owns it, after each update."""
    from cli.database import upgrade

    raise typer.Exit(upgrade(role))


@database.command("adopt")
def database_adopt() -> None:
    """Takes over a secret that was changed, or a photo store that was moved, on purpose; all processes stopped."""
    from cli.database import adopt

    raise typer.Exit(adopt())


for group_name, group in (account_commands.GROUPS | import_commands.GROUPS).items():
    app.add_typer(group, name=group_name)


@app.command()
def train(
    name: Annotated[str, typer.Argument(help="An experiment of training/configs, such as detector_mixed.")],
    epochs: Annotated[int | None, whole(1, help="Instead of the experiment's own number.")] = None,
) -> None:
    """Runs a committed experiment; checkpoints go to runs/."""
    from cli.train import train as run

    raise typer.Exit(run(name, epochs))


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Argument(help="Weights of a detector, such as runs/NAME/weights/last.pt.")],
    version: Annotated[str, typer.Option(help="Version for the manifest.")],
    details: Annotated[Path | None, typer.Option(help="JSON object with data and metrics for the manifest.")] = None,
    network: Annotated[
        Literal["detector", "general"],
        typer.Option(help="Which of the two: general reads goods the other does not know."),
    ] = "detector",
) -> None:
    """Exports a detector to ONNX, checks parity with torch, writes the manifest."""
    from cli.train import export as run

    raise typer.Exit(run(checkpoint, version, details, network))


for command in bench_commands.COMMANDS:
    app.command()(command)


if __name__ == "__main__":
    app()
