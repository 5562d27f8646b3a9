"""Where news is heard: one adapter for each source, behind one guarded client."""
