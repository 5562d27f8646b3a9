"""What a person chooses above the panels: where the figures come from, which book, which symbols."""

from grafana_foundation_sdk.builders.dashboard import DatasourceVariable, QueryVariable
from grafana_foundation_sdk.models.dashboard import VariableOption, VariableRefresh, VariableSort

from tasks.monitoring.dashboards.looks import SOURCE
from tasks.monitoring.dashboards.source import DATA_SOURCE_UID

ALL = VariableOption(selected=True, text=["All"], value=["$__all"])


def source_variable() -> DatasourceVariable:
    """A Prometheus; the one that `keel grafana import` makes unless another is chosen."""
    chosen = VariableOption(selected=True, text="Keel", value=DATA_SOURCE_UID)
    return DatasourceVariable("datasource").label("Data source").type("prometheus").current(chosen)


def book_variable() -> QueryVariable:
    """Books that have an equity."""
    return _labels("book", "Book", "label_values(keel_equity_usd, book)")


def symbol_variable() -> QueryVariable:
    """Symbols of these books."""
    return _labels("symbol", "Symbol", 'label_values(edge_blended_bps{book=~"$book"}, symbol)')


def _labels(name: str, label: str, query: str) -> QueryVariable:
    # As Grafana's own editor writes it: the text for people, the object for its Prometheus plugin.
    asked: dict[str, object] = {"qryType": 1, "query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"}
    variable = QueryVariable(name).label(label).datasource(SOURCE).query(asked).sort(VariableSort.ALPHABETICAL_ASC)
    variable = variable.multi(True).include_all(True).all_value(".*").current(ALL)
    return variable.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
