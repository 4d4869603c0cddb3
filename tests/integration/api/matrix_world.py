"""Two brands with a row of every kind each, and somebody of every role in the first: for the matrix of routes."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from crm.access.scope import ROLES, Scope
from crm.catalog import service as catalog
from crm.catalog.service import ProductSpec
from crm.kernel.clock import utcnow
from crm.kernel.db import Database
from crm.outlets import service as outlets
from crm.tasks import service as tasks
from tests.integration.api.world import LAT, LON, World, make_world, photo_bytes, rules, session_token

KINDS = ("outlets", "products", "tasks", "visits", "audits")
NOT_THE_SAME = {"further_display": "two shelves, seen from the door"}
UNSURE = {"low": 4, "best": 6, "high": 6}
KEY = "Idempotency-Key"


@dataclass
class Matrix:
    """`own`: ids of the first brand's rows, by what they are; `foreign`: of the second's; `others`: what another rep of
    the first brand made. `tokens`: by role, of people of the first brand."""

    world: World
    client: TestClient
    path: Path
    own: dict[str, str] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def ask(self, token: str, method: str, path: str, **rest: Any) -> Any:
        """As whoever has the token; a path without /api is a page, which goes by the cookie."""
        headers = rest.pop("headers", {})
        if path.startswith("/api"):
            headers["Authorization"] = f"Bearer {token}"
        else:
            headers |= {"Cookie": f"shelfproof_session={token}", "Origin": "http://testserver"}
        return self.client.request(method, path, headers=headers, follow_redirects=False, **rest)

    def keep(self, name: str) -> None:
        """Remember all rows as they are now."""
        self.world.database.dispose()
        shutil.copyfile(self.path, self.path.with_suffix(f".{name}"))

    def restore(self, name: str) -> None:
        """All rows as they were."""
        self.world.database.dispose()
        for ending in ("-wal", "-shm"):
            Path(f"{self.path}{ending}").unlink(missing_ok=True)
        shutil.copyfile(self.path.with_suffix(f".{name}"), self.path)


class _Brand:
    """What one brand does until a row of each kind is there."""

    def __init__(self, matrix: Matrix, brand: str, dealer: str, outlet: str, task: str, sku: str) -> None:
        self.matrix, self.brand, self.dealer, self.sku = matrix, brand, dealer, sku
        self.rows = {"brand": brand, "dealer": dealer, "outlet": outlet, "task": task, "code": sku}
        self.tokens: dict[str, str] = {}

    def say(self, who: str, method: str, path: str, **rest: Any) -> Any:
        answer = self.matrix.ask(self.tokens[who], method, f"/api/v1{path}", **rest)
        assert answer.status_code < 400, (who, method, path, answer.text)
        return answer.json() if answer.content else None

    def hire(self, who: str, role: str, token_of_admin: str) -> str:
        """Somebody of this role; his id."""
        told = {"login": f"{who}-{self.sku}", "name": who, "role": role}
        if role not in ("operator", "admin"):
            told["brand_id"] = self.brand
        if role in ("rep", "dealer"):
            told["dealer_id"] = self.dealer
        if role == "outlet":
            told["outlet_id"] = self.rows["outlet"]
        made = self.matrix.ask(token_of_admin, "POST", "/api/v1/users", json=told)
        assert made.status_code == 201, made.text
        user_id = str(made.json()["id"])
        self.tokens[who] = session_token(self.matrix.world.database, user_id)
        return user_id

    def come(self, who: str, outlet: str) -> dict[str, str]:
        """A claim on the task and a visit at an outlet."""
        claim = self.say(who, "POST", f"/tasks/{self.rows['task']}/claims", json={"outlet_id": outlet})
        visit = self.say(who, "POST", "/visits", json={"outlet_id": outlet, "lat": LAT, "lon": LON})
        return {"claim": claim["id"], "visit": visit["id"]}

    def send(self, who: str, there: dict[str, str], display: str, **own: int) -> dict[str, str]:
        """A photo of a display that is read as this many own fronts, not for sure where none are told."""
        self.matrix.world.workflows.own = own or UNSURE
        fields = {"claim_id": there["claim"], "visit_id": there["visit"], "display": display}
        files = {"file": ("photo.jpg", photo_bytes(), "image/jpeg")}
        headers = {KEY: f"{self.sku}-{who}-{display}"}
        sent = self.say(who, "POST", "/photos", data=fields, files=files, headers=headers)
        return {"audit": sent["audit_id"], "photo": sent["photo_id"]}

    def review(self, who: str, audit: str, path: str = "/proposal", **asked: Any) -> str:
        seq = self.say("manager", "GET", f"/audits/{audit}")["decision"]["seq"]
        told = {"action": "approve", "reason": "as seen", "seq": seq, "dismissals": NOT_THE_SAME, **asked}
        return str(self.say(who, "POST", f"/reviews/{audit}{path}", json=told)["id"])

    def work(self) -> None:
        """The rows of the field, and what reviewers and managers make of them."""
        rows = self.rows
        rows |= self.come("rep", rows["outlet"])
        paid = self.send("rep", rows, "1", low=6, best=6, high=6)
        rows |= self.come("rep", rows["outlet"])  # with what is paid a claim is done
        unsure = [self.send("rep", rows, display)["audit"] for display in "2345"]
        rows |= {"audit": paid["audit"], "photo": paid["photo"], "paid": paid["audit"], "waiting": unsure[0]}
        rows["proposal"] = self.review("auditor-2", unsure[1], amount_fen=900_000)
        rows["kept"] = self.review("auditor", unsure[2], "")
        proposal = self.review("auditor-2", unsure[3], amount_fen=10_001)
        self.say("manager", "POST", f"/proposals/{proposal}/confirmation")
        told = {"reason": "never stood there"}
        rows["reversal"] = self.say("manager-2", "POST", f"/audits/{unsure[3]}/reversal/proposal", json=told)["id"]
        rows |= self.come("rep", rows["outlet"])
        pictures = [photo_bytes(90, 160, seed) for seed in (11, 12, 13)]
        files = [("file", (f"{i}.jpg", data, "image/jpeg")) for i, data in enumerate(pictures)]
        self.say("manager", "POST", "/skus", data={"code": self.sku, "name": "Lime"}, files=files)
        rows["rescore"] = self.say("manager", "POST", f"/skus/{self.sku}/rescore?days=7")["id"]
        stop = {"kind": "sku", "target": self.sku, "reason": "a try"}
        rows["stop"] = self.say("auditor", "POST", "/stops", json=stop)["id"]
        grant = {"dealer_id": self.dealer, "kind": "visits", "starts_on": "2099-01-01"}
        rows["grant"] = self.say("manager", "POST", "/grants", json=grant)["id"]


def make_matrix(database: Database, path: Path, entered: Callable[[Any], TestClient]) -> Matrix:
    """The two brands; kept as 'none' without a grant that holds, and as 'granted' with one of each kind. `entered`: the
    client of an app that has started."""
    world = make_world(database, lambda settings: replace(settings, uploads_per_minute=100_000))
    matrix = Matrix(world, entered(world.app), path)
    world.app.state.stopping = True  # the stream of events ends once it is open
    admin = session_token(database, world.users["admin"])
    api = "/api/v1/organisations"
    ids = {each["name"]["en"]: each["id"] for each in matrix.ask(admin, "GET", api).json()["items"]}
    other_dealer = matrix.ask(admin, "POST", api, json={"kind": "dealer", "name": {"en": "Theirs"}}).json()["id"]
    outlet, second, task = _foreign(database, ids["Outsider"], other_dealer, world.brand, ids["Reps of two"])
    first = _Brand(matrix, world.brand, ids["Reps of two"], world.outlet, world.task, "lime-330")
    foreign = _Brand(matrix, ids["Outsider"], other_dealer, outlet, task, "b-lime-330")
    for each in (first, foreign):
        for role in ROLES:
            each.rows[f"user-{role}"] = each.hire(role, role, admin)
        for who in ("auditor", "manager", "rep"):
            each.rows[f"{who}-2"] = each.hire(f"{who}-2", who, admin)
        each.rows["user"] = each.rows["rep-2"]
        each.work()
    matrix.own, matrix.foreign = first.rows, foreign.rows
    matrix.tokens = {role: first.tokens[role] for role in ROLES}
    told = {"kind": "model", "target": "detector:7", "reason": "a try"}
    first.rows["stop of all brands"] = first.say("operator", "POST", "/stops", json=told)["id"]
    there = first.come("rep-2", second)
    matrix.others = there | first.send("rep-2", there, "1", low=6, best=6, high=6)
    matrix.keep("none")
    for kind in KINDS:
        first.say("manager", "POST", "/grants", json={"dealer_id": first.dealer, "kind": kind})
    matrix.keep("granted")
    return matrix


def _foreign(database: Database, brand: str, dealer: str, own_brand: str, own_dealer: str) -> tuple[str, str, str]:
    """An outlet and a funded task of the other brand, and a second outlet of the first."""
    admin, now = Scope("", "admin"), utcnow()
    with database.write() as s:
        catalog.put_catalogue(s, admin, brand, "demo", [ProductSpec("b-cola", "Their cola", True)])
        outlet = outlets.create_outlet(
            s, admin, brand_id=brand, dealer_id=dealer, code="b1", name="Theirs", lat=LAT, lon=LON
        ).id
        second = outlets.create_outlet(
            s, admin, brand_id=own_brand, dealer_id=own_dealer, code="o2", name="Second", lat=LAT, lon=LON
        ).id
        task = tasks.create_task(
            s, admin, brand_id=brand, code="b-t1", name="Their display", starts_at=now - timedelta(days=1),
            ends_at=now + timedelta(days=30),
        ).id  # fmt: skip
        tasks.fund_task(s, admin, task, 1_000_000, "seed")
        tasks.publish_version(s, admin, task, rules(), displays_max=5)
    return outlet, second, task
