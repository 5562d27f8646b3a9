"""The API and the dashboard, in the foreground."""

from typing import Annotated

import typer

from flows.commands.output import AsJson, out, show_json, warn


def serve(
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Another port than api.port.")] = None,
    as_json: AsJson = False,
) -> None:
    """Serve API and dashboard on 127.0.0.1 until interrupted; keel up does so in the background.

    It wants three tokens in .env: KEEL_API__WATCH_TOKEN, KEEL_API__STOP_TOKEN and KEEL_API__RESUME_TOKEN.
    """
    from tasks.serving import serve as serve_api

    def ready(url: str) -> None:
        if as_json:
            show_json({"url": url})
        else:
            out.print(f"{url}  sign in with a token of .env; interrupt to end", highlight=False)

    serve_api(port, warn, ready)
