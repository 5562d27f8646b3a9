"""What is done with news: heard, read, kept, and weighed."""
