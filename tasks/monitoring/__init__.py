"""Metrics, rules and dashboards for Prometheus and Grafana, made from code."""
