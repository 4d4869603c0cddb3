"""What the demo starts with: a made-up brand with three display tasks, and the field catalogue with one."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crm.catalog.service import ProductSpec
from crm.seeding.world import BrandSpec, OutletSpec, SeedSpec, TaskSpec, UserSpec
from datasets.render import DEMO_SKUS
from pipeline.rules.clauses import Clause, TaskRules
from pipeline.rules.rewards import simple_reward
from pipeline.texts import Text

PASSWORD = "display-2026"  # of every demo user; the demo listens on this machine alone
FIELD_CATALOGUE = Path(__file__).resolve().parents[1] / "datasets" / "pepsico_vn_catalogue.csv"
ADMIN = "root"
REP, AUDITOR, FIELD_REP, FIELD_AUDITOR = "lin", "mei", "an", "hoa"
FIELD_TASK = "field_display"
DEALERS = ("Harbour Drinks", "North Street Supply")


def demo_spec(outlets: int, now: datetime | None = None) -> SeedSpec:
    """Two brands with `outlets` outlets each; tasks run from yesterday for a year."""
    now = now or datetime.now(UTC)
    return SeedSpec([_made_up(outlets, now), _field(outlets, now)], UserSpec(ADMIN, "Root", "admin"))


def _made_up(outlets: int, now: datetime) -> BrandSpec:
    today = now.date()
    products = [
        ProductSpec(
            sku.code, sku.name, sku.own, sku.name_zh, sku.brand, sku.pack,
            *((today - timedelta(days=30), today + timedelta(days=335)) if sku.is_new else (None, None)),
        )
        for sku in DEMO_SKUS
    ]  # fmt: skip
    cola = 'facings.sku["ketto-cola-can"] >= 6'
    return BrandSpec(
        name="Ketto",
        name_zh="凯朵",
        gallery="demo",
        products=products,
        dealers=DEALERS,
        users=(
            UserSpec(REP, "Lin", "rep", dealer=DEALERS[0]),
            UserSpec("bo", "Bo", "rep", dealer=DEALERS[1]),
            UserSpec(AUDITOR, "Mei", "auditor"),
            UserSpec("wang", "Wang", "manager"),
        ),
        outlets=_outlets("K", outlets),
        tasks=(
            _task("cola_block", "Cola block", "可乐排面", now, 200,
                  _clause("cola_fronts", "Ketto Cola can, six fronts", "凯朵可乐罐装 6 个排面", cola)),
            _task("cooler_purity", "Pure cooler", "冰柜纯净度", now, 500,
                  _clause("cooler_there", "A cooler stands there", "有冰柜", "cooler.present == 1"),
                  _clause("purity", "Own products fill at least 80 % of it", "柜内本品占比不低于 80%",
                          "cooler.purity >= 0.8")),
            _task("new_product", "New product placed", "新品上架", now, 300,
                  _clause("new_fronts", "Two fronts of the new product", "新品 2 个排面", "facings.new >= 2")),
        ),
    )  # fmt: skip


def _field(outlets: int, now: datetime) -> BrandSpec:
    with FIELD_CATALOGUE.open(newline="") as stream:
        products = [
            ProductSpec(row["code"], row["name"], True, brand=row["brand"], pack=row["pack"])
            for row in csv.DictReader(stream)
        ]
    return BrandSpec(
        name="Field catalogue",
        name_zh="现场产品目录",
        gallery="pepsico_vn",
        products=products,
        dealers=("Riverside Trading",),
        users=(
            UserSpec(FIELD_REP, "An", "rep", dealer="Riverside Trading"),
            UserSpec(FIELD_AUDITOR, "Hoa", "auditor"),
            UserSpec("minh", "Minh", "manager"),
        ),
        outlets=_outlets("F", outlets, "Riverside Trading"),
        tasks=(
            _task(FIELD_TASK, "Field display", "现场陈列", now, 200,
                  _clause("fronts", "At least twelve fronts", "至少 12 个排面", "facings.total >= 12"),
                  _clause("own_fronts", "At least six fronts of the catalogue", "至少 6 个目录内产品排面",
                          "facings.own >= 6")),
        ),
    )  # fmt: skip


def _clause(code: str, en: str, zh: str, expression: str) -> Clause:
    return Clause(code, Text(en, zh), expression, "refuse")


def _task(code: str, name: str, name_zh: str, now: datetime, reward_fen: int, *clauses: Clause) -> TaskSpec:
    rules = TaskRules(clauses, simple_reward(reward_fen), auto_limit_fen=2_000)
    return TaskSpec(
        code, name, rules, 100_000, now - timedelta(days=1), now + timedelta(days=365), name_zh, period="month"
    )


def _outlets(prefix: str, count: int, dealer: str = DEALERS[0]) -> list[OutletSpec]:
    return [
        OutletSpec(f"{prefix}-{n:03d}", f"Shop {n}", 31.2 + 0.002 * n, 121.4 + 0.002 * (n % 7), dealer, f"网点 {n}")
        for n in range(1, count + 1)
    ]
