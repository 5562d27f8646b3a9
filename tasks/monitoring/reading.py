"""An exposition read back, for scripts."""

from typing import Any

from prometheus_client.parser import text_string_to_metric_families


def read_samples(text: bytes) -> dict[str, list[dict[str, Any]]]:
    """By metric, each sample with its name, labels and value."""
    found: dict[str, list[dict[str, Any]]] = {}
    for family in text_string_to_metric_families(text.decode()):
        rows = [{"name": one.name, "labels": one.labels, "value": one.value} for one in family.samples]
        found[f"{family.name}_total" if family.type == "counter" else family.name] = rows
    return found
