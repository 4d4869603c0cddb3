"""`shelfproof demo`: the main job once, over HTTP, on photos whose truth is known or on a folder of one's own."""

import json
import os
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from api.settings import SettingsError
from cli.client import ApiError, Client
from cli.demo_folder import emptied
from cli.demo_seed import AUDITOR, FIELD_AUDITOR, FIELD_REP, FIELD_TASK, PASSWORD, REP, demo_spec
from cli.demo_truth import DEMO, differences, truths
from cli.local_service import LocalService, local_service
from cli.photo_input import photo_files
from cli.span import file_name, span
from crm.access.session import unscoped
from crm.ledger.checks import check_ledger
from models.manifest import ModelFileError

OK, FAILED, BAD_INPUT = 0, 1, 2
WIDTH_IN_A_FILE, SKUS_SHOWN = 150, 6
MARKS = {"pass": "[green]✓[/]", "fail": "[red]✗[/]", "unsure": "[yellow]?[/]"}
DECISIONS = {"pass": "[green]paid[/]", "refuse": "[red]refused[/]", "review": "[yellow]review[/]"}


@dataclass(frozen=True)
class Shot:
    """A photo to send: the task it is for, and what its truth demands (None: unknown)."""

    file: Path
    task: str
    intent: str | None
    truth: Mapping[str, Any] | None = None  # what stands there, see cli.demo_truth


@dataclass(frozen=True)
class Outcome:
    """What came of a photo: the audit as the API tells it, or the error; balance in fen, seconds to the decision."""

    shot: Shot
    audit: dict[str, Any] | None
    error: str
    wallet_fen: int
    seconds: float


def run(photos: Path | None, var: Path, as_json: bool) -> int:
    """Starts the service on an empty folder `var`, sends the photos, prints the decisions; the exit status."""
    shots = _demo_shots() if photos is None else _own_shots(photos)
    if not shots:
        return BAD_INPUT
    rep, auditor = (REP, AUDITOR) if photos is None else (FIELD_REP, FIELD_AUDITOR)
    show = Console(stderr=as_json)
    if not show.is_terminal:
        show = Console(stderr=as_json, width=WIDTH_IN_A_FILE)
    try:
        with (
            emptied(var, [shot.file for shot in shots]),
            local_service(var, demo_spec(outlets=max(12, len(shots))), PASSWORD) as service,
        ):
            outcomes = send(service, shots, rep, var / "annotated", show)
            with service.parts.database.read(unscoped("the ledger is checked whole")) as session:
                faults = check_ledger(session)
    except SettingsError as error:
        print(f"shelfproof: {error}", file=sys.stderr)
        return BAD_INPUT
    except (ModelFileError, RuntimeError, OSError) as error:
        print(f"shelfproof: {error}", file=sys.stderr)
        return FAILED
    if as_json:
        print(json.dumps([_as_json(outcome) for outcome in outcomes]))  # in ASCII: no file name can break it
    else:
        _show(outcomes, var, faults, show)
        show.print(f"Sign in as {rep} (rep) or {auditor} (auditor), password {PASSWORD}", soft_wrap=True)
    return OK if not faults and all(outcome.audit is not None for outcome in outcomes) else FAILED


def send(service: LocalService, shots: Sequence[Shot], login: str, pictures: Path, show: Console) -> list[Outcome]:
    """Sends each photo from an outlet of its own, as a rep's phone would, and waits for its decision."""
    pictures.mkdir(parents=True, exist_ok=True)
    outcomes = []
    with Client(service.url) as client:
        client.sign_in(login, PASSWORD)
        outlets = sorted(client.items("/outlets"), key=lambda outlet: str(outlet["code"]))
        tasks = {task["code"]: task["id"] for task in client.items("/tasks")}
        for shot, outlet in zip(track(shots, "Sending photos", console=show, transient=True), outlets, strict=False):
            outcomes.append(_send_one(client, shot, tasks[shot.task], outlet, pictures))
    return outcomes


def _send_one(client: Client, shot: Shot, task_id: str, outlet: dict[str, Any], pictures: Path) -> Outcome:
    start, audit, error = time.monotonic(), None, ""
    try:
        claim, visit = client.claim(task_id, outlet["id"]), client.check_in(outlet)
        data = shot.file.read_bytes()
        start = time.monotonic()
        received = client.upload(shot.file.name, data, visit, claim)
        audit = client.wait_for_decision(received["audit_id"])
        seconds = time.monotonic() - start
        picture = client.picture(received["links"]["annotated"])
        _free(pictures, shot.file.stem).write_bytes(picture)
    except (ApiError, OSError) as failure:
        seconds, error = time.monotonic() - start, str(failure)
    return Outcome(shot, audit, error, int(client.get("/wallet")["balance_fen"]), seconds)


def _free(folder: Path, stem: str) -> Path:
    """A name for a picture that no other has: photos of different sub-folders are often called alike."""
    names = (f"{stem}.jpg" if number == 1 else f"{stem}-{number}.jpg" for number in count(1))
    return next(file for name in names if not (file := folder / name).exists())


def _demo_shots() -> list[Shot]:
    return [Shot(DEMO / "photos" / truth["photo"], truth["task"], truth["intent"], truth) for truth in truths()]


def _own_shots(path: Path) -> list[Shot]:
    """The photos of a folder, or one photo; where there is none, that is said on stderr."""
    files = photo_files(path)
    if files == [path] and not os.path.isfile(path):
        print(f"shelfproof: {path} is missing: give a folder of photos, or one photo", file=sys.stderr)
        return []
    return [Shot(file, FIELD_TASK, None) for file in files]


def _show(outcomes: Sequence[Outcome], var: Path, faults: Sequence[str], show: Console) -> None:
    table = Table(title="Every photo through the public API", show_lines=True)
    for name in ("photo", "seen", "clauses: measured, needed", "decision", "reward", "wallet", "s"):
        table.add_column(name, justify="right" if name in ("reward", "wallet", "s") else "left")
    for outcome in outcomes:
        table.add_row(*_row(outcome))
    show.print(table)
    if any(each.shot.truth for each in outcomes):
        show.print("\n".join(_against_truth(outcomes)), soft_wrap=True)
    show.print("\n".join(f"[red]Ledger: {fault}[/]" for fault in faults) or "The ledger balances.")
    show.print(f"Annotated pictures: {var / 'annotated'}")
    show.print(
        f"The page: run `SHELFPROOF_VAR={shlex.quote(str(var))} .venv/bin/shelfproof serve`, open http://127.0.0.1:8000",
        soft_wrap=True,
    )


def _against_truth(outcomes: Sequence[Outcome]) -> list[str]:
    """How many were decided as meant, of how many every count holds the truth, and a line for each other."""
    unlike = [each for each in outcomes if _differs(each)]
    wrong = {each.shot.file.name: found for each in outcomes if (found := _miscounted(each))}
    as_meant, held = len(outcomes) - len(unlike), len(outcomes) - len(wrong)
    return [
        f"Against the rendered truth: {as_meant} of {len(outcomes)} decided as meant, "
        f"all counts of {held} of {len(outcomes)} hold the truth",
        *(f"{each.shot.file.name} was meant to {each.shot.intent}" for each in unlike),
        *(f"{name} says {said}" for name, found in wrong.items() for said in found),
    ]


def _miscounted(outcome: Outcome) -> list[str]:
    """What is wrong in the counts of a photo whose truth is known."""
    if outcome.shot.truth is None:
        return []
    if outcome.audit is None:
        return ["nothing: it was not decided"]
    return differences(outcome.shot.truth, outcome.audit["decision"]["facts"])


def _row(outcome: Outcome) -> list[str]:
    name, wallet, seconds = file_name(outcome.shot.file.name), _yuan(outcome.wallet_fen), f"{outcome.seconds:.2f}"
    if outcome.audit is None:
        return [name, f"[red]{escape(outcome.error)}[/]", "", "not decided", "", wallet, seconds]
    decision = outcome.audit["decision"]
    clauses = "\n".join(_clause(clause) for clause in decision["clauses"])
    reasons = "".join(
        f"\n[dim]{r['en']}[/]" for r in decision["reasons"] if r["code"] not in ("passed", "clause_failed")
    )
    reward = _yuan(decision["amount_fen"]) if decision["outcome"] == "pass" else "–"
    return [name, _seen(decision["facts"]), clauses + reasons, DECISIONS[decision["outcome"]], reward, wallet, seconds]


def _seen(facts: Mapping[str, Any]) -> str:
    skus = [fact for fact in facts.values() if fact["sku"] and not fact["shelf_position"] and fact["best"] > 0]
    lines = [f"{_span(fact)} × {fact['sku']}" for fact in sorted(skus, key=lambda each: -each["best"])]
    lines[SKUS_SHOWN:] = [f"… {len(lines) - SKUS_SHOWN} more"] if len(lines) > SKUS_SHOWN else []
    new = " (new: " + _span(facts["facings.new"]) + ")" if facts["facings.new"]["high"] else ""
    cooler = "cooler" if facts["cooler.present"]["best"] else "no cooler"
    unknown = facts["facings.unknown"]
    lines += [f"{_span(unknown)} × unknown"] if unknown["best"] else []
    return "\n".join([f"{_span(facts['facings.total'])} fronts{new}, {cooler}", *lines])


def _clause(clause: Mapping[str, Any]) -> str:
    measured = ", ".join(_span(fact) for fact in clause["measured"].values())
    return f"{MARKS[clause['outcome']]} {measured}: {clause['expression'].replace('[', chr(92) + '[')}"


def _span(fact: Mapping[str, float]) -> str:
    return span(fact, lambda value: f"{value:.2f}".rstrip("0").rstrip("."))


def _differs(outcome: Outcome) -> bool:
    """Whether the outcome is another than the one that the photo was made for."""
    decided = outcome.audit["decision"]["outcome"] if outcome.audit else None
    meant = {"pass": ("pass",), "fail": ("refuse",), "review": ("review",), "borderline": ("pass", "review")}
    return outcome.shot.intent is not None and decided not in meant[outcome.shot.intent]


def _yuan(fen: int) -> str:
    return f"¥{fen / 100:.2f}"


def _as_json(outcome: Outcome) -> dict[str, Any]:
    decision = outcome.audit["decision"] if outcome.audit else None
    return {
        "photo": str(outcome.shot.file),
        "task": outcome.shot.task,
        "intent": outcome.shot.intent,
        "miscounted": None if outcome.shot.truth is None else _miscounted(outcome),
        "error": outcome.error,
        "decision": decision,
        "wallet_fen": outcome.wallet_fen,
        "seconds": round(outcome.seconds, 3),
    }
