"""Wrong tries at passwords: who must wait, and who must not."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.kernel.db import Database
from crm.kernel.errors import Invalid, Locked, Unauthenticated
from crm.people import tries
from crm.people.tables import SignInTry
from crm.people.tries import ADDRESS, NAME, PAIR, WAIT_MAX, Tried, counted
from tests.integration.conftest import Now

HOME, AWAY = "home", "away"


Try = Callable[..., str]


@pytest.fixture
def attempt(database: Database, now: Now) -> Try:
    """`attempt(name, address, right)`: 'right', 'wrong', or how many seconds to wait."""

    def attempt(name: str = "ann", address: str = HOME, right: bool = False) -> str:
        try:
            with counted(database, Tried(f"{name} at {address}", f"name {name}", f"address {address}")):
                if not right:
                    raise Unauthenticated("wrong", "错误")
        except Locked as error:
            return str(round((error.until - now.time).total_seconds()))
        except Unauthenticated:
            return "wrong"
        return "right"

    return attempt


def test_some_tries_are_free_then_each_doubles_the_wait_up_to_a_quarter_of_an_hour(attempt: Try, now: Now) -> None:
    assert [attempt() for _ in range(6)] == ["wrong"] * 5 + ["5"]
    waits = []
    for _ in range(14):
        waits.append(attempt(right=True))  # while one waits, the right one does not pass either
        now.time += timedelta(seconds=int(waits[-1]))
        assert attempt() == "wrong"
    assert waits[:4] == ["5", "10", "20", "40"]
    assert max(map(int, waits)) == round(WAIT_MAX.total_seconds())


def test_tries_are_forgotten_by_a_right_one_and_by_a_quiet_time(attempt: Try, now: Now) -> None:
    assert [attempt() for _ in range(4)] == ["wrong"] * 4
    assert attempt(right=True) == "right"
    assert [attempt() for _ in range(6)] == ["wrong"] * 5 + ["5"]
    now.time += PAIR.drain * 5
    assert [attempt() for _ in range(6)] == ["wrong"] * 5 + ["5"]


def test_a_stranger_locks_nobody_out(attempt: Try) -> None:
    assert attempt(right=True) == "right"
    while attempt(address=AWAY) == "wrong":
        pass
    assert attempt(right=True) == "right"
    number = 0
    while attempt("ann", f"away {number}") == "wrong":  # until the name itself is held
        number += 1
    assert number == NAME.free - PAIR.free
    assert attempt("ann", "new", right=True).isdigit()
    assert attempt(right=True) == "right"  # not where she signed in before
    assert attempt().isdigit()  # and a wrong one there is answered as anywhere


def test_an_office_is_not_held_and_spraying_is(attempt: Try) -> None:
    assert {attempt(f"person {each}", right=True) for each in range(ADDRESS.free + 50)} == {"right"}
    number = 0
    while attempt(f"guessed {number}") == "wrong":
        number += 1
    assert number == ADDRESS.free
    assert attempt("person 7", right=True) == "right"  # who signed in here before
    assert attempt("guessed 0", AWAY) == "wrong"


def test_names_that_nobody_has_are_counted_as_others(attempt: Try, database: Database) -> None:
    """Counting knows no users: there is nothing that could differ. What is kept tells no name."""
    assert [attempt("nobody") for _ in range(6)] == [attempt("ann") for _ in range(6)]


def test_what_is_wrong_otherwise_is_no_wrong_password(database: Database, now: Now) -> None:
    for _ in range(20):
        with pytest.raises(Invalid), counted(database, Tried("a", "b", "c")):
            raise Invalid("password", "too short", "过短")


def test_many_at_once_are_all_counted(database: Database) -> None:
    raised: list[type[Exception]] = []
    together = threading.Barrier(PAIR.free)

    def fail() -> None:
        together.wait()
        try:
            with counted(database, Tried("z", "y", "x")):
                raise Unauthenticated("wrong", "错误")
        except Exception as error:
            raised.append(type(error))

    threads = [threading.Thread(target=fail) for _ in range(PAIR.free)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == [Unauthenticated] * PAIR.free
    with pytest.raises(Locked), counted(database, Tried("z", "y", "x")):
        pass


def test_what_is_forgotten_is_deleted(attempt: Try, database: Database, now: Now) -> None:
    attempt()
    attempt("bob", right=True)
    now.time += timedelta(days=1)
    with database.write() as s:
        tries.clear(s)
        assert s.scalars(select(SignInTry.key)).all() == [f"bob at {HOME}"]
    now.time += tries.KNOWN_FOR
    with database.write() as s:
        tries.clear(s)
        assert s.scalars(select(SignInTry.key)).all() == []
