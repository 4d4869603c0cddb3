"""A task and an outlet as they are called in what is told of an audit."""

from dataclasses import dataclass

from crm.outlets.tables import Outlet
from crm.tasks.tables import Task
from pipeline.texts import Text, text_of


@dataclass(frozen=True)
class Named:
    """A task or an outlet as it is called."""

    id: str
    name: Text


@dataclass(frozen=True)
class TaskAndOutlet:
    """The task and the outlet of an audit."""

    task: Named
    outlet: Named


def named(thing: Task | Outlet) -> Named:
    """A task or an outlet as it is called."""
    return Named(thing.id, text_of(thing, "name"))
