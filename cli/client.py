"""A small client of the public HTTP API, as a rep's phone would speak it; for the demo and the service's bench."""

import time
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

MIME = {".png": "image/png", ".webp": "image/webp"}
DECIDED = ("decided", "in_review")


class ApiError(RuntimeError):
    """The service answered with a problem, whose detail is the message, or gave no answer that can be used."""


class Client:
    """One signed-in user. All answers are the API's JSON objects; ApiError for every problem."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=60)

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def sign_in(self, login: str, password: str) -> None:
        answer = self.post("/session", json={"login": login, "password": password})
        self._http.headers["Authorization"] = f"Bearer {answer['access_token']}"

    def items(self, path: str) -> list[dict[str, Any]]:
        """All items of a listing, page by page."""
        found: list[dict[str, Any]] = []
        after = None
        while True:
            page = self.get(path, params={"limit": 100, **({"after": after} if after else {})})
            found += page["items"]
            after = page["next"]
            if after is None:
                return found

    def claim(self, task_id: str, outlet_id: str) -> str:
        return str(self.post(f"/tasks/{task_id}/claims", json={"outlet_id": outlet_id})["id"])

    def check_in(self, outlet: dict[str, Any]) -> str:
        body = {"outlet_id": outlet["id"], "lat": outlet["lat"], "lon": outlet["lon"]}
        return str(self.post("/visits", json=body)["id"])

    def upload(self, name: str, data: bytes, visit_id: str, claim_id: str) -> dict[str, Any]:
        """Sends one photo of one display; `audit_id` and `photo_id` in the answer."""
        mime = MIME.get(Path(name).suffix.lower(), "image/jpeg")
        return self.post(
            "/photos",
            files={"file": (name.encode(errors="backslashreplace").decode(), data, mime)},  # any bytes may be in it
            data={"visit_id": visit_id, "claim_id": claim_id},
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )

    def wait_for_decision(self, audit_id: str, seconds_max: float = 60) -> dict[str, Any]:
        """The audit, once it has a decision (perhaps that a person must look). Raises ApiError when it has none."""
        end = time.monotonic() + seconds_max
        while time.monotonic() < end:
            audit = self.get(f"/audits/{audit_id}")
            if audit["audit"]["state"] in DECIDED and audit["decision"] is not None:
                return audit
            time.sleep(0.05)
        raise ApiError(f"no decision after {seconds_max:.0f} seconds")

    def picture(self, link: str, seconds_max: float = 10) -> bytes:
        """The bytes behind a picture's link, which may need a moment after the decision."""
        end = time.monotonic() + seconds_max
        while (answer := self._send("GET", link)).status_code == 409 and time.monotonic() < end:
            time.sleep(0.1)
        return _checked(answer).content

    def get(self, path: str, **options: Any) -> dict[str, Any]:
        return _object(self._send("GET", f"/api/v1{path}", **options))

    def post(self, path: str, **options: Any) -> dict[str, Any]:
        return _object(self._send("POST", f"/api/v1{path}", **options))

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise ApiError(f"{path} was not answered: {str(error) or type(error).__name__}") from error


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        return dict(_checked(answer).json())
    except (ValueError, TypeError) as error:  # something else listens there
        raise ApiError(f"{answer.request.url.path} was answered with something else than a JSON object") from error


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    raise ApiError(problem.get("detail") or f"{answer.request.url.path} answered {answer.status_code}")
