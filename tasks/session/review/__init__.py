"""After a trade: what fills cost, what each trade came to and why, where profit came from, what a person must see."""

from tasks.session.review.review import Review, look_back, review
from tasks.session.review.settled import review_settled, run_reviewed

__all__ = ["Review", "look_back", "review", "review_settled", "run_reviewed"]
