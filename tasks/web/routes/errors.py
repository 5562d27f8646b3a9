"""What every address may answer beside what it is for, for OpenAPI."""

from typing import Any

from tasks.web.answers import Problem

TEXTS = {
    400: "Bad input, or a host that is not served here.",
    401: "No token of ours.",
    403: "Another scope is wanted, or a page of another origin asks.",
    404: "There is nothing of that name.",
    409: "Refused: a person has to do something first.",
    413: "The body is too long.",
    415: "The body is no JSON.",
    422: "A field is not as it has to be.",
    429: "Too many requests; Retry-After says when to come again.",
    503: "It cannot be read or written now; the same may work later.",
}

Responses = dict[int | str, dict[str, Any]]


PROBLEM = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def may_fail_in_json(*more: int) -> Responses:
    """The same for an address whose own answer is none: FastAPI would give the errors its kind of content."""
    return {one: {"content": PROBLEM, "description": TEXTS[int(one)]} for one in may_fail(*more)}


def may_fail(*more: int) -> Responses:
    """What any request may come to, and what this one may beside."""
    wanted = sorted({400, 401, 403, 413, 415, 422, 429, 503, *more})
    return {one: {"model": Problem, "description": TEXTS[one]} for one in wanted}
