"""Shadows: what challengers would have done beside the champion, on the bars that came since."""
