"""The command of an embedded Prefect server: SQLite below PREFECT_HOME or a database by URL, user interface too."""

from pydantic import SecretStr

from tasks.adapters.servers.plan import Plan, client_env
from tasks.adapters.servers.process import Command, python_module

# Off by default, and without them `prefect deployment run --watch` shows states but not what a flow says.
STREAMED_LOGS = {
    "PREFECT_SERVER_LOGS_STREAM_OUT_ENABLED": "true",
    "PREFECT_SERVER_LOGS_STREAM_PUBLISHING_ENABLED": "true",
}

# A deleted run's logs go by a job that a restart forgets, its artifacts by none: once a day what has no run goes too.
# Events, most of what a cycle leaves in the database, go after a week; the runs themselves by the housekeeping.
KEPT_SMALL = {
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,orphans",
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P7D",
}


DATABASE = "PREFECT_SERVER_DATABASE_CONNECTION_URL"


def prefect_server(plan: Plan, store: SecretStr | None = None) -> Command:
    """The server; PREFECT_API_URL, in the client environment, is also where its user interface looks for the API.

    `store`: the URL of its database, None for SQLite. By the environment: it may have a password.
    """
    database = {} if store is None else {DATABASE: store.get_secret_value()}
    return Command(
        name="prefect",
        argv=python_module(
            *("prefect", "--no-prompt", "server", "start"),
            *("--host", plan.host, "--port", str(plan.prefect_port)),
        ),
        env=client_env(plan) | STREAMED_LOGS | KEPT_SMALL | database,
        url=plan.prefect_url,
        health=f"{plan.api_url}/ready",
    )
