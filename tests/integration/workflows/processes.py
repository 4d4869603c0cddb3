"""Processes of their own, for what must be killed. They fork from one that has imported what they need, which takes
longer than all that they do."""

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing import forkserver
from typing import Any

import pytest

_IMPORTED = ["pytest", "tests.integration.workflows.world", "tests.integration.workflows.poison"]
_context = multiprocessing.get_context("forkserver")


def exit_status(main: Callable[..., object], *arguments: Any) -> int:
    """Of a process that calls `main`, a module's function; below zero the signal that ended it. Its standard error goes
    to the test's."""
    if not forkserver._forkserver._forkserver_pid:  # type: ignore[attr-defined]
        _begin()
    process = _context.Process(target=main, args=arguments)
    process.start()
    process.join(60)
    status = process.exitcode
    if status is None:
        process.kill()
        process.join()
        pytest.fail(f"{main.__module__} did not end within 60 s")
    process.close()
    return status


def _begin() -> None:
    _context.set_forkserver_preload(_IMPORTED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "OMP_NUM_THREADS", "1")
        forkserver.ensure_running()
