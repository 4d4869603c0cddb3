"""What a brand calls its own, what is new, and what recognises it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from crm.access.scope import Scope, found, require
from crm.catalog.naming import Named, told_apart
from crm.catalog.tables import Catalogue, Product
from crm.importing import Tally, locked_brand, put_rows
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Invalid, NotFound
from crm.people.tables import Organisation
from models.gallery import NO_SKUS


@dataclass(frozen=True)
class ProductSpec:
    """A product as it is entered; days are calendar days of business time."""

    code: str
    name: str
    own: bool
    name_zh: str = ""
    brand: str = ""
    pack: str = ""
    launched_on: date | None = None
    new_until: date | None = None


@dataclass(frozen=True)
class CatalogueView:
    """What the reading of a photo needs: the gallery's name, own and new codes, and names of all products,
    no two alike. `enrolled`: number of the last enrolment of the brand that its gallery holds; `trials`: of the last
    change of `open_trials`."""

    gallery: str
    own: frozenset[str]
    new: frozenset[str]
    names: dict[str, dict[str, str]]
    brand_id: str = ""
    enrolled: int = 0
    trials: int = 0
    open_trials: frozenset[str] = frozenset()


def put_catalogue(
    s: WriteSession, scope: Scope, brand_id: str, gallery: str | None, products: Sequence[ProductSpec]
) -> None:
    """Set the gallery (None: it stays), and add or change the products with these codes; others stay. Managers of the
    brand only."""
    require(scope, "manager")
    managed_brand(scope, brand_id)
    codes = [spec.code for spec in products]
    if len(set(codes)) < len(codes):
        raise Invalid(
            "products",
            "a code stands twice in the list: give each product once",
            "列表中有重复的商品编码：每个商品只填一次",
        )
    catalogue = locked_catalogue(s, brand_id)
    catalogue.gallery = gallery or catalogue.gallery
    put_rows(s, Product, brand_id, [vars(spec) for spec in products])


def import_products(
    s: WriteSession, scope: Scope, brand_id: str, gallery: str | None, rows: Sequence[Mapping[str, Any]]
) -> Tally:
    """Make or change the products of a brand with these codes, and set its gallery (None: it stays). Each row, a
    mapping of columns of `Product`, names `code`, `name` and `own`; what else it does not name stays. Managers of the
    brand only."""
    locked_brand(s, scope, brand_id)
    catalogue = locked_catalogue(s, brand_id)
    catalogue.gallery = gallery or catalogue.gallery
    return put_rows(s, Product, brand_id, rows)


def locked_catalogue(s: WriteSession, brand_id: str) -> Catalogue:
    """The brand's catalogue, made where it has none yet; nobody else changes it until this transaction ends."""
    own = select(Catalogue).where(Catalogue.brand_id == brand_id).with_for_update()
    catalogue = s.scalars(own).first()
    if catalogue is None:
        brand = select(Organisation).where(Organisation.id == brand_id, Organisation.kind == "brand")
        found(s.scalars(brand.with_for_update()).first(), "this brand")  # of two at once one makes it
        catalogue = s.scalars(own).first()
    if catalogue is None:
        catalogue = _new_catalogue(brand_id)
        s.add(catalogue)
        s.flush()
    return catalogue


def _new_catalogue(brand_id: str) -> Catalogue:
    return Catalogue(brand_id=brand_id, gallery=NO_SKUS, enrolled=0, trials=0, open_trials=[])


def managed_brand(scope: Scope, brand_id: str | None) -> str:
    """The brand that a caller speaks of: his own where he names none. Invalid where an admin names none, NotFound where
    it is another's."""
    brand_id = brand_id or scope.brand_id
    if brand_id is None:
        raise Invalid("brand_id", "name the brand: give brand_id", "请指明品牌：填写 brand_id")
    if scope.role != "admin" and scope.brand_id != brand_id:
        raise NotFound("this brand does not exist, or is not yours to see", "该品牌不存在，或您无权查看")
    return brand_id


def sisters(s: ReadSession, brand_id: str, code: str) -> frozenset[str]:
    """The other products with the same brand on their labels; none where that is not known."""
    label = select(Product.brand).where(Product.brand_id == brand_id, Product.code == code).scalar_subquery()
    same = (Product.brand_id == brand_id, Product.brand == label, Product.brand != "", Product.code != code)
    return frozenset(s.scalars(select(Product.code).where(*same)))


def view(s: ReadSession, brand_id: str, on: date) -> CatalogueView:
    """The catalogue of a brand as it stands on a day. Without one the brand's gallery names nothing: its photos are
    read, and all fronts are unknown. NotFound where there is no such brand."""
    catalogue = s.get(Catalogue, brand_id)
    if catalogue is None:
        known = select(Organisation.id).where(Organisation.id == brand_id, Organisation.kind == "brand")
        catalogue = _new_catalogue(found(s.scalar(known), "this brand"))
    is_new = (Product.launched_on <= on) & or_(Product.new_until.is_(None), Product.new_until >= on)
    own, new, named = set(), set(), []
    columns = (Product.code, Product.own, Product.name, Product.name_zh, Product.pack, is_new)
    for code, is_own, name, name_zh, pack, fresh in s.execute(select(*columns).where(Product.brand_id == brand_id)):
        named.append(Named(code, name, name_zh or name, pack))
        if is_own:
            own.add(code)
            if fresh:
                new.add(code)
    return CatalogueView(
        catalogue.gallery,
        frozenset(own),
        frozenset(new),
        told_apart(named),
        brand_id,
        catalogue.enrolled,
        catalogue.trials,
        frozenset(catalogue.open_trials),
    )
