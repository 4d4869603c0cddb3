"""What goes round the policies of the tables is listed, with its reason; nothing else does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.arch.test_architecture import ROOT, SOURCES

LISTED = Path(__file__).with_name("unscoped.txt")
# Where SQL is written that no policy narrows: the kernel and the schema, which read rows of nobody; the conditions of
# the policies themselves; a benchmark on a database of its own. A file of tables writes conditions of its indexes.
ELSEWHERE = ("crm/kernel/", "crm/migrations/", "cli/bench_copies", "cli/bench_decisions.py")
POLICIES = ("crm/access/policy.py", "crm/access/session.py", "crm/access/grants.py")
RAW = re.compile(
    r"\.__table__|\bmetadata\.tables\b|\.connection\(|\.\w*engine\.(?:connect|begin|raw)|exec_driver_sql|literal_column"
    r"|from_statement|^from sqlalchemy import [^\n]*\btext\b|^    text,$|\bsqlalchemy\.text\("
    r"|^from sqlalchemy\.orm import [^\n]*\bSession\b|raw_connection",
    re.MULTILINE,
)


def uses(source: str) -> Iterator[tuple[ast.Call, bool]]:
    """The calls of `unscoped`, and whether each stands where it opens a session or widens one: there its reason can be
    judged."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "unscoped":
            parent = parents[node]
            opens = isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute)
            yield (
                node,
                (isinstance(parent, ast.Attribute) and parent.attr == "of")
                or (
                    opens and parent.func.attr in ("read", "write", "sessions")  # type: ignore[union-attr]
                ),
            )


def test_every_way_round_the_policies_is_listed_with_its_reason() -> None:
    found = []
    for file in SOURCES:
        for call, is_at_its_place in uses(file.read_text()):
            name = str(file.relative_to(ROOT))
            assert is_at_its_place, f"{name}:{call.lineno}: write unscoped(…) where the session is opened, or .of(s)"
            assert len(call.args) == 1, name
            [reason] = call.args
            assert isinstance(reason, ast.Constant), f"{name}:{call.lineno}: write the reason as a text"
            assert isinstance(reason.value, str), name
            assert len(reason.value.split()) >= 4, f"{name}:{call.lineno}: say why"
            found.append(f"{name}: {reason.value}")
    assert sorted(found) == LISTED.read_text().splitlines()


def test_nothing_else_makes_an_unscoped_session() -> None:
    makers = {str(file.relative_to(ROOT)) for file in SOURCES if re.search(r"\bUnscoped\(", file.read_text())}
    assert makers == {"crm/access/session.py"}


def test_no_raw_sql_goes_round_the_policies() -> None:
    beside = {}
    for file in SOURCES:
        name = str(file.relative_to(ROOT))
        if not name.startswith(("api/", "cli/", "crm/", "web/")) or name.startswith(ELSEWHERE + POLICIES):
            continue
        if not name.endswith("/tables.py") and (found := RAW.findall(file.read_text())):
            beside[name] = found
    assert beside == {}
