"""Orders on their way: admitted, sent, asked for, cancelled; and what is done when the way is cut at any point."""
