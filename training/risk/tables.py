"""The report of `training.risk.report` as text: every rate with its exact 95 % bounds."""

from collections.abc import Iterator, Mapping
from typing import Any

from training.risk.tasks import TASKS

PARTS = {"proof": "rendered, proof", "held out": "field, select and calibration", "test": "field, test (reported only)"}


def text(report: Mapping[str, Any]) -> str:
    """All tables, one after another."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    yield "Weights: " + ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    yield "Displays: " + ", ".join(f"{part} {number}" for part, number in report["displays"].items())
    for part, entry in report["supported"].items():
        if entry["displays"]:
            yield (
                f"  {PARTS[part]}: {entry['displays']} displays, all paid and none wrong, "
                f"would prove {_percent(entry['at_most'])}"
            )
    yield "\nWrong among displays paid without a person, each strictness (95 %, one-sided, exact)"
    for row in report["path"]:
        yield f"  {row['strictness']:.2f}  pilot {_counted(row['pilot'])}  calibration {_counted(row['calibration'])}"
    yield "\nThe laxest strictness proven on calibration, tested in sequence from strict to lax"
    for entry in report["bounds"]:
        yield f"  at most {_percent(entry['limit'])}: {_proven(entry)}"
    for setting in report["settings"]:
        yield from _setting(setting)
    yield "\nScores as probabilities (expected calibration error, 95 % over photos)"
    for part, kinds in report["scores"].items():
        for kind, entry in kinds.items():
            yield (
                f"  {part} {kind}: {entry['fronts']} on {entry['photos']} photos: before {_error(entry['before'])}, "
                f"after {_error(entry['after'])}"
            )
            for row in entry["reliability"]:
                yield f"    score {row['score']:.2f}: {row['right']:.3f} right of {row['fronts']}"


def _setting(setting: Mapping[str, Any]) -> Iterator[str]:
    strictness = setting["strictness"]
    yield f"\n{'As shipped' if strictness is None else f'Strictness {strictness:.2f}'}: " + ", ".join(
        f"{name} {value}" for name, value in setting["counting"].items()
    )
    yield "  galleries: " + "; ".join(
        f"{name} sure {limits['sure']}, margin {limits['margin']}" for name, limits in setting["galleries"].items()
    )
    for part, title in PARTS.items():
        rates = setting[part]
        if not rates["any_task"]["displays"]:
            continue
        yield f"  {title}: wrong among paid displays {_share(rates['any_task']['wrong_pay'])}"
        for task in TASKS:
            yield f"    {task}: " + ", ".join(
                f"{name.replace('_', ' ')} {_share(rates[task][name])}"
                for name in ("automatic", "wrong_pay", "wrong_refuse")
            )


def _proven(entry: Mapping[str, Any]) -> str:
    if entry["starts_at"] is None:
        return f"not to be proven: no strictness pays {entry['paid_displays_needed']} displays for sure"
    if entry["strictness"] is None:
        return f"not proven: the first one tested, {entry['starts_at']:.2f}, fails"
    return f"strictness {entry['strictness']:.2f} (tests began at {entry['starts_at']:.2f}): " + _counted(
        entry["calibration"]
    )


def _counted(entry: Mapping[str, Any]) -> str:
    return f"{entry['wrong']} of {entry['paid']}, at most {_percent(entry['at_most'])}"


def _share(entry: Mapping[str, Any]) -> str:
    low, high = entry["interval"]
    share = "–" if entry["share"] is None else _percent(entry["share"])
    return f"{share} ({entry['hits']} of {entry['trials']}; {_percent(low)} to {_percent(high)})"


def _error(entry: Mapping[str, Any]) -> str:
    low, high = entry["interval"]
    return f"{entry['ece']:.3f} ({low:.3f} to {high:.3f})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.1 else f"{100 * share:.2f} %"
