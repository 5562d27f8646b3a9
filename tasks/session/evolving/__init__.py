"""Evolution of specialists: searching, judging what was found, and keeping it."""
