"""The client of the demo and of the bench: one kind of error, whatever goes wrong on the way."""

from collections.abc import Callable
from functools import partial

import httpx
import pytest

import cli.client
from cli.client import ApiError, Client

Answer = Callable[[httpx.Request], httpx.Response]


def client(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> Client:
    monkeypatch.setattr(cli.client.httpx, "Client", partial(httpx.Client, transport=httpx.MockTransport(answer)))
    return Client("http://service")


def refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("Connection refused")


def hang(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("")


@pytest.mark.parametrize(("answer", "message"), [
    (refuse, "was not answered: Connection refused"),
    (hang, "was not answered: ReadTimeout"),
    (lambda _: httpx.Response(200, text="<html>"), "something else than a JSON object"),
    (lambda _: httpx.Response(200, json=[1]), "something else than a JSON object"),
    (lambda _: httpx.Response(502, text="<html>"), "answered 502"),
    (lambda _: httpx.Response(409, json={"detail": "taken"}), "taken"),
])  # fmt: skip
def test_whatever_goes_wrong_is_an_api_error(monkeypatch: pytest.MonkeyPatch, answer: Answer, message: str) -> None:
    with client(monkeypatch, answer) as each:
        for call in (partial(each.get, "/wallet"), partial(each.post, "/visits"), partial(each.sign_in, "lin", "x")):
            with pytest.raises(ApiError, match=message):
                call()


def test_a_picture_that_cannot_be_fetched_is_an_api_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with client(monkeypatch, refuse) as each, pytest.raises(ApiError, match="was not answered"):
        each.picture("/api/v1/photos/1/annotated.jpg")
