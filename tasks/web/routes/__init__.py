"""The API's addresses, by what they are for."""

from tasks.web.routes.acting import acting
from tasks.web.routes.asking import asking
from tasks.web.routes.happening import happening
from tasks.web.routes.reporting import reporting
from tasks.web.routes.signing import signing

__all__ = ["acting", "asking", "happening", "reporting", "signing"]
