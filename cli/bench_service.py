"""Upload → decision over HTTP at a steady rate: the whole service in a process of its own, SQLite and a folder."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from api.settings import load_settings
from cli.client import ApiError, Client
from cli.demo_seed import PASSWORD, REP, demo_spec
from crm.access.session import unscoped
from crm.kernel.db import Database
from crm.ledger.checks import check_ledger
from crm.migrations import upgrade
from crm.seeding.world import seed_demo

RATE = 2.0  # uploads a second
UPLOADS = 120
START_SECONDS_MAX = 60


def measure_service(jpegs: Sequence[bytes]) -> dict[str, Any]:
    """Percentiles of seconds from the first byte sent to the decision seen, and what was lost.

    Each photo is sent once: of a display of its own, since what is altered of another one goes to a person.
    Raises ApiError where the service does not start, is gone before the first upload or refuses what comes before it.
    """
    with tempfile.TemporaryDirectory() as folder:
        var = Path(folder)
        settings = load_settings({"SHELFPROOF_VAR": str(var)})
        database = Database(settings.database_url)
        upgrade(database)
        spec = demo_spec(outlets=len(jpegs))
        seed_demo(database, spec, dict.fromkeys(spec.logins, PASSWORD))
        seconds = _upload_all(var, jpegs)
        with database.read(unscoped("the ledger is checked whole")) as session:
            faults = check_ledger(session)
        database.dispose()
    times = np.array([value for value in seconds if value is not None])
    p50, p95 = np.percentile(times, [50, 95]) if len(times) else (float("nan"),) * 2
    return {
        "uploads": len(jpegs),
        "rate_per_second": RATE,
        "decided": len(times),
        "lost": len(jpegs) - len(times),
        "p50_s": round(float(p50), 3),
        "p95_s": round(float(p95), 3),
        "max_s": round(float(times.max()), 3) if len(times) else None,
        "ledger_faults": faults,
    }


def _upload_all(var: Path, jpegs: Sequence[bytes]) -> list[float | None]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {"SHELFPROOF_VAR": str(var), "SHELFPROOF_UPLOADS_PER_MINUTE": "100000", "PATH": os.defpath,
                   "SHELFPROOF_LOG_LEVEL": "error"}  # fmt: skip
    command = [sys.executable, "-m", "cli.main", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, cwd=Path(__file__).resolve().parents[1]) as server:
        try:
            with Client(f"http://127.0.0.1:{port}") as client:
                _sign_in(client, server)
                return _send_at_rate(client, jpegs)
        finally:
            server.terminate()


def _sign_in(client: Client, server: subprocess.Popen[bytes]) -> None:
    """Signs in as soon as the service answers. Raises ApiError."""
    end = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            return client.sign_in(REP, PASSWORD)
        except ApiError as error:
            if server.poll() is not None:
                raise ApiError(f"the service ended with status {server.returncode} before it answered") from error
            if time.monotonic() > end:
                raise ApiError(f"the service did not start in {START_SECONDS_MAX} seconds: {error}") from error
            time.sleep(0.2)


def _send_at_rate(client: Client, jpegs: Sequence[bytes]) -> list[float | None]:
    tasks = [task["id"] for task in client.items("/tasks")]
    outlets = client.items("/outlets")
    places = [
        (client.claim(tasks[n % len(tasks)], outlets[n]["id"]), client.check_in(outlets[n])) for n in range(len(jpegs))
    ]
    seconds: list[float | None] = [None] * len(jpegs)
    lock = threading.Lock()

    def one(number: int) -> None:
        claim, visit = places[number]
        start = time.monotonic()
        received = client.upload(f"{number}.jpg", jpegs[number], visit, claim)
        client.wait_for_decision(received["audit_id"])
        with lock:
            seconds[number] = time.monotonic() - start

    begin = time.monotonic()
    with ThreadPoolExecutor(max_workers=32) as pool:
        jobs = []
        for number in track(range(len(jpegs)), "Uploading", console=Console(stderr=True)):
            time.sleep(max(0.0, begin + number / RATE - time.monotonic()))
            jobs.append(pool.submit(one, number))
    for job in jobs:
        if (error := job.exception()) is not None:
            print(f"shelfproof: a photo was not decided: {error}", file=sys.stderr)
    return seconds
