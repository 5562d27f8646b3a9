"""Where orders go, one module each."""
