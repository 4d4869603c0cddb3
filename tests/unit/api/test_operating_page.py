"""docs/operating.md tells every setting, as the settings tell it themselves."""

import re
from pathlib import Path

from api.settings import SETTINGS

PAGE = Path(__file__).parents[3] / "docs" / "operating.md"


def test_the_table_of_settings_is_that_of_the_code() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if re.match(r"\| `SHELFPROOF_", line)]
    assert rows == [f"| `{name}` | {text} |" for name, text in SETTINGS.items()], "paste these into docs/operating.md"
