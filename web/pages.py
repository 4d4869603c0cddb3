"""The pages: sign-in, the rep's, the auditor's. They are shells; their scripts talk to the API as any client would."""

import json
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Form, Request, Response
from fastapi.responses import RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope as AsgiScope

from api.auth import Caller, CallerOfAnyPassword, SignedInCaller, check_origin, drop_cookie, read_token, set_cookie, use
from api.errors.codes import Problem
from api.errors.render import wait_seconds
from api.language import COOKIE as LANGUAGE_COOKIE
from api.language import wants_chinese
from api.people.schemas import AcceptIn, LinkIn, NewPasswordIn
from api.people.sign_in import begin, check
from api.services import Given, Services, services_of
from crm.access.scope import ROLE_NAMES, Scope
from crm.access.session import unscoped
from crm.kernel.errors import CrmError, Locked, Unauthenticated
from crm.people import accounts, inviting, memberships, sessions
from crm.people import service as people
from crm.people.passwords import PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN
from crm.people.sessions import Current
from crm.people.tables import Organisation, User
from web import source
from web.i18n import Language, texts

HERE = Path(__file__).parent
# Which roles have a page, the first of a role is where it begins; who has none begins at /account.
PAGES = {
    "rep": ("rep",), "review": ("auditor", "manager", "admin"), "stops": ("auditor", "manager", "operator", "admin"),
    "skus": ("auditor", "manager", "data", "admin"),
}  # fmt: skip

_templates = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape(default=True), undefined=StrictUndefined
)
router = APIRouter(include_in_schema=False)


def _language(request: Request) -> Language:
    chosen = request.query_params.get("lang")
    if chosen in ("zh", "en"):
        return "zh" if chosen == "zh" else "en"
    return "zh" if wants_chinese(request) else "en"


def _data_block(value: Any) -> Markup:
    """JSON for a `<script type="application/json">`: nothing in it can end the block."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))


def _page(
    request: Request, template: str, title: str, found: Current | None = None, status: int = 200, **places: Any
) -> HTMLResponse:
    language = _language(request)
    words, services = texts(language), services_of(request)
    user, settings = found.user if found else None, services.settings
    html = _templates.get_template(f"{template}.html").render(
        language=language,
        t=words,
        title=words[title],
        page=template,
        user=user,
        pages=_pages_of(user.role) if user else (),
        brands=_brands_of(services, found.scope) if found else (),
        brand_id=found.scope.brand_id if found else None,
        texts_json=_data_block(words),
        source_url=settings.source_url,
        idle_seconds=settings.idle_seconds,
        **places,
    )
    response = HTMLResponse(html, status)
    response.headers["Vary"] = "Accept-Language, Cookie"
    if request.query_params.get("lang") in ("zh", "en"):
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=365 * 86400, samesite="lax", httponly=True)
    return response


def _pages_of(role: str) -> list[str]:
    return [name for name, roles in PAGES.items() if role in roles]


def _brands_of(services: Services, scope: Scope) -> list[Organisation]:
    """The brands that the caller serves, the first one first."""
    with services.database.read(scope) as session:
        ids = [each.brand_id for each in memberships.memberships(session, [scope.user_id])]
        named = people.organisations(session, set(ids))
    return [named[each] for each in ids]


def _signed_in(request: Request, services: Services) -> Current | None:
    """Who is signed in; None where nobody is, or no longer."""
    try:
        token = read_token(request, services)
        if token is None:
            return None
        with services.database.read(unscoped("who calls is found before he has a scope")) as session:
            return sessions.current(session, token.session_id)
    except (Problem, CrmError):
        return None


def _user(request: Request, services: Services) -> User | None:
    found = _signed_in(request, services)
    return found.user if found else None


def _leave(request: Request, services: Services) -> None:
    """End the session that this browser is in."""
    found = _signed_in(request, services)
    if found is not None:
        with services.database.write(unscoped("a sign-in session is nobody's to read by his scope")) as session:
            sessions.end(session, found.session.id)


@router.get("/")
def start(request: Request, services: Given) -> Response:
    """Sign in, or on to one's own page."""
    user = _user(request, services)
    if user is not None:
        return RedirectResponse(_home(user), 303)
    return _gate(request, services)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    services: Given,
    login: Annotated[str, Form(min_length=1, max_length=100)],
    password: Annotated[str, Form(min_length=1, max_length=200)],
) -> Response:
    """From the form to a cookie."""
    check_origin(request, services.settings.origin)
    words = texts(_language(request))
    work = partial(_sign_in, request, services, login, password)
    if request.headers.get("accept") == "application/json":  # a page that goes on where it is
        response = await services.hashing.run(work)
        response.status_code = 204
        del response.headers["location"], response.headers["content-length"]
        return response
    try:
        return await services.hashing.run(work)
    except Unauthenticated:
        status, error, headers = 401, words["sign_in_failed"], {}
    except Locked as wait:
        status, error = 429, wait.zh if _language(request) == "zh" else wait.en[0].upper() + wait.en[1:]
        headers = {"Retry-After": wait_seconds(wait)}
    except Problem as many:
        status, error, headers = 503, words["sign_in_busy"], dict(many.headers or {})
    page = await run_in_threadpool(_gate, request, services, status, error, login)
    page.headers.update(headers)
    return page


def _sign_in(request: Request, services: Services, login: str, password: str) -> Response:
    user = check(services, request, login, password)
    response = RedirectResponse(_home(user), 303)
    _enter(request, response, services, user)
    return response


def _enter(request: Request, response: Response, services: Services, user: User, brand_id: str | None = None) -> None:
    """A new session in place of the browser's old one, for the same brand where its user is the same."""
    before = _signed_in(request, services)
    if before is not None and before.user.id == user.id:
        brand_id = before.scope.brand_id
    _leave(request, services)
    set_cookie(response, request, services, begin(services, user, brand_id))


def _gate(
    request: Request, services: Services, status: int = 200, error: str | None = None, login: str = ""
) -> Response:
    """The sign-in page; where nobody could let others in, with what to do."""
    with services.database.read(unscoped("whether anybody could sign in is asked before anybody does")) as session:
        has_admin = accounts.has_admin(session)
    return _page(
        request, "sign_in", "sign_in", None, status, error=error, login=login, has_admin=has_admin,
        first_admin=accounts.FIRST_ADMIN,
    )  # fmt: skip


def _home(user: User) -> str:
    if user.must_change_password:
        return inviting.PATH
    return f"/{next(iter(_pages_of(user.role)), 'account')}"


@router.get(inviting.PATH)
def welcome(request: Request, services: Given) -> Response:
    """Choose a password: by a one-time link, whose token the server does not see here, or in place of one that somebody
    else knows."""
    found = _signed_in(request, services)
    words, least, most = texts(_language(request)), PASSWORD_CHARS_MIN, PASSWORD_CHARS_MAX
    rule = words["password_rule"].format(least=least, most=most)
    changing = found if found is not None and found.user.must_change_password else None
    return _page(request, "welcome", "choose_password", changing, rule=rule, least=least, most=most)


@router.post(f"{inviting.PATH}/link")
def look_at_link(body: LinkIn, services: Given) -> dict[str, str]:
    """Whose link this is. Problems as those of accepting it."""
    with services.database.read(unscoped("who has a link is not known yet")) as session:
        user = inviting.invited(session, body.token)
    return {"name": user.name, "login": user.login}


@router.post(inviting.PATH)
async def accept_link(body: AcceptIn, request: Request, response: Response, services: Given) -> dict[str, str]:
    """From a link to a cookie, and where to go on."""
    check_origin(request, services.settings.origin)

    def work() -> dict[str, str]:
        return _chosen(request, response, services, inviting.accept(services.database, body.token, body.password))

    return await services.hashing.run(work)


@router.put(inviting.PATH)
async def change_password(
    body: NewPasswordIn, scope: CallerOfAnyPassword, request: Request, response: Response, services: Given
) -> dict[str, str]:
    """Another password in place of one that somebody else knows, and where to go on."""

    def work() -> dict[str, str]:
        user = inviting.change_password(services.database, scope.user_id, None, body.new)
        return _chosen(request, response, services, user, scope.brand_id)

    return await services.hashing.run(work)


def _chosen(
    request: Request, response: Response, services: Services, user: User, brand_id: str | None = None
) -> dict[str, str]:
    _enter(request, response, services, user, brand_id)
    return {"home": _home(user)}


@router.post("/sign-out")
def sign_out(request: Request, services: Given) -> Response:
    """End the session and drop the cookie."""
    check_origin(request, services.settings.origin)
    _leave(request, services)
    response = RedirectResponse("/", 303)
    drop_cookie(response)
    return response


@router.post("/brand")
def choose_brand(
    request: Request,
    services: Given,
    found: SignedInCaller,
    scope: Caller,
    brand_id: Annotated[str, Form(min_length=1, max_length=40)],
) -> Response:
    """Act for another of the brands that one serves, and begin anew."""
    with services.database.write(scope) as session:
        memberships.choose(session, scope, found.session.id, brand_id)
    return RedirectResponse(_home(found.user), 303)


def _for_roles(request: Request, services: Services, template: str, title: str, *roles: str) -> Response:
    found = _signed_in(request, services)
    if found is None:
        response: Response = RedirectResponse("/", 303)
        drop_cookie(response)
        return response
    user = found.user
    if user.must_change_password:
        return RedirectResponse(inviting.PATH, 303)
    if user.role not in roles:
        message = texts(_language(request))["page_not_yours"]
        return _page(request, "message", title, found, 403, message=message)
    use(services, found.session)  # whoever opens a page is there
    return _page(request, template, title, found)


@router.get("/rep")
def rep(request: Request, services: Given) -> Response:
    """Send photos, see decisions and the wallet."""
    return _for_roles(request, services, "rep", "page_rep", *PAGES["rep"])


@router.get("/review")
def review(request: Request, services: Given) -> Response:
    """Decide what the machine left open."""
    return _for_roles(request, services, "review", "page_review", *PAGES["review"])


@router.get("/stops")
def stops(request: Request, services: Given) -> Response:
    """Stop automatic pay, and open it again."""
    return _for_roles(request, services, "stops", "page_stops", *PAGES["stops"])


@router.get("/skus")
def skus(request: Request, services: Given) -> Response:
    """The brand's SKUs, and where the trials of enrolled ones stand."""
    return _for_roles(request, services, "skus", "page_skus", *PAGES["skus"])


@router.get("/account")
def account(request: Request, services: Given) -> Response:
    """Who one is, for a role that has no pages."""
    found = _signed_in(request, services)
    if found is None or found.user.must_change_password:
        return RedirectResponse("/" if found is None else inviting.PATH, 303)
    role = ROLE_NAMES[found.scope.role][_language(request) == "zh"]
    return _page(request, "account", "page_account", found, role=role)


class _Static(StaticFiles):
    """Files that a browser may keep but asks about each time: scripts import one another without versions."""

    async def get_response(self, path: str, scope: AsgiScope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def add_pages(app: FastAPI) -> None:
    """Add the pages to the API's app; a person who misses a page gets one, a program gets the problem."""
    app.include_router(router)
    app.include_router(source.router)
    app.mount("/static", _Static(directory=HERE / "static"), name="static")
    render_problem = app.exception_handlers[HTTPException]

    def missing(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        is_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
        if is_page and error.status_code == 404:
            message = texts(_language(request))["page_missing"]
            return _page(request, "message", "page_missing", None, 404, message=message)
        answer = render_problem(request, error)
        assert isinstance(answer, Response)
        return answer

    app.add_exception_handler(HTTPException, missing)
