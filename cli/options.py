"""Options of several commands. Whole numbers are read strictly: Python's own int() takes '1_000', ' 7 ' and '７'."""

from typing import Any

import typer
from typer.models import OptionInfo

from pipeline.numbers import whole_of

ENGINE_HELP = "What runs the networks: auto, cuda, openvino-bf16, openvino or onnxruntime."


def whole(least: int, most: int | None = None, *, help: str) -> OptionInfo:
    """An option of plain digits from `least` to `most`, None for no upper bound."""

    def read(given: Any) -> int:
        number = whole_of(given) if isinstance(given, str) else int(given)  # else: the default
        if number is None or number < least or (most is not None and number > most):
            upper = f"from {least} to {most}" if most is not None else f"of at least {least}"
            raise typer.BadParameter(f"give a whole number {upper} in plain digits, not {given!r}")
        return number

    made: OptionInfo = typer.Option(min=least, max=most, parser=read, metavar="INTEGER", help=help)
    return made
