"""The sentences: one Prefect flow each, composition only; cli.py is the `keel` command."""
