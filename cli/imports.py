"""`shelfproof outlet import` and `catalogue import`: a table of outlets or products, on the database itself.

All or nothing, in one transaction and in rows of some hundreds: a file with a fault changes nothing, the same file
again neither.
"""

import json
import shlex
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from sqlalchemy import select

from cli.operating import OK, OPERATOR, brand_named, opened_database, told_on_one_line
from cli.sheets import (
    CellError,
    Column,
    Faults,
    FileFaultsError,
    Sheet,
    code_of,
    day_of,
    degrees_of,
    open_sheet,
    text_of,
    yes_or_no,
)
from crm.catalog import service as catalog
from crm.catalog.enrolling import is_sku_code, unrecognised
from crm.catalog.tables import Catalogue, Product
from crm.importing import Tally
from crm.kernel.db import Database, ReadSession, WriteSession
from crm.outlets import service as outlets
from crm.outlets.tables import Outlet
from crm.people.tables import Organisation
from models.gallery import NO_SKUS, Gallery
from models.manifest import WEIGHTS

ROWS_AT_ONCE = 500
CODES_TOLD = 10
DEALERS_TOLD = 5

Row = dict[str, Any]
Check = Callable[[Row], tuple[str, str] | None]
Put = Callable[[WriteSession, str, Sequence[Row]], Tally]


def import_outlets(file: Path, brand: str | None, dry_run: bool, as_json: bool) -> int:
    """Makes or changes outlets, and returns the exit status."""

    def run(database: Database, brand_id: str, sheet: Sheet) -> dict[str, Any]:
        with database.read(OPERATOR) as s:
            columns = outlet_columns(_dealers(s))

        def put(s: WriteSession, brand_id: str, rows: Sequence[Row]) -> Tally:
            return outlets.import_outlets(s, OPERATOR, brand_id, rows)

        return _imported(database, brand_id, sheet, columns, _position, put, dry_run)

    return _with_file(file, brand, run, as_json, lambda told: [_summary(told, "outlet")])


def import_catalogue(file: Path, brand: str | None, gallery: str | None, dry_run: bool, as_json: bool) -> int:
    """Makes or changes products, and returns the exit status. `gallery`: of what ships, the one of the brand."""

    def run(database: Database, brand_id: str, sheet: Sheet) -> dict[str, Any]:
        _codes_of(gallery or NO_SKUS)  # refuses one that there is not

        def put(s: WriteSession, brand_id: str, rows: Sequence[Row]) -> Tally:
            return catalog.import_products(s, OPERATOR, brand_id, gallery, rows)

        told = _imported(database, brand_id, sheet, product_columns(), _launch, put, dry_run)
        with database.read(OPERATOR) as s:
            row = s.get(Catalogue, brand_id)
            told["gallery"] = row.gallery if row is not None else NO_SKUS
            products = unrecognised(s, brand_id, _codes_of(told["gallery"]))
            told["unrecognised"] = [each.code for each in products]
            told["enrol"] = _enrol(products[0], brand) if products else None
        return told

    return _with_file(file, brand, run, as_json, lambda told: [_summary(told, "product"), *_unrecognised(told)])


def outlet_columns(dealers: dict[str, list[str]]) -> list[Column]:
    """The columns of a table of outlets; dealers: the ids of those of each name."""
    every = {each for ids in dealers.values() for each in ids}

    def dealer(name: str) -> str:
        ids = [name] if name in every else dealers.get(name, [])
        if not ids:
            known = f"give one of {', '.join(sorted(dealers)[:DEALERS_TOLD])}, or " if dealers else ""
            raise CellError(f"there is no dealer {name[:60]}: {known}run shelfproof organisation add dealer NAME")
        if len(ids) > 1:
            raise CellError(f"several dealers are called {name[:60]}: give the id, see shelfproof organisation list")
        return ids[0]

    return [
        Column("code", ("code", "outlet_code", "编码", "网点编码", "门店编码"), code_of(_length(Outlet.code)), True),
        Column("name", ("name", "名称", "网点名称", "门店名称"), text_of(_length(Outlet.name)), True),
        Column("name_zh", ("name_zh", "chinese_name", "中文名称", "中文名"), text_of(_length(Outlet.name_zh))),
        Column("address", ("address", "地址"), text_of(_length(Outlet.address))),
        Column("lat", ("lat", "latitude", "纬度"), degrees_of("latitude", 90), True),
        Column("lon", ("lon", "lng", "longitude", "经度"), degrees_of("longitude", 180), True),
        Column("dealer_id", ("dealer", "经销商"), dealer, True),
    ]


def product_columns() -> list[Column]:
    """The columns of a table of products."""

    def code(text: str) -> str:
        given = code_of(_length(Product.code))(text)
        if not is_sku_code(given):
            raise CellError(f"{given!r} is no SKU code: it has letters, digits, dots, hyphens and underscores")
        return given

    return [
        Column("code", ("code", "sku", "编码", "商品编码"), code, True),
        Column("name", ("name", "名称", "商品名称"), text_of(_length(Product.name)), True),
        Column("name_zh", ("name_zh", "chinese_name", "中文名称", "中文名"), text_of(_length(Product.name_zh))),
        Column("brand", ("label_brand", "brand", "品牌", "包装品牌"), text_of(_length(Product.brand))),
        Column("pack", ("pack", "包装"), text_of(_length(Product.pack))),
        Column("own", ("own", "本品", "是否本品"), yes_or_no, True),
        Column("launched_on", ("launched_on", "上市日期"), day_of, blank=None),
        Column("new_until", ("new_until", "新品截止日期"), day_of, blank=None),
    ]


def _position(row: Row) -> tuple[str, str] | None:
    if row["lat"] == 0 and row["lon"] == 0:
        return "lat", "0, 0 is no shop's position: give degrees by WGS 84, such as 31.2304 and 121.4737"
    return None


def _launch(row: Row) -> tuple[str, str] | None:
    launched, until = row.get("launched_on"), row.get("new_until")
    if until is not None and "launched_on" in row and launched is None:
        return "new_until", "stands without launched_on: a product is new from that day on"
    if launched is not None and until is not None and until < launched:
        return "new_until", f"{until} is before launched_on, {launched}"
    return None


def _imported(
    database: Database, brand_id: str, sheet: Sheet, columns: list[Column], check: Check, put: Put, dry_run: bool
) -> dict[str, Any]:
    """What an import made, changed and left. Raises FileFaultsError, and then nothing is stored."""
    faults, tally = Faults(sheet.file), Tally()

    def sound() -> Iterator[Row]:
        for line, row in _shown(sheet.rows(columns, faults), sheet):
            wrong = check(row)
            if wrong is not None:
                faults.add(line, *wrong)
            elif not faults:  # with a fault nothing will be stored: the rest is only looked through
                yield row

    with database.write(OPERATOR) as s:
        tally = reduce(Tally.__add__, (put(s, brand_id, rows) for rows in _batches(sound())), tally)
        if faults:
            raise FileFaultsError(faults)
        if dry_run:
            s.rollback()
    if tally == Tally():
        raise ValueError(f"{sheet.file} has a header and no rows: nothing was imported")
    return {"file": str(sheet.file), "encoding": sheet.encoding, "dry_run": dry_run, **vars(tally)}


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        yield batch


def _shown(rows: Iterator[tuple[int, Row]], sheet: Sheet) -> Iterator[tuple[int, Row]]:
    """The rows, their progress on a terminal."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as show:
        bar = show.add_task(f"Reading {sheet.file.name}", total=sheet.text.count("\n"))
        for line, row in rows:
            if line % ROWS_AT_ONCE == 0:
                show.update(bar, completed=line)
            yield line, row


def _with_file(
    file: Path,
    brand: str | None,
    run: Callable[[Database, str, Sheet], dict[str, Any]],
    as_json: bool,
    lines: Callable[[dict[str, Any]], list[str]],
) -> int:
    def work() -> int:
        sheet = open_sheet(file)
        with opened_database() as database:
            told = run(database, brand_named(database, brand), sheet)
        print(json.dumps(told, ensure_ascii=False) if as_json else "\n".join(lines(told)))
        return OK

    return told_on_one_line(work)


def _summary(told: dict[str, Any], what: str) -> str:
    read = f" ({told['file']} read as {told['encoding']})"
    if not told["made"] and not told["changed"]:
        return f"nothing changed: all {told['unchanged']} {what}s stand like this already{read}"
    tense = "would be " if told["dry_run"] else ""
    counts = f"{told['made']} {tense}made, {told['changed']} {tense}changed, {told['unchanged']} unchanged"
    return f"{what}s: {counts}{read}"


def _unrecognised(told: dict[str, Any]) -> list[str]:
    codes = told["unrecognised"]
    if not codes:
        return []
    more = f" and {len(codes) - CODES_TOLD} more" if len(codes) > CODES_TOLD else ""
    return [
        f"recognised on no photo yet, so that their fronts count as unknown, {len(codes)}: "
        f"{', '.join(codes[:CODES_TOLD])}{more}",
        f"enrol each from 3 to 10 pictures: {told['enrol']}",
    ]


def _enrol(product: Product, brand: str | None) -> str:
    """The command that enrols a product and leaves what the table said of it."""
    words = ["shelfproof", "sku", "enroll", product.code, "--name", product.name]
    words += ["--name-zh", product.name_zh] if product.name_zh else []
    words += [] if product.own else ["--competitor"]
    words += ["--brand", brand] if brand else []
    return f"{shlex.join(words)} PICTURE…"


def _codes_of(gallery: str) -> frozenset[str]:
    """The codes of a gallery that ships. Raises ValueError."""
    if gallery == NO_SKUS:
        return frozenset()
    names = {file.stem.removeprefix("gallery-") for file in WEIGHTS.glob("gallery-*.npz")}
    if gallery not in names:
        raise ValueError(f"there is no gallery {gallery}: give one of {', '.join(sorted({*names, NO_SKUS}))}")
    return frozenset(Gallery.load(WEIGHTS / f"gallery-{gallery}.npz").codes)


def _dealers(s: ReadSession) -> dict[str, list[str]]:
    """The ids of the dealers of each name and Chinese name."""
    found: dict[str, list[str]] = {}
    for row in s.scalars(select(Organisation).where(Organisation.kind == "dealer")):
        for name in {row.name, row.name_zh} - {""}:
            found.setdefault(name, []).append(row.id)
    return found


def _length(column: Any) -> int:
    return int(column.property.columns[0].type.length)
