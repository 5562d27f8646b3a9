"""Prefect tasks that hear and read the news."""
