"""What a ZEN expression reads, and whether its form lets a few points stand for a whole box of intervals.

ZEN answers null for a fact that it does not have, and carries on; and it takes more of a language (dates,
random numbers, closures) than a rule over a photo needs. So each expression passes through this small lexer
first: only listed operators, functions and fact paths may stand in it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pipeline.vocabulary import Parts, is_sku, kind_of, path_text

LENGTH_MAX = 500

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[0-9]+(?:\.[0-9]+)?)
    | (?P<string>"[^"\\\n]*"|'[^'\\\n]*')
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<operator>\.\.|==|!=|<=|>=|[<>+\-*/%()\[\],.:!$]|\?(?!\?))
    )""",
    re.VERBOSE,
)
_KEYWORDS = frozenset({"and", "or", "not", "in", "true", "false"})
FUNCTIONS = frozenset({"abs", "ceil", "floor", "max", "min", "round", "sum", "trunc"})
"""Pure functions of numbers; all others of ZEN are refused, among them `rand`, `d` and `date`."""

TokenKind = Literal["number", "string", "path", "function", "keyword", "operator"]


class ExpressionError(ValueError):
    """The expression cannot be read, or uses what a rule may not use. `en` and `zh` say what to do."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en, self.zh = en, zh


@dataclass(frozen=True, slots=True)
class Token:
    """One word of an expression; `parts` is set for a path."""

    kind: TokenKind
    text: str
    parts: Parts = ()


@lru_cache(maxsize=2048)
def tokens(expression: str, *, cell: bool = False) -> tuple[Token, ...]:
    """The words of an expression, paths put together; `cell` allows `$`, what the column of a table reads.

    ExpressionError for anything that a rule may not use.
    """
    if len(expression) > LENGTH_MAX:
        raise ExpressionError(
            f"the expression is longer than {LENGTH_MAX} characters: split it into clauses",
            f"表达式超过 {LENGTH_MAX} 个字符：请拆成多个条款",
        )
    raw = _split(expression)
    found: list[Token] = []
    at = 0
    while at < len(raw):
        kind, text = raw[at]
        if kind == "name" and text not in _KEYWORDS:
            token, at = _name(raw, at)
            found.append(token)
            continue
        if kind == "string" or (text == "$" and not cell) or text == "." or _index_of_path(found, text):
            raise _unexpected(text)
        found.append(Token("keyword" if kind == "name" else kind, text))  # type: ignore[arg-type]
        at += 1
    if not found:
        raise ExpressionError("the expression is empty: write a comparison", "表达式为空：请填写比较条件")
    return tuple(found)


def fact_paths(expression: str, *, cell: bool = False) -> tuple[str, ...]:
    """The facts that an expression reads, each once, in order; ExpressionError as for `tokens`."""
    return tuple(path_text(parts) for parts in paths_read(expression, cell=cell))


def paths_read(expression: str, *, cell: bool = False) -> tuple[Parts, ...]:
    """As `fact_paths`, in parts."""
    return tuple(dict.fromkeys(token.parts for token in tokens(expression, cell=cell) if token.kind == "path"))


def problems_of(expression: str, sku_codes: frozenset[str], *, cell: bool = False) -> list[ExpressionError]:
    """What the lexer finds wrong: words a rule may not use, paths that are no fact, SKUs not in `sku_codes`."""
    try:
        paths = paths_read(expression, cell=cell)
    except ExpressionError as error:
        return [error]
    return [
        ExpressionError(
            f"{path_text(parts)} is not a fact: see the list of facts and the catalogue's codes",
            f"{path_text(parts)} 不是可用的事实：请查看事实列表和商品编码",
        )
        for parts in paths
        if kind_of(parts) is None or (is_sku(parts) and parts[2] not in sku_codes)
    ]


def _split(expression: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, end = 0, len(expression.rstrip())
    while at < end:
        match = _TOKEN.match(expression, at, end)
        if match is None:
            raise _unexpected(expression[at:].lstrip()[:1])
        assert match.lastgroup is not None
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _name(raw: list[tuple[str, str]], at: int) -> tuple[Token, int]:
    """The function or path that begins at `at`, and where the words go on after it."""
    name = raw[at][1]
    if raw[at + 1 : at + 2] == [("operator", "(")]:
        if name not in FUNCTIONS:
            raise ExpressionError(
                f"the function {name} is not allowed: use {', '.join(sorted(FUNCTIONS))}",
                f"不允许使用函数 {name}：可用 {'、'.join(sorted(FUNCTIONS))}",
            )
        return Token("function", name), at + 1
    parts = [name]
    at += 1
    while at + 1 < len(raw):
        if raw[at][1] == "." and raw[at + 1][0] == "name":
            parts.append(raw[at + 1][1])
            at += 2
        elif raw[at][1] == "[" and raw[at + 1][0] == "string" and raw[at + 2 : at + 3] == [("operator", "]")]:
            parts.append(raw[at + 1][1][1:-1])
            at += 3
        else:
            break
    return Token("path", path_text(tuple(parts)), tuple(parts)), at


def _index_of_path(found: list[Token], text: str) -> bool:
    """Whether `[` follows a path, which would look up a name that is not written there."""
    return text == "[" and bool(found) and found[-1].kind == "path"


def _unexpected(text: str) -> ExpressionError:
    return ExpressionError(
        f"{text!r} cannot stand here: a rule is made of facts, numbers, comparisons (==, >=, in [1..3]), and, or, not",
        f"此处不能出现 {text!r}：规则只由事实、数字、比较（==、>=、in [1..3]）以及 and、or、not 组成",
    )
