"""`shelfproof task`: a task from a description in YAML or JSON, and the list of tasks with what they can still pay."""

import json
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError
from sqlalchemy import select

from api.errors.fields import faults_of
from api.numbers import Whole
from api.settings import MEBIBYTE
from api.tasks.schemas import TaskIn, VersionIn
from cli.operating import OPERATOR, brand_named, with_database
from cli.sheets import Faults, FileFaultsError
from crm.kernel.business_time import BUSINESS_TIME
from crm.kernel.db import Database, ReadSession
from crm.ledger.legs import AMOUNT_FEN_MAX
from crm.people.tables import Organisation
from crm.tasks import service as tasks
from crm.tasks.budgets import Budget
from pipeline.numbers import is_whole
from pipeline.rules.rewards import simple_reward
from pipeline.rules.wording import yuan

_ID = "brand_id"


class TaskFile(TaskIn, VersionIn):
    """A task, its first version and its budget, in fen or in whole yuan: one of the two."""

    budget_fen: Annotated[Whole, Field(ge=1, le=AMOUNT_FEN_MAX)] | None = None
    budget_yuan: Annotated[Whole, Field(ge=1, le=AMOUNT_FEN_MAX // 100)] | None = None

    def fen(self) -> int:
        """The budget. ValueError where it is given twice or not at all."""
        if (self.budget_fen is None) == (self.budget_yuan is None):
            raise ValueError("give the budget once: budget_yuan, or budget_fen")
        return self.budget_fen if self.budget_fen is not None else (self.budget_yuan or 0) * 100


class _Loader(yaml.SafeLoader):
    """YAML in which a time stays the text that it is, and a key that stands twice is refused."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, form) for tag, form in forms if tag != "tag:yaml.org,2002:timestamp"]
        for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.MarkedYAMLError(problem=f"{key} stands twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which no name stands twice. Raises ValueError."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)} stands twice: give it once")
    return made


def create(file: Path, brand: str | None, as_json: bool) -> int:
    """Makes, funds and publishes a task in one transaction, and returns the exit status."""

    def run(database: Database) -> dict[str, Any]:
        given = _read(file)
        budget_fen, brand_id = given.fen(), brand_named(database, brand)
        with database.write(OPERATOR) as s:
            task = tasks.create_task(s, OPERATOR, **given.columns() | {_ID: brand_id})
            budget = tasks.fund_task(s, OPERATOR, task.id, budget_fen, "first")
            tasks.publish_version(s, OPERATOR, task.id, given.rules, given.displays_max)
            return _told(budget, 1, _name(s, brand_id))

    return with_database(run, as_json, lambda told: [_line(told), f"{told['code']} is open to the reps of its brand"])


def list_tasks(brand: str | None, as_json: bool) -> int:
    """Prints the tasks of a brand, or of all, and returns the exit status."""

    def run(database: Database) -> list[dict[str, Any]]:
        brand_id = brand_named(database, brand) if brand is not None else None
        found, after = list[dict[str, Any]](), None
        with database.read(OPERATOR) as s:
            while True:
                page = tasks.list_tasks(s, OPERATOR, after, 200)
                held = {each.task.id: each for each in tasks.list_budgets(s, OPERATOR, after, 200).items}
                for card in page.items:
                    if brand_id in (None, card.task.brand_id):
                        number = card.version.number if card.version else None
                        found.append(_told(held[card.task.id], number, _name(s, card.task.brand_id)))
                after = page.next
                if after is None:
                    return found

    return with_database(run, as_json, lambda told: [_line(each) for each in told] or ["no tasks yet"])


def _read(file: Path) -> TaskFile:
    """The description in a file. Raises FileFaultsError with a line for each fault, ValueError, OSError."""
    if file.stat().st_size > MEBIBYTE:
        raise ValueError(f"{file} is too large to describe a task: it has 1 MB at most")
    try:
        text = file.read_bytes().decode("utf-8-sig")
        # JSON is no YAML where it is indented by tabs
        is_json = text.lstrip().startswith("{")
        given = json.loads(text, object_pairs_hook=_once) if is_json else yaml.load(text, _Loader)
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}:{error.lineno} is no JSON: {error.msg}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        problem = getattr(error, "problem", None) or "it is not UTF-8"
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark is not None else ""
        raise ValueError(f"{file}{where} is neither YAML nor JSON: {problem}") from error
    if not isinstance(given, dict):
        raise ValueError(f"{file} describes no task: see docs/examples/task.yaml")
    if _ID in given:
        raise ValueError(f"{file} names brand_id: give the brand with --brand")
    rules = given.get("rules")
    if isinstance(rules, dict) and is_whole(rules.get("reward")):
        given["rules"] = rules | {"reward": simple_reward(rules["reward"])}
    try:
        return TaskFile.model_validate(given)
    except ValidationError as error:
        faults = Faults(file)
        located = [each | {"loc": ("file", *each["loc"])} for each in error.errors()]
        faults.lines = [f"{file}: {en}" for _, _, (en, _) in faults_of(located)]
        faults.count = len(faults.lines)
        raise FileFaultsError(faults) from error


def _name(s: ReadSession, brand_id: str) -> str:
    return s.scalars(select(Organisation.name).where(Organisation.id == brand_id)).one()


def _told(budget: Budget, version: int | None, brand: str) -> dict[str, Any]:
    task = budget.task
    return {
        "id": task.id,
        "code": task.code,
        "name": task.name,
        "brand": brand,
        "state": task.state,
        "version": version,
        "period": task.period,
        "starts_at": task.starts_at.astimezone(BUSINESS_TIME).isoformat(timespec="minutes"),
        "ends_at": task.ends_at.astimezone(BUSINESS_TIME).isoformat(timespec="minutes"),
        "balance_fen": budget.balance_fen,
        "reserved_fen": budget.reserved_fen,
    }


def _line(told: dict[str, Any]) -> str:
    span = f"{told['starts_at'][:10]} to {told['ends_at'][:10]}"
    held = yuan(told["balance_fen"])
    held += f" and {yuan(told['reserved_fen'])} reserved" if told["reserved_fen"] else ""
    return f"{told['code']:20} {told['state']:6} {span}  per {told['period']:5}  {held}  {told['name']}"
