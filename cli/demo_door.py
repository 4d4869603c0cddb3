"""What keeps a demo, whose passwords anybody knows, to the machine that it runs on."""

from fastapi import FastAPI, Request
from sqlalchemy import select
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api.edge import is_loopback, was_passed_on
from api.errors.render import render
from api.settings import SettingsError
from cli.demo_seed import ADMIN, PASSWORD
from crm.access.session import unscoped
from crm.installation.service import is_demo
from crm.kernel.db import Database
from crm.people.passwords import password_matches
from crm.people.tables import User


def made_by_demo(database: Database) -> bool:
    """Whether a demo made this database, or, before demos marked theirs, its admin has the password that it prints."""
    with database.read(unscoped("whether a demo made the database is asked before anybody signs in")) as session:
        if is_demo(session):
            return True
        hashed = session.scalar(select(User.password_hash).where(User.login == ADMIN, User.active))
    return hashed is not None and password_matches(PASSWORD, hashed)


def refuse_others(app: FastAPI, address: str) -> None:
    """Let a demo's `app`, not started yet, answer this machine alone: SettingsError where `address` is one for others,
    and 403 to what a proxy passes on."""
    if not is_loopback(address):
        raise SettingsError(
            "this is a demo's database, whose passwords anybody knows: serve it on 127.0.0.1 alone, or make another"
        )
    app.user_middleware.append(Middleware(_DirectOnly))  # innermost: what is refused is counted and logged too


class _DirectOnly:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            if was_passed_on(request):
                await render(request, "demo_at_home")(scope, receive, send)
                return
        await self._app(scope, receive, send)
