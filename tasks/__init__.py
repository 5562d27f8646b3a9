"""The hands: every side effect. Plain adapters and sessions below, thin Prefect task modules on top."""
