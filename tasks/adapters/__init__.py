"""One package per kind of outside thing; plain Python, no Prefect; no adapter imports its neighbour."""
