"""Whatever comes in: the right status, a problem document, and nothing stored."""

import hashlib
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from crm.audits.photos.tables import Audit, Photo
from crm.audits.tables import Decision
from crm.kernel.clock import clock_in_use, utcnow
from crm.kernel.db import Database
from crm.kernel.errors import NotFound
from tests.integration.api.conftest import Actor
from tests.integration.api.world import World, make_world, photo_bytes

Act = Callable[[str], Actor]


def is_problem(response: Any, status: int, code: str | None = None) -> dict[str, Any]:
    """The problem document, after a look at its form."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "code", "instance"} <= set(body)
    assert (body["status"], body["type"]) == (status, f"/problems/{body['code']}")
    assert "\n" not in body["detail"]
    if code is not None:
        assert body["code"] == code
    return body


def nothing_stored(world: World) -> None:
    with world.database.read() as s:
        for table in (Photo, Audit, Decision):
            assert s.scalar(select(func.count()).select_from(table)) == 0


def png(width: int, height: int, rows: int = 1) -> bytes:
    """A PNG that says it is width × height, with `rows` rows of zeros behind it: some kB, whatever it says."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * (1 + 3 * width) * rows, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 200
GIF = b"GIF89a\x10\0\x10\0\x80\0\0" + b"\0" * 60 + b";"
PDF = b"%PDF-1.7\n" + b"\0" * 500

PHOTOS = {
    "100 megapixels": (png(12_000, 8_500), 422, "too_many_pixels"),
    "a bomb of some kilobytes": (png(30_000, 30_000, 100), 422, "too_many_pixels"),
    "truncated": (photo_bytes(seed=1)[:9000], 422, "truncated"),
    "HEIC": (HEIC, 415, "unsupported"),
    "GIF": (GIF, 415, "unsupported"),
    "a polyglot that is no photo first": (PDF + photo_bytes(seed=1), 415, None),
    "a script": (b"<script>alert(1)</script>", 415, "not_an_image"),
    "empty": (b"", 415, "not_an_image"),
    "a thumbnail": (photo_bytes(24, 24, seed=1), 422, "too_small"),
}


@pytest.mark.parametrize("name", PHOTOS)
def test_what_is_no_usable_photo_is_refused(world: World, act: Act, name: str) -> None:
    data, status, code = PHOTOS[name]
    rep = act("rep-a")
    body = is_problem(rep.upload(rep.ready(), data), status, code)
    assert body["instance"] == "/api/v1/photos"
    nothing_stored(world)


def test_a_polyglot_is_a_photo_whose_tail_nobody_gets(world: World, act: Act) -> None:
    rep = act("rep-a")
    data = photo_bytes() + b"PK\x03\x04<script>"
    assert rep.upload(rep.ready(), data).status_code == 202


def test_a_body_beyond_the_limit_is_refused_at_once_and_when_it_lies(world: World, act: Act) -> None:
    rep = act("rep-a")
    fields = rep.ready()
    is_problem(rep.upload(fields, b"\xff\xd8" + b"x" * 15_100_000), 413)
    nothing_stored(world)

    def endless() -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(300):
            yield b"x" * 65_536

    headers = rep.headers | {"Content-Type": "multipart/form-data; boundary=b", "Idempotency-Key": "k" * 10}
    client = rep._client
    is_problem(client.post("/api/v1/photos", content=endless(), headers=headers), 413)
    endings = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nxxx'
    is_problem(client.post("/api/v1/photos", content=endings, headers=headers), 422, "file_missing")
    many = client.post("/api/v1/session", content=b"[" + b"1," * 600_000, headers={"Content-Type": "application/json"})
    is_problem(many, 413, "body_too_large")
    nothing_stored(world)


def test_a_photo_whose_data_stop_early_is_refused_and_sent_again_whole(world: World, act: Act) -> None:
    """Half a JPEG, closed with an end mark, was paid."""
    rep = act("rep-a")
    fields, data = rep.ready(), photo_bytes()
    for share in (0.12, 0.5, 0.99):
        cut = data[: int(len(data) * share)] + b"\xff\xd9"
        problem = is_problem(rep.upload(fields, cut, key="the-photo"), 422, "truncated")
        assert "send it again" in problem["detail"]
        in_chinese = rep.upload(fields, cut, key="the-photo", **{"Accept-Language": "zh"})
        assert "重新上传" in is_problem(in_chinese, 422, "truncated")["detail"]
        with pytest.raises(NotFound):
            world.store.get(hashlib.sha256(cut).hexdigest())
    nothing_stored(world)
    whole = data[:-2]  # without an end mark, as some phones write it
    sent = rep.upload(fields, whole, key="the-photo")
    assert (sent.status_code, sent.json()["state"]) == (202, "read"), sent.text
    with world.database.read() as s:
        photo = s.scalars(select(Photo)).one()
        assert photo.size_bytes == len(whole)
        assert world.store.get(photo.sha256) == whole  # as received


def test_a_form_that_is_wrong_names_what_is(world: World, act: Act) -> None:
    rep = act("rep-a")
    fields, data = rep.ready(), photo_bytes()
    is_problem(rep.upload(fields, data, key=None), 400, "idempotency_key_missing")
    is_problem(rep.upload(fields, data, key="short"), 400, "idempotency_key_invalid")
    told = is_problem(rep.upload({"claim_id": fields["claim_id"]}, data), 422)
    assert (told["detail"], told["errors"][0]["field"]) == ("visit: Field required", "form.visit_id")
    assert "colour" in is_problem(rep.upload(fields | {"colour": "red"}, data), 422)["detail"]
    for count in ("0", "7", "x", "-1", "²", "true", "+1", " 1", "1_", "１", "1.0"):
        is_problem(rep.upload(fields | {"photos_expected": count}, data), 422)
    is_problem(rep.upload(fields | {"display": "a" * 21}, data), 422)
    is_problem(rep.upload(fields | {"display": "a" * 1000}, data), 400, "bad_form")
    client, headers = rep._client, rep.headers | {"Idempotency-Key": "k" * 10}
    is_problem(client.post("/api/v1/photos", data=fields, headers=headers), 415)
    is_problem(
        client.post("/api/v1/photos", data=fields, files={"image": data}, headers=headers), 422, "file_unexpected"
    )
    is_problem(client.post("/api/v1/photos", files={"note": (None, "x")}, headers=headers), 422, "file_missing")
    two = [("file", ("a.jpg", data)), ("file", ("b.jpg", data))]
    is_problem(client.post("/api/v1/photos", data=fields, files=two, headers=headers), 400, "bad_form")
    broken = headers | {"Content-Type": "multipart/form-data"}
    is_problem(client.post("/api/v1/photos", content=b"abc", headers=broken), 400, "bad_form")
    nothing_stored(world)


FORM_DATA = {"Content-Type": "multipart/form-data; boundary=b", "Idempotency-Key": "k" * 10}


def parts(*given: tuple[str, bytes]) -> bytes:
    """A form of these parts, each `what stands behind form-data` and its bytes."""
    made = [
        b"--b\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (says.encode(errors="surrogatepass"), body)
        for says, body in given
    ]
    return b"".join(made) + b"--b--\r\n"


PHOTO, VISIT, CLAIM = 'name="file"; filename="a.jpg"', 'name="visit_id"', 'name="claim_id"'
WRONG_PARTS = {
    "a text named file": ('name="file"', "file_unnamed"),
    "a file with filename* alone": ("name=\"file\"; filename*=UTF-8''a.jpg", "file_unnamed"),
    "a file in a field of text": ('name="display"; filename="a.jpg"', "file_unexpected"),
    "a field of text given again": (VISIT, "field_repeated"),
    "a field without a name": ("", "bad_form"),
    "a name that is no text": ('name="\ud800"', "invalid"),
}


@pytest.mark.parametrize("path", ["/photos", "/skus"])
@pytest.mark.parametrize("name", WRONG_PARTS)
def test_a_part_of_the_wrong_type_is_refused(world: World, act: Act, name: str, path: str) -> None:
    """A text named `file` beside the photo was a 500."""
    rep, (says, code) = act("rep-a"), WRONG_PARTS[name]
    fields = rep.ready()
    wrong = says, photo_bytes()[:400]
    right = (PHOTO, photo_bytes()), (VISIT, fields["visit_id"].encode()), (CLAIM, fields["claim_id"].encode())
    for charset in ("", "; charset=unicode_escape", "; charset=rot13", "; charset=utf-16"):
        headers = FORM_DATA | {"Content-Type": FORM_DATA["Content-Type"] + charset}
        answer = (rep if path == "/photos" else act("manager")).post(
            path, content=parts(wrong, *right), headers=headers
        )
        is_problem(answer, 400 if code == "bad_form" else 422, code)
    nothing_stored(world)


def test_what_does_not_exist_or_is_over(world: World, act: Act) -> None:
    rep = act("rep-a")
    fields, data = rep.ready(), photo_bytes()
    for name in ("claim_id", "visit_id"):
        is_problem(rep.upload(fields | {name: "nothing"}, data), 404, "not_found")
    is_problem(rep.post("/tasks/nothing/claims", {"outlet_id": world.outlet}), 404, "not_found")
    is_problem(act("manager").post("/tasks/nothing/versions", {"rules": {}}), 404, "not_found")
    is_problem(rep.get("/audits/nothing"), 404, "not_found")
    later = utcnow() + timedelta(days=4)
    with clock_in_use(lambda: later):
        is_problem(rep.upload(fields, data), 409, "claim_expired")
    much_later = utcnow() + timedelta(days=40)
    with clock_in_use(lambda: much_later):
        is_problem(rep.post(f"/tasks/{world.task}/claims", {"outlet_id": world.outlet}), 409, "task_over")
    future = (utcnow() + timedelta(hours=1)).isoformat()
    where = {"outlet_id": world.outlet, "lat": 1, "lon": 1}
    is_problem(act("rep-b").post("/visits", where | {"at": future}), 422, "clock")
    is_problem(act("rep-b").post("/visits", where | {"lat": 91}), 422)
    is_problem(act("rep-b").post("/visits", where | {"at": "2026-01-01T00:00:00"}), 422)
    nothing_stored(world)


def test_a_cursor_that_is_none_of_ours_is_refused(act: Act) -> None:
    for cursor in ("x", "².01A", "-1.01A", f"{'9' * 40}.01A", "1.", "1"):
        is_problem(act("auditor").get(f"/reviews?after={cursor}"), 422, "invalid")
    rep = act("rep-a")
    rep.upload(rep.ready())
    for cursor in ("x", "²", "9" * 40):
        is_problem(rep.get(f"/wallet/statement?after={cursor}"), 422, "invalid")
    is_problem(rep.get(f"/audits?after={'9' * 65}"), 422, "invalid")


def test_who_loses_a_race_for_a_name_is_told(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: Any, **__: Any) -> Any:
        raise IntegrityError("INSERT", {}, Exception("duplicate key: 13800000000"))

    monkeypatch.setattr("api.tasks.routes.tasks.create_task", lost)
    body = {"code": "t", "name": {"en": "T"}, "starts_at": "2030-01-01T00:00:00Z", "ends_at": "2030-02-01T00:00:00Z"}
    response = act("manager").post("/tasks", body)
    is_problem(response, 409, "conflict")
    assert "13800000000" not in response.text


def test_json_of_the_wrong_shape_is_told_without_its_values(client: TestClient) -> None:
    wrong = client.post("/api/v1/session", json={"login": "a", "password": 12345678, "extra": 1})
    body = is_problem(wrong, 422, "invalid")
    assert {fault["field"] for fault in body["errors"]} == {"body.password", "body.extra"}
    assert "12345678" not in wrong.text
    json = {"Content-Type": "application/json"}
    is_problem(client.post("/api/v1/session", content=b"{", headers=json), 400, "bad_json")
    is_problem(client.post("/api/v1/session", content=b"\xff\xfe", headers=json), 400)
    is_problem(client.post("/api/v1/session", content=b"[" * 100_000, headers=json), 400)
    for text in (b"a\\u0000b", b"a\\ud800"):
        given = b'{"login": "%s", "password": "x"}' % text
        is_problem(client.post("/api/v1/session", content=given, headers=json), 422, "invalid")


def test_routes_that_are_not_there(client: TestClient) -> None:
    is_problem(client.get("/api/v1/nothing"), 404, "not_found")
    assert is_problem(client.put("/api/v1/session"), 405, "method_not_allowed")
    assert "POST" in client.put("/api/v1/session").headers["allow"]
    page = client.get("/nothing", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_a_reader_of_chinese_is_told_the_very_fault_in_chinese(act: Act, world: World) -> None:
    """Of a field, of a form, and of the domain; in `detail` and in `errors` alike."""
    chinese = {"Accept-Language": "zh-CN"}
    rep = act("rep-a")
    for wrong, told in (
        (rep.post("/visits", {"outlet_id": world.outlet}, headers=chinese), "纬度：必填；经度：必填"),
        (act("auditor").get("/reviews?after=x", headers=chinese), "这不是审核队列的翻页标记：请从第一页开始"),
    ):
        body = is_problem(wrong, 422, "invalid")
        assert body["detail"] == told
        assert "；".join(fault["message"] for fault in body["errors"]) == told


def test_the_detail_is_chinese_for_who_reads_chinese(client: TestClient) -> None:
    body = is_problem(client.get("/api/v1/me", headers={"Accept-Language": "zh-CN,en;q=0.5"}), 401)
    assert (body["detail"], body["title"]) == ("请先登录。", "Not signed in")


def test_a_failure_of_ours_leaks_nothing_and_keeps_nothing(world: World, act: Act) -> None:
    world.workflows.broken = RuntimeError("secret of the house")
    rep = act("rep-a")
    response = rep.upload(rep.ready())
    is_problem(response, 500, "internal")
    assert "secret" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    nothing_stored(world)
    world.workflows.broken = None
    assert rep.upload(rep.ready()).status_code == 202  # the same key: nothing of the first try stands in its way


def test_a_full_disk_is_said_and_nothing_is_stored(world: World, act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(data: bytes) -> str:
        raise OSError(28, "No space left on device")

    rep = act("rep-a")
    fields = rep.ready()
    monkeypatch.setattr(world.store, "put", full)
    response = rep.upload(fields)
    is_problem(response, 503, "unavailable")
    assert int(response.headers["retry-after"]) > 0
    nothing_stored(world)


def test_quotas(database: Database) -> None:
    world = make_world(database, lambda settings: replace(settings, uploads_per_minute=2))
    with TestClient(world.app, raise_server_exceptions=False) as client:
        rep = Actor(client, world, "rep-a")
        for number in (1, 2):
            assert rep.upload(rep.ready() | {"display": str(number)}, key=f"upload-{number}").status_code == 202
        response = rep.upload(rep.ready() | {"display": "3"}, key="upload-3")
        is_problem(response, 429, "too_many_requests")
        assert 1 <= int(response.headers["retry-after"]) <= 31
        other = Actor(client, world, "rep-b")
        assert other.upload({"visit_id": "x", "claim_id": "y"}).status_code == 404  # a quota of his own


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/", "/static/app.css", "/healthz", "/api/v1/me", "/nothing"):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert len(headers["x-request-id"]) >= 8
    assert client.get("/healthz", headers={"X-Request-ID": "trace-12345"}).headers["x-request-id"] == "trace-12345"
    forged = client.get("/healthz", headers={"X-Request-ID": "a b\tc{}"}).headers["x-request-id"]
    assert forged != "a b\tc{}"


LAX_NUMBERS = (
    "true",
    '"7"',
    '"1_000"',
    '" 100 "',
    '"+5"',
    "7.0",
    "7.5",
    "NaN",
    "Infinity",
    "1e400",
    "null",
)


@pytest.mark.parametrize("raw", LAX_NUMBERS)
def test_money_is_a_json_whole_number(world: World, act: Act, raw: str) -> None:
    """`true` paid one fen, and "1_000" a thousand."""
    manager, auditor = act("manager"), act("auditor")
    budget = manager.get("/budgets").json()["items"][0]["balance_fen"]

    def sent(actor: Actor, path: str, body: str) -> Any:
        headers = {"Content-Type": "application/json", "Idempotency-Key": "k" * 10}
        return actor.post(path, content=body.encode(), headers=headers)

    is_problem(sent(manager, f"/tasks/{world.task}/budget", f'{{"amount_fen": {raw}}}'), 422)
    if raw != "null":  # then what the rules give is paid
        body = f'{{"action": "approve", "reason": "x", "amount_fen": {raw}}}'
        is_problem(sent(auditor, "/reviews/unknown", body), 422)
    if raw not in ("7.0", "7.5"):
        body = f'{{"action": "correct", "facts": {{"facings.own": {raw}}}}}'
        is_problem(sent(auditor, "/reviews/unknown", body), 422)
    assert manager.get("/budgets").json()["items"][0]["balance_fen"] == budget
