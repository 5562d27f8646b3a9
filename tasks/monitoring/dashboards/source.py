"""The data source that the dashboards ask."""

DATA_SOURCE_UID = "keel-prometheus"


def data_source_json(prometheus_url: str) -> dict[str, object]:
    """As Grafana's HTTP API takes it; its server asks Prometheus, not the browser."""
    return {
        "uid": DATA_SOURCE_UID,
        "name": "Keel",
        "type": "prometheus",
        "access": "proxy",
        "url": prometheus_url,
        "jsonData": {"httpMethod": "POST", "timeInterval": "1s"},
    }
