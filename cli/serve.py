"""`shelfproof serve` and `shelfproof worker`: settings, database, store, workflows, API and pages put together."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog
from fastapi import FastAPI
from obstore.exceptions import BaseError
from sqlalchemy.exc import SQLAlchemyError

from api.app import create_app
from api.log import configure_logs
from api.server import Server, patience
from api.settings import Settings, SettingsError, load_settings
from cli.alone import using
from cli.demo_door import made_by_demo, refuse_others
from crm.access.session import unscoped
from crm.catalog.enrolling import EnrolledSkus
from crm.installation.service import belong
from crm.kernel.db import Database, parse_url
from crm.kernel.photo_store import PhotoStore, open_store
from crm.migrations import upgrade
from crm.people import accounts
from crm.workflows.runtime import Workflows
from crm.workflows.vision import PipelineVision
from models.load import load_networks
from models.manifest import ModelFileError
from models.openvino_runner import STREAMS_MAX
from web.pages import add_pages

OK, FAILED, BAD_INPUT = 0, 1, 2

log = structlog.get_logger("serve")


@dataclass(frozen=True)
class Parts:
    """What both commands stand on."""

    settings: Settings
    database: Database
    store: PhotoStore
    workflows: Workflows
    vision: PipelineVision


def compose(settings: Settings, *, worker: bool, first: bool = True) -> Parts:
    """Open everything, bring the schema up to date. With `worker` the networks are loaded now, not at the first
    photo, and the engine is logged; without `first` no secret and no store become the database's own. Raises
    SettingsError, ForeignInstallationError, OSError when the store is away, ModelFileError when the networks cannot be
    loaded."""
    database = Database(settings.database_url)
    upgrade(database)
    store = store_of(settings)
    belong(database, store, settings.secret, first=first)
    # One thread a network run and one photo a core: the most photos a second on a few cores.
    load = partial(load_networks, threads=1, engine=settings.inference)
    if worker:
        networks = load()
        for reason in networks.passed_over:
            log.warning("engine passed over", reason=reason)
        for reason in networks.slower:
            log.info("engine slower here", reason=reason)
        log.info("networks loaded", engine=networks.engine)
    vision = PipelineVision(load, EnrolledSkus(database, store))
    workflows = Workflows(database, store, vision, worker=worker, photos_at_once=min(STREAMS_MAX, os.cpu_count() or 1))
    return Parts(settings, database, store, workflows, vision)


def store_of(settings: Settings) -> PhotoStore:
    """The photo store that is set; SettingsError where that is none."""
    try:
        return open_store(settings.photos)
    except BaseError as error:  # its own text runs over many lines
        raise SettingsError("SHELFPROOF_PHOTOS names no store: give a folder, memory: or s3://BUCKET/PREFIX") from error


def compose_app(parts: Parts) -> FastAPI:
    """The API with the pages."""
    app = create_app(parts.settings, parts.database, parts.store, parts.workflows, parts.vision)
    add_pages(app)
    return app


def serve(host: str, port: int, *, worker: bool) -> int:
    """Serve until told to stop; returns the exit status."""

    def run(settings: Settings) -> int:
        if not worker:
            _refuse_sqlite(settings)
        with _listen(host, port) as listening, using(settings):
            parts = compose(settings, worker=worker)
            try:
                app = compose_app(parts)
                if made_by_demo(parts.database):
                    refuse_others(app, listening.getsockname()[0])
                shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
                log.info("serving", address=f"http://{shown}:{listening.getsockname()[1]}", worker=worker)
                say_first_step(parts.database)
                Server(app, patience(), settings.trusted_proxies).run(sockets=[listening])
            except SystemExit:  # the server's own way to say that it could not start; its log has told why
                return FAILED
            finally:
                parts.database.dispose()
        return OK

    return told_on_one_line(run)


def work() -> int:
    """Read and decide photos until told to stop; returns the exit status."""

    def run(settings: Settings) -> int:
        _refuse_sqlite(settings)
        with using(settings):
            parts = compose(settings, worker=True)
            stop = threading.Event()
            for name in (signal.SIGINT, signal.SIGTERM):
                signal.signal(name, lambda *_: stop.set())
            parts.workflows.start()
            log.info("working")
            say_first_step(parts.database)
            stop.wait()
            parts.workflows.stop()
            parts.database.dispose()
        return OK

    return told_on_one_line(run)


def say_first_step(database: Database) -> None:
    """A line in the log where nobody could let anybody in."""
    with database.read(unscoped("whether anybody could sign in is asked before anybody does")) as session:
        if not accounts.has_admin(session):
            log.warning("there is no admin yet: make the first", run=accounts.FIRST_ADMIN)


def _refuse_sqlite(settings: Settings) -> None:
    if parse_url(settings.database_url).get_backend_name() == "sqlite":
        raise SettingsError("SQLite is for one process that does all: run shelfproof serve, or use PostgreSQL")


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, before anything costly is begun; OSError where the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise SettingsError(f"{host}:{port} cannot be used ({error.strerror}): give another --port") from error
    listening.set_inheritable(True)
    return listening


def told_on_one_line(run: Callable[[Settings], int]) -> int:
    """Run with the settings of the environment; what goes wrong is a line on stderr and the exit status."""
    try:
        settings = load_settings()
        configure_logs(settings.log_level)
        return run(settings)
    except (SettingsError, ModelFileError, ValueError) as error:
        print(f"shelfproof: {error}", file=sys.stderr)
        return BAD_INPUT
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        print(f"shelfproof: the database cannot be used ({reason}): check SHELFPROOF_DATABASE_URL", file=sys.stderr)
        return FAILED
    except OSError as error:
        said = ": ".join(str(part) for part in (error.strerror or error, error.filename) if part)
        print(f"shelfproof: {said}", file=sys.stderr)
        return FAILED
