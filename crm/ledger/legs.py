"""What makes an entry right, as pure functions of its parts."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from crm.kernel.errors import Invalid
from pipeline.numbers import is_whole

AccountKind = Literal["budget", "reserved", "wallet", "funding", "payable"]
KINDS: tuple[AccountKind, ...] = get_args(AccountKind)
NEVER_NEGATIVE: frozenset[str] = frozenset({"budget", "reserved", "wallet"})
"""Kinds that hold somebody's money, 'reserved' that of one task claim; 'funding' is where it comes from,
'payable' where it waits to go out."""

AMOUNT_FEN_MAX = 10**15
KEY_LENGTH_MAX, KIND_LENGTH_MAX, MEMO_LENGTH_MAX = 200, 40, 300


@dataclass(frozen=True, order=True, slots=True)
class Leg:
    """One account's part of an entry, in fen: positive comes in, negative goes out, never 0."""

    account_id: str
    amount_fen: int


def balanced(legs: Iterable[Leg]) -> tuple[Leg, ...]:
    """The legs in the order of their accounts; Invalid unless they are an entry: two accounts or more, each once,
    whole amounts other than 0 that sum to zero."""
    ordered = tuple(sorted(legs, key=lambda leg: leg.account_id))
    for leg in ordered:
        if not is_whole(leg.amount_fen):
            raise Invalid(
                "postings",
                f"the amount {leg.amount_fen!r} is not a whole number of fen",
                f"金额 {leg.amount_fen!r} 不是整数分",
            )
        if not 0 < abs(leg.amount_fen) <= AMOUNT_FEN_MAX:
            raise Invalid(
                "postings",
                f"the amount {leg.amount_fen} fen is 0 or beyond {AMOUNT_FEN_MAX}",
                f"金额 {leg.amount_fen} 分为 0 或超过 {AMOUNT_FEN_MAX}",
            )
    if len(ordered) < 2 or len({leg.account_id for leg in ordered}) < len(ordered):
        raise Invalid(
            "postings",
            "an entry moves money between two accounts or more, each named once",
            "一笔记账须涉及两个或以上账户，每个账户只出现一次",
        )
    total = sum(leg.amount_fen for leg in ordered)
    if total != 0:
        raise Invalid(
            "postings", f"the entry sums to {total} fen: it must sum to zero", f"该笔记账合计 {total} 分：合计须为零"
        )
    return ordered


def check_texts(key: str, kind: str, memo: str) -> None:
    """Invalid when a text is empty (memo may be) or too long to be stored whole."""
    for field, value, longest in (
        ("key", key, KEY_LENGTH_MAX),
        ("kind", kind, KIND_LENGTH_MAX),
        ("memo", memo, MEMO_LENGTH_MAX),
    ):
        if len(value) > longest or (not value and field != "memo"):
            raise Invalid(
                field,
                f"{field} has {len(value)} characters: give 1 to {longest}",
                f"{field} 有 {len(value)} 个字符：须为 1 至 {longest} 个",
            )


def reversed_legs(legs: Iterable[Leg]) -> tuple[Leg, ...]:
    """The legs that undo an entry."""
    return tuple(Leg(leg.account_id, -leg.amount_fen) for leg in legs)


def body_sha256(kind: str, memo: str, legs: Iterable[Leg], reverses: str | None) -> str:
    """What an entry says, as 64 hexadecimal digits: the same key must come with the same body."""
    parts = [[leg.account_id, leg.amount_fen] for leg in sorted(legs)]
    body = json.dumps([kind, memo, parts, reverses], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


def award_key(task_id: str, outlet_id: str, display: str, period_key: str, generation: int = 1) -> str:
    """The key under which a display is paid: once per task, outlet, display and period, and once more for each time
    that the award was taken back. The first generation has no number."""
    key = f"award:{task_id}:{outlet_id}:{display}:{period_key}"
    return key if generation == 1 else f"{key}:g{generation}"
