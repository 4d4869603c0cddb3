"""Many threads at once: a key is posted once, a budget is never overdrawn."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

from crm.kernel.db import Database
from crm.ledger.checks import check_ledger
from crm.ledger.errors import KeyConflict, Overdrawn
from crm.ledger.service import balance, open_account, post, reverse
from tests.integration.ledger.funding import fund_budget

THREADS = 64


def at_once(work: Callable[[int], str]) -> Counter[str]:
    """Run `work(0)` … `work(63)` in threads that start together; how often each answer came."""
    barrier = Barrier(THREADS)

    def one(number: int) -> str:
        barrier.wait(60)
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(one, range(THREADS)))


def accounts(database: Database, key: str, fen: int) -> tuple[str, str]:
    with database.write() as s:
        budget, wallet = open_account(s, "budget", key).id, open_account(s, "wallet", key).id
        fund_budget(s, f"{key}:fund", budget, fen)
    return budget, wallet


def balances(database: Database, *ids: str) -> list[int]:
    with database.read() as s:
        assert check_ledger(s) == []
        return [balance(s, each) for each in ids]


def test_a_key_that_64_post_at_once_is_posted_once(database: Database, key: str) -> None:
    budget, wallet = accounts(database, key, 10_000)

    def award(_: int) -> str:
        with database.write() as s:
            return post(s, f"{key}:award", "award", {budget: -200, wallet: 200}).id

    assert list(at_once(award).values()) == [THREADS]
    assert balances(database, budget, wallet) == [9_800, 200]


def test_a_key_with_other_bodies_at_once_is_posted_for_one_of_them(database: Database, key: str) -> None:
    """The accounts differ too, so that no lock of an account orders them: the key alone decides."""
    pairs = [accounts(database, f"{key}:{number}", 1000) for number in range(4)]

    def award(number: int) -> str:
        budget, wallet = pairs[number % 4]
        try:
            with database.write() as s:
                post(s, f"{key}:award", "award", {budget: -200, wallet: 200})
        except KeyConflict:
            return "conflict"
        return "posted"

    assert at_once(award) == Counter(posted=16, conflict=48)
    assert sum(balances(database, *(wallet for _, wallet in pairs))) == 200


def test_64_drain_one_budget_and_never_overdraw_it(database: Database, key: str) -> None:
    """Each wants three awards of 7 fen; the budget has enough for 100 of the 192, and 5 fen to spare."""
    budget, wallet = accounts(database, key, 705)

    def drain(number: int) -> str:
        made = 0
        for turn in range(3):
            try:
                with database.write() as s:
                    post(s, f"{key}:{number}:{turn}", "award", {budget: -7, wallet: 7})
                made += 1
            except Overdrawn:
                pass
        return str(made)

    made = at_once(drain)
    assert sum(int(each) * count for each, count in made.items()) == 100
    assert balances(database, budget, wallet) == [5, 700]


def test_entries_that_cross_do_not_lock_each_other_out(database: Database, key: str) -> None:
    """Half the threads move money one way, half the other; a wrong order of locks would end in a deadlock."""
    one, other = accounts(database, f"{key}:a", 1000)
    with database.write() as s:
        post(s, f"{key}:half", "award", {one: -500, other: 500})

    def swap(number: int) -> str:
        there, here = (one, other) if number % 2 else (other, one)
        with database.write() as s:
            post(s, f"{key}:{number}", "award", {there: -1, here: 1})
        return "done"

    assert at_once(swap) == Counter(done=THREADS)
    assert balances(database, one, other) == [500, 500]


def test_an_account_that_64_open_at_once_is_one(database: Database, key: str) -> None:
    def opened(_: int) -> str:
        with database.write() as s:
            return open_account(s, "wallet", key).id

    assert list(at_once(opened).values()) == [THREADS]


def test_the_check_finds_a_ledger_sound_while_others_post(database: Database, key: str) -> None:
    """It reads one state: an entry that comes between two of its queries is in neither."""
    budget, wallet = accounts(database, key, 1_000_000)
    ended = Event()

    def post_on(name: int) -> int:
        number = 0
        while not ended.is_set():
            number += 1
            with database.write() as s:
                entry = post(s, f"{key}:{name}:{number}", "award", {budget: -2, wallet: 2})
                if number % 3 == 0:
                    reverse(s, entry.id, f"{key}:{name}:{number}:back")
        return number

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(post_on, name) for name in range(2)]
        try:
            for _ in range(30):
                with database.read() as s:
                    assert check_ledger(s) == []
        finally:
            ended.set()
        assert sum(writer.result() for writer in writers) > 2
