"""News as it is read: pure functions from text to what it says, in the order of arrival."""
