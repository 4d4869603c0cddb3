"""Numbers on the command line."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
import typer
from typer.testing import CliRunner

from cli.main import app
from cli.options import whole

WRONG = ("1_0", " 7", "+7", "７", "7.0", "1e1", "true", "0", "401", "")


@pytest.mark.parametrize("text", WRONG)
def test_a_count_is_plain_digits(text: str) -> None:
    result = CliRunner().invoke(app, ["sku", "rescore", "cola", f"--days={text}"])
    assert result.exit_code == 2
    assert "plain digits" in " ".join(result.output.replace("│", " ").split())


def commands(of: typer.Typer) -> Iterator[Callable[..., Any]]:
    yield from (each.callback for each in of.registered_commands if each.callback is not None)
    for group in of.registered_groups:
        if group.typer_instance is not None:
            yield from commands(group.typer_instance)


def test_every_number_of_the_commands_is_read_so() -> None:
    """An option that is left to Python's int() would take '1_0'."""
    tried = 0
    for command in commands(app):
        for name, hint in get_type_hints(command, include_extras=True).items():
            kind, *details = get_args(hint) if get_origin(hint) is Annotated else (hint,)
            if kind is int or int in get_args(kind):
                tried += 1
                (option,) = details
                assert option.parser is not None, (command.__name__, name)
                with pytest.raises(typer.BadParameter, match="plain digits"):
                    option.parser("1_0")
    assert tried >= 9


def test_the_bounds_belong_to_it() -> None:
    read = whole(2, 5, help="").parser
    assert read is not None
    assert [read(text) for text in ("2", "5", "03")] == [2, 5, 3]
    for text in ("1", "6", "-3"):
        with pytest.raises(typer.BadParameter, match="from 2 to 5"):
            read(text)
