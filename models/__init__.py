"""The brain: pure decision logic. No I/O, no clock, no global random state, no logging, no Prefect."""
