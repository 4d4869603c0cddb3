"""New SKUs of a brand from reference pictures, and the rows that every worker's gallery is made of."""

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from sqlalchemy import func, select

from crm.access.scope import Role, Scope, found, require
from crm.access.session import unscoped
from crm.catalog import service as catalog
from crm.catalog.service import CatalogueView
from crm.catalog.tables import Enrolment, Product
from crm.kernel.business_time import business_day
from crm.kernel.clock import utcnow
from crm.kernel.db import Database, ReadSession, WriteSession
from crm.kernel.errors import Invalid
from crm.kernel.paging import Page, checked_limit, page_of
from crm.kernel.photo_store import PhotoStore
from crm.storing.service import keep, named
from models.gallery import UNKNOWN
from models.network_runner import FloatArray
from pipeline.enrol import enrolment
from pipeline.enrol.references import Box

READERS: tuple[Role, ...] = ("rep", "dealer", "auditor", "manager", "data")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


@dataclass(frozen=True)
class SkuSpec:
    """A SKU as it is entered. is_new: it counts as a launch from today on, unless it was launched before; False leaves
    that as it is. brand: on its label, which its sisters share; '' leaves that as it is."""

    code: str
    name: str
    own: bool = True
    name_zh: str = ""
    is_new: bool = False
    brand: str = ""


class Examiner(Protocol):
    """What looks at the pictures; see crm.workflows.vision.Vision."""

    def examine(self, code: str, pictures: Sequence[bytes], catalogue: CatalogueView) -> enrolment.Enrolment: ...


@dataclass(frozen=True)
class SkuCard:
    """A product of the catalogue with its last enrolment; None for one that came with the shipped gallery, or that no
    gallery knows."""

    product: Product
    enrolment: Enrolment | None


def enroll(
    database: Database,
    store: PhotoStore,
    examiner: Examiner,
    scope: Scope,
    spec: SkuSpec,
    pictures: Sequence[bytes],
    brand_id: str | None = None,
) -> SkuCard:
    """Have a SKU recognised from the next photo on. Managers and data people of the brand; an admin names the brand.

    The same pictures and texts again change nothing and give the first answer; other pictures replace the former ones.
    The pictures are kept, private, so that another embedder can be served. Not in one transaction: the networks look
    at the pictures in between. Invalid('file') with a line per bad picture, or for another field; NotFound.
    """
    require(scope, "manager", "data")
    brand_id = catalog.managed_brand(scope, brand_id)
    _check(spec)
    hashes = [hashlib.sha256(data).hexdigest() for data in pictures]
    with database.read(scope) as reading_session:
        view = catalog.view(reading_session, brand_id, business_day(utcnow()))
        known = card(reading_session, brand_id, spec.code)
    if known is not None and _is_same(known, spec, hashes):
        return known
    try:
        examined = examiner.examine(spec.code, pictures, view)
    except enrolment.ReferencesError as error:
        code = error.faults[0][1] if len(error.faults) == 1 else None
        details = [(en, zh) for _, _, en, zh in error.faults]
        raise Invalid("file", error.en, error.zh, code=code, details=details) from error
    keys = [keep(database, store, data) for data in pictures]
    with database.write(scope) as s:
        catalog.locked_catalogue(s, brand_id)
        known = card(s, brand_id, spec.code)  # another may have come first, with the same
        if known is not None and _is_same(known, spec, hashes):
            return known
        named(s, *keys)
        return _record(s, scope, brand_id, spec, examined)


def trial_key(code: str, embedder: str, pictures: Iterable[str]) -> str:
    """Which trial an enrolment stands in: of a SKU's code, the embedder's version and the sha256 of its pictures.

    Another name with the same pictures goes on with it; other pictures, or another embedder, begin a new one.
    """
    return hashlib.sha256("\n".join([code, embedder, *sorted(set(pictures))]).encode()).hexdigest()


def last_enrolments(s: ReadSession, brand_id: str, codes: Sequence[str] | None = None) -> dict[str, Enrolment]:
    """The enrolment in force of each code, of all codes where none are given; no scope."""
    return _last(s, brand_id, codes)


def unrecognised(s: ReadSession, brand_id: str, shipped: Collection[str]) -> list[Product]:
    """The products of a brand, in the order of their codes, that neither its shipped gallery, of these codes, nor an
    enrolment names; no scope."""
    enrolled = set(s.scalars(select(Enrolment.code).where(Enrolment.brand_id == brand_id)))
    products = s.scalars(select(Product).where(Product.brand_id == brand_id).order_by(Product.code))
    return [each for each in products if each.code not in enrolled and each.code not in shipped]


def card(s: ReadSession, brand_id: str, code: str) -> SkuCard | None:
    """The SKU of a brand, None where its catalogue has none of this code."""
    product = s.scalar(select(Product).where(Product.brand_id == brand_id, Product.code == code))
    return None if product is None else SkuCard(product, _last(s, brand_id, [code]).get(code))


def get_sku(s: ReadSession, scope: Scope, code: str, brand_id: str | None = None) -> SkuCard:
    """A SKU of the caller's brand (an admin names the brand). NotFound."""
    require(scope, *READERS)
    brand_id = catalog.managed_brand(scope, brand_id)
    return found(card(s, brand_id, code), "this SKU")


def list_skus(s: ReadSession, scope: Scope, after: str | None = None, limit: int = 50) -> Page[SkuCard]:
    """SKUs of the caller's brand in the order of their making; of all brands for an admin."""
    require(scope, *READERS)
    statement = select(Product).order_by(Product.id).limit(checked_limit(limit) + 1)
    if after is not None:
        statement = statement.where(Product.id > after)
    page = page_of(s.scalars(statement).all(), limit, lambda product: product.id)
    last = {
        (brand_id, code): row
        for brand_id in {product.brand_id for product in page.items}
        for code, row in _last(s, brand_id, [p.code for p in page.items if p.brand_id == brand_id]).items()
    }
    return Page(
        tuple(SkuCard(product, last.get((product.brand_id, product.code))) for product in page.items), page.next
    )


def is_sku_code(code: str) -> bool:
    """Whether a SKU may have this code."""
    return _CODE.fullmatch(code) is not None and code != UNKNOWN


def _check(spec: SkuSpec) -> None:
    if not is_sku_code(spec.code):
        raise Invalid(
            "code",
            "a SKU's code has 1 to 60 letters, digits, dots, hyphens and underscores: give another",
            "商品编码须为 1 至 60 个字母、数字、点、连字符或下划线：请更换",
        )
    if not 1 <= len(spec.name.strip()) <= 120 or len(spec.name_zh) > 120:
        raise Invalid(
            "name", "a SKU's name has 1 to 120 characters: give another", "商品名称须为 1 至 120 个字符：请更换"
        )
    if len(spec.brand) > 60:
        raise Invalid(
            "brand",
            "the brand on a label has at most 60 characters: give another",
            "包装上的品牌最多 60 个字符：请更换",
        )


def _is_same(known: SkuCard, spec: SkuSpec, hashes: Sequence[str]) -> bool:
    product, last = known.product, known.enrolment
    if last is None or sorted(each["sha256"] for each in last.pictures) != sorted(hashes):
        return False
    launched = product.launched_on is not None or not spec.is_new
    told = (product.name, product.name_zh, product.own) == (spec.name, spec.name_zh, spec.own)
    return launched and told and spec.brand in ("", product.brand)


def _record(s: WriteSession, scope: Scope, brand_id: str, spec: SkuSpec, examined: enrolment.Enrolment) -> SkuCard:
    """The product, the next enrolment and the number that makes every worker take it up. The catalogue is locked."""
    catalogue = catalog.locked_catalogue(s, brand_id)
    product = s.scalar(select(Product).where(Product.brand_id == brand_id, Product.code == spec.code))
    if product is None:
        product = Product(brand_id=brand_id, code=spec.code)
        s.add(product)
    product.name, product.name_zh, product.own = spec.name, spec.name_zh, spec.own
    product.brand = spec.brand or product.brand or ""
    if spec.is_new and product.launched_on is None:
        product.launched_on = business_day(utcnow())
    s.flush()
    sisters = catalog.sisters(s, brand_id, spec.code)
    catalogue.enrolled += 1
    made = Enrolment(
        brand_id=brand_id,
        number=catalogue.enrolled,
        code=spec.code,
        own=spec.own,
        pictures=[
            {"sha256": each.sha256, "box": list(each.box), "whole": each.is_whole, "counted": place in examined.counted}
            for place, each in enumerate(examined.references)
        ],
        warnings=[*examined.warnings, *enrolment.about_sisters(examined, product.brand, sisters)],
        embedding=examined.embedding.astype("<f4").tobytes(),
        embedder=examined.embedder,
        trial=trial_key(spec.code, examined.embedder, [each.sha256 for each in examined.references]),
        enrolled_by=scope.user_id or None,
    )
    s.add(made)
    s.flush()
    return SkuCard(product, made)


def _last(
    s: ReadSession, brand_id: str, codes: Sequence[str] | None = None, number: int | None = None
) -> dict[str, Enrolment]:
    """The last enrolment of each code, up to a number; of all codes where none are given."""
    numbers = select(func.max(Enrolment.number)).where(Enrolment.brand_id == brand_id).group_by(Enrolment.code)
    if codes is not None:
        numbers = numbers.where(Enrolment.code.in_(codes))
    if number is not None:
        numbers = numbers.where(Enrolment.number <= number)
    rows = s.scalars(select(Enrolment).where(Enrolment.brand_id == brand_id, Enrolment.number.in_(numbers)))
    return {row.code: row for row in rows}


@dataclass(frozen=True)
class EnrolledSku:
    """A row of a brand's gallery. embedding: float32 (d,), of the version `embedder`. trial: see `trial_key`."""

    id: str
    code: str
    own: bool
    embedding: FloatArray
    embedder: str
    pictures: tuple[dict[str, Any], ...]
    trial: str


class EnrolledSkus:
    """The enrolled SKUs of all brands, for whoever makes galleries of them."""

    def __init__(self, database: Database, store: PhotoStore) -> None:
        self._database, self._store = database, store

    def of(self, brand_id: str, number: int) -> list[EnrolledSku]:
        """What the brand's gallery of this number holds beside the shipped one, in the order of their numbers."""
        with self._database.read(unscoped("galleries are made of the SKUs of all brands")) as s:
            rows = sorted(_last(s, brand_id, number=number).values(), key=lambda row: row.number)
        return [
            EnrolledSku(
                row.id,
                row.code,
                row.own,
                np.frombuffer(row.embedding, "<f4"),
                row.embedder,
                tuple(row.pictures),
                row.trial,
            )
            for row in rows
        ]

    def pictures(self, sku: EnrolledSku) -> list[tuple[bytes, Box]]:
        """Bytes and box of the pictures that count. NotFound, OSError."""
        return [(self._store.get(each["sha256"]), tuple(each["box"])) for each in sku.pictures if each["counted"]]

    def keep(self, sku: EnrolledSku, embedding: FloatArray, embedder: str) -> None:
        """Put an embedding made anew in the place of another embedder's; its trial begins anew, too."""
        with self._database.write(unscoped("galleries are made of the SKUs of all brands")) as s:
            row = s.get(Enrolment, sku.id)
            if row is not None:
                row.embedding, row.embedder = embedding.astype("<f4").tobytes(), embedder
                row.trial = trial_key(row.code, embedder, [each["sha256"] for each in row.pictures])
