"""Sources of bars, one module each."""
