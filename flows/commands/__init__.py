"""The commands of `keel`, one module per theme."""
