"""`shelfproof stop`: end automatic pay of a task, a SKU, a model version or a brand, and open it again."""

from typing import Any

from sqlalchemy import or_, select

from cli.operating import OPERATOR, account, all_rows, brand_named, with_database
from crm.audits.service import model_targets
from crm.kernel.db import Database, WriteSession
from crm.stops import service as stops
from crm.stops.service import StopCard
from crm.tasks.tables import Task


def stop(kind: str, name: str, reason: str, brand: str | None, as_json: bool) -> int:
    """Stops and returns the exit status. `name`: a task's code or id, a SKU's code, a model version, a brand's name."""

    def run(database: Database) -> Any:
        brand_id = brand_named(database, name if kind == "brand" else brand) if _needs_brand(kind, brand) else None
        with database.write(OPERATOR) as s:
            target = name
            if kind == "brand":
                target = str(brand_id)
            elif kind == "task":
                target = _task_id(s, name, brand_id)
            row = stops.stop(s, OPERATOR, kind, target, reason, brand_id, account())
            told = _told(stops.get_stop(s, OPERATOR, row.id))
            if kind == "model":
                told["seen"] = any(target == each.target for each in model_targets(s, OPERATOR))
        return told

    return with_database(run, as_json, lambda told: [_line(told), *_unseen(told)])


def list_stops(opened: bool, as_json: bool) -> int:
    """Prints what is stopped, of all brands, and returns the exit status; `opened`: also what was opened again."""

    def run(database: Database) -> Any:
        with database.read(OPERATOR) as s:
            rows = all_rows(lambda after: stops.list_stops(s, OPERATOR, after, 200, in_force_only=not opened))
            return [_told(card) for card in rows]

    return with_database(run, as_json, lambda told: [_line(each) for each in told] or ["nothing is stopped"])


def open_again(stop_id: str, reason: str, as_json: bool) -> int:
    """Ends a stop and returns the exit status."""

    def run(database: Database) -> Any:
        with database.write(OPERATOR) as s:
            stops.open_again(s, OPERATOR, stop_id, reason, account())
            return _told(stops.get_stop(s, OPERATOR, stop_id))

    return with_database(run, as_json, lambda told: [_line(told)])


def _needs_brand(kind: str, brand: str | None) -> bool:
    return kind in ("sku", "brand") or brand is not None


def _task_id(s: WriteSession, name: str, brand_id: str | None) -> str:
    """The id of the task with this code or id; ValueError where there is none, or one in several brands."""
    statement = select(Task.id).where(or_(Task.id == name, Task.code == name))
    if brand_id is not None:
        statement = statement.where(Task.brand_id == brand_id)
    ids = s.scalars(statement).all()
    if len(ids) == 1:
        return ids[0]
    raise ValueError(f"several brands have a task {name}: add --brand" if ids else f"there is no task {name}")


def _told(card: StopCard) -> dict[str, Any]:
    row, opening = card.stop, card.opening
    return {
        "id": row.id,
        "kind": row.kind,
        "target": row.target,
        "name": card.name.as_dict(),
        "brand_id": row.brand_id,
        "reason": row.reason,
        "by": card.by,
        "at": row.created_at.isoformat(timespec="seconds"),
        "opened_at": opening.created_at.isoformat(timespec="seconds") if opening else None,
        "opened_by": card.opened_by,
        "opening_reason": opening.reason if opening else None,
    }


def _line(told: dict[str, Any]) -> str:
    opened = (
        f"; opened {told['opened_at']} by {told['opened_by']}: {told['opening_reason']}" if told["opened_at"] else ""
    )
    name, begun = told["name"]["en"], f"since {told['at']} by {told['by']}"
    return f"{told['id']}  {told['kind']:5}  {name}  {begun}: {told['reason']}{opened}"


def _unseen(told: dict[str, Any]) -> list[str]:
    known = told.get("seen", True)
    return [] if known else ["no display of the last decisions was read by this version: check its spelling"]
