"""Metrics of decisions."""

from prometheus_client import CollectorRegistry, generate_latest

from api.metrics import DatabaseMetrics, HttpMetrics


def test_each_decision_is_counted_once_over_scrapes() -> None:
    asked: list[str | None] = []
    batches = [([("pass", 0.4), ("refuse", 1.7)], "2"), ([("pass", 40.0)], "3")]

    def new_decisions(cursor: str | None) -> tuple[list[tuple[str, float]], str | None]:
        asked.append(cursor)
        return batches[len(asked) - 1]

    registry = CollectorRegistry()
    stops = {"task": 2, "brand": 0}
    registry.register(DatabaseMetrics(new_decisions, lambda: 7, lambda: stops, lambda: (2, 1.8e9), lambda: 4))
    generate_latest(registry)
    text = generate_latest(registry).decode()
    assert asked == [None, "2"]
    assert "shelfproof_photos_lost 4.0" in text
    assert 'shelfproof_decisions_total{outcome="pass"} 2.0' in text
    assert 'shelfproof_decisions_total{outcome="refuse"} 1.0' in text
    assert 'shelfproof_upload_to_decision_seconds_bucket{le="0.5"} 1.0' in text
    assert 'shelfproof_upload_to_decision_seconds_bucket{le="2.0"} 2.0' in text
    assert 'shelfproof_upload_to_decision_seconds_bucket{le="+Inf"} 3.0' in text
    assert "shelfproof_upload_to_decision_seconds_count 3.0" in text
    assert "shelfproof_queue_depth 7.0" in text
    assert 'shelfproof_stops{kind="task"} 2.0' in text
    assert 'shelfproof_stops{kind="brand"} 0.0' in text
    assert "shelfproof_ledger_faults 2.0" in text
    assert "shelfproof_ledger_checked_timestamp_seconds 1.8e+09" in text


def test_a_database_that_is_away_costs_its_own_figures_only() -> None:
    def away(cursor: str | None) -> tuple[list[tuple[str, float]], str | None]:
        raise ConnectionError

    registry = CollectorRegistry()
    registry.register(DatabaseMetrics(away, lambda: 0, dict, lambda: None, lambda: 0))
    HttpMetrics(registry).observe("BREW", "/healthz", 200, 0.01)
    text = generate_latest(registry).decode()
    assert 'shelfproof_requests_total{method="other",route="/healthz",status="200"} 1.0' in text
    assert "shelfproof_queue_depth" not in text
