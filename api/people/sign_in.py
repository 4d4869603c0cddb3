"""Signing in: how often a name and an address may try, and the session that begins."""

import hashlib
import hmac
import ipaddress
from contextlib import AbstractContextManager
from datetime import timedelta

from fastapi import Request

from api.people.schemas import Session
from api.services import Services
from crm.access.session import unscoped
from crm.people import service as people
from crm.people import sessions, tries
from crm.people.tables import User


def counted(services: Services, request: Request, name: str) -> AbstractContextManager[None]:
    """Counts a try at the password of `name` (a login as it was typed, or a user's id) from the request's address; see
    `crm.people.tries`."""
    network = network_of(request.client.host if request.client else "")
    return tries.counted(services.database, _tried(services.settings.secret, name, network))


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 of IPv6 that one line is given."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "?"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return str(ipaddress.ip_network((found, 64), strict=False))
        found = found.ipv4_mapped
    return str(found)


def _tried(secret: str, name: str, network: str) -> tries.Tried:
    # With our key: whoever has the rows alone cannot try all addresses and phone numbers.
    def key(*parts: str) -> str:
        return hmac.new(secret.encode(), "\0".join(("sign-in", *parts)).encode(), hashlib.sha256).hexdigest()

    name = people.tried_name(name)
    return tries.Tried(key("pair", name, network), key("name", name), key("address", network))


def check(services: Services, request: Request, login: str, password: str) -> User:
    """Whose login and password these are. Unauthenticated, Locked. Slow: for `services.hashing`."""
    with counted(services, request, login):
        return people.authenticate(services.database, login, password)


def begin(services: Services, user: User, brand_id: str | None = None) -> str:
    """The token of a new session of a user who has just proved who he is, for this brand of his or his first one.
    Unauthenticated where that no longer holds, Invalid for a brand that he does not serve."""
    settings = services.settings
    with services.database.write(unscoped("who signs in has no scope before")) as s:
        people.check_proved(s, user)
        most = timedelta(seconds=settings.session_seconds)
        made = sessions.begin(s, user, timedelta(seconds=settings.idle_seconds), most, brand_id)
    return services.tokens.issue(user.id, made.id)


def begun(services: Services, user: User, brand_id: str | None = None) -> Session:
    """A new session as the API tells it."""
    settings = services.settings
    seconds = min(settings.idle_seconds, settings.session_seconds)
    return Session(access_token=begin(services, user, brand_id), expires_in=seconds, role=user.role)
