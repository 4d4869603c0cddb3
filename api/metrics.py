"""Prometheus metrics of one app, in a registry of its own.

Requests are counted as they pass. What concerns decisions is read from the database when it is scraped, because
the worker that decides may be another process; so each API process shows the same, whole picture: take `max`
over processes, not `sum`.
"""

import threading
from collections.abc import Callable, Iterable

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

log = structlog.get_logger("metrics")

REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
DECISION_SECONDS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 120.0)


class HttpMetrics:
    """Requests by method, route pattern and status."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("method", "route", "status")
        self._requests = Counter("shelfproof_requests", "HTTP requests", labels, registry=registry)
        self._seconds = Histogram(
            "shelfproof_request_seconds", "Time to the end of the response", ("method", "route"),
            buckets=REQUEST_SECONDS, registry=registry,
        )  # fmt: skip

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        known = method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(known, route).observe(seconds)


class DecisionHistogram:
    """Decisions by outcome and their seconds from upload; fed from the database, each decision once."""

    def __init__(self) -> None:
        self.outcomes: dict[str, int] = {"pass": 0, "refuse": 0, "review": 0}
        self._counts = [0] * (len(DECISION_SECONDS) + 1)
        self._sum = 0.0

    def add(self, outcome: str, seconds: float) -> None:
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        place = sum(seconds > bound for bound in DECISION_SECONDS)
        self._counts[place] += 1
        self._sum += seconds

    def families(self) -> Iterable[Metric]:
        decisions = CounterMetricFamily("shelfproof_decisions", "Decisions by outcome", labels=("outcome",))
        for outcome, count in sorted(self.outcomes.items()):
            decisions.add_metric((outcome,), count)
        yield decisions
        buckets, total = [], 0
        for bound, count in zip((*map(str, DECISION_SECONDS), "+Inf"), self._counts, strict=True):
            total += count
            buckets.append((bound, total))
        yield HistogramMetricFamily(
            "shelfproof_upload_to_decision_seconds", "From the upload of a photo to the automatic decision",
            buckets=buckets, sum_value=self._sum,
        )  # fmt: skip


NewDecisions = Callable[[str | None], tuple[list[tuple[str, float]], str | None]]
"""From the last cursor: (outcome, seconds) of each automatic decision since, and the next cursor."""


LedgerChecked = tuple[int, float] | None
"""Faults of the last daily check, and its time in seconds since 1970; None before the first."""


class DatabaseMetrics(Collector):
    """Decisions, the queue and the ledger's last check, as the database has them; one that is away leaves them out, not
    the scrape."""

    def __init__(
        self,
        new_decisions: NewDecisions,
        queue_depth: Callable[[], int],
        stops: Callable[[], dict[str, int]],
        ledger_check: Callable[[], LedgerChecked],
        lost_photos: Callable[[], int],
    ) -> None:
        self._new_decisions, self._queue_depth = new_decisions, queue_depth
        self._stops, self._ledger_check, self._lost_photos = stops, ledger_check, lost_photos
        self._histogram, self._cursor = DecisionHistogram(), None
        self._lock = threading.Lock()

    _cursor: str | None

    def describe(self) -> Iterable[Metric]:
        return ()  # registering must not touch the database

    def collect(self) -> Iterable[Metric]:
        with self._lock:
            try:
                decisions, self._cursor = self._new_decisions(self._cursor)
                depth, stops, checked = self._queue_depth(), self._stops(), self._ledger_check()
                lost = self._lost_photos()
            except Exception as error:
                log.error("metrics_database_unavailable", error=type(error).__name__)
                return
            for outcome, seconds in decisions:
                self._histogram.add(outcome, seconds)
            yield from list(self._histogram.families())
        yield GaugeMetricFamily("shelfproof_queue_depth", "Photos received and not yet decided", value=depth)
        told = "Photos whose file is missing or damaged in the store, and on which nobody has decided"
        yield GaugeMetricFamily("shelfproof_photos_lost", told, value=lost)
        stopped = GaugeMetricFamily("shelfproof_stops", "Stops of automatic pay in force", labels=("kind",))
        for kind, count in sorted(stops.items()):
            stopped.add_metric((kind,), count)
        yield stopped
        if checked is not None:
            faults, at = checked
            yield GaugeMetricFamily("shelfproof_ledger_faults", "Faults that the last daily check found", value=faults)
            yield GaugeMetricFamily(
                "shelfproof_ledger_checked_timestamp_seconds", "When the ledger was last checked", value=at
            )
