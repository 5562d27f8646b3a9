"""What Keel does, in plain Python: bring bars in, train, backtest, run a trade cycle. Works with every server down."""
