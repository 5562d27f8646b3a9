"""After a trade: what fills cost, what each trade came to and why, where profit came from, what a person must see."""

from tasks.session.review.review import Review, review

__all__ = ["Review", "review"]
