"""Figures as Prometheus takes them: samples by metric, made into one text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from data.journal.tallies import Spread
from tasks.monitoring.catalogue import METRICS, Metric


@dataclass(frozen=True, slots=True)
class Sample:
    """`labels` in the order of the metric's; a histogram's value is a spread over `bounds`."""

    name: str
    labels: tuple[str, ...]
    value: float | Spread


@dataclass(frozen=True, slots=True, eq=False)
class _Given(Collector):
    """Samples that are known already; `bounds` by the name of the histogram."""

    samples: tuple[Sample, ...]
    bounds: dict[str, tuple[float, ...]]

    def collect(self) -> Iterator[Family]:
        by_name: dict[str, list[Sample]] = {name: [] for name in METRICS}
        for one in self.samples:
            by_name[one.name].append(one)
        for name, found in by_name.items():
            yield _family(METRICS[name], found, self.bounds.get(name, ()))


def text_of(samples: Iterable[Sample], bounds: dict[str, tuple[float, ...]]) -> bytes:
    """In Prometheus' text format, the metrics in the order of the catalogue, each with its help."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(tuple(samples), bounds))
    return generate_latest(registry)


def _family(metric: Metric, samples: list[Sample], bounds: tuple[float, ...]) -> Family:
    if metric.kind == "histogram":
        return _histogram(metric, samples, bounds)
    made = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = made(metric.name, metric.text, labels=metric.labels)
    for one in samples:
        if not isinstance(one.value, Spread):
            family.add_metric(_sayable(one.labels), one.value)
    return family


def _sayable(labels: tuple[str, ...]) -> tuple[str, ...]:
    """A name of a file may hold what no text can: it must not cost all the figures."""
    return tuple(one.encode(errors="replace").decode() for one in labels)


def _histogram(metric: Metric, samples: list[Sample], bounds: tuple[float, ...]) -> Family:
    family = HistogramMetricFamily(metric.name, metric.text, labels=metric.labels)
    for one in samples:
        if isinstance(one.value, Spread):
            within = [(repr(bound), float(count)) for bound, count in zip(bounds, one.value.within, strict=True)]
            family.add_metric(_sayable(one.labels), [*within, ("+Inf", float(one.value.count))], one.value.total)
    return family
