"""docs/operating.md names the columns of both tables, and the README every group of commands."""

from pathlib import Path

import pytest

from cli import account_commands, import_commands
from cli.imports import outlet_columns, product_columns
from cli.sheets import Column

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("column", [*outlet_columns({}), *product_columns()], ids=lambda column: column.names[0])
def test_each_column_of_a_table_is_told_in_both_languages(column: Column) -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    chinese = [name for name in column.names if not name.isascii()]
    assert any(f"`{column.names[0]}` {name}" in page for name in chinese)


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readme_shows_every_group_of_the_operators_commands(readme: str) -> None:
    text = (ROOT / readme).read_text()
    groups = [*account_commands.GROUPS, *import_commands.GROUPS]
    assert [name for name in groups if f"shelfproof {name} " not in text and f"| {name} " not in text] == []
