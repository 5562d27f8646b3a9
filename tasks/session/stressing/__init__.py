"""Stress tests: what the book would lose in a scenario, and what would act."""
