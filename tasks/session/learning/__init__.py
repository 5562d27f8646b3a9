"""The life of a model: what it sees, how it is trained, kept and trusted, and what it says."""
