"""Which models speak, and how that changed."""

from flows.commands.output import AsJson, out, show_json, show_rows, warn
from models.types import iso
from tasks.bootstrap import build_trading_desk
from tasks.session.router_report import RouterReport, router_report


def router(as_json: AsJson = False) -> None:
    """Show the router's rules, how often each model was routed, and the newest switches of the configured book."""
    desk, journal = build_trading_desk({}, warn)
    report = router_report(desk, journal)
    if as_json:
        show_json(report.as_json())
    else:
        _show(report)


def _show(report: RouterReport) -> None:
    rules = [
        [
            one.name,
            ", ".join(one.instruments) or "any",
            ", ".join(one.classes) or "any",
            ", ".join(map(str, one.horizons)) or "any",
            ", ".join(regime.name.lower() for regime in one.regimes) or "any",
            ", ".join(one.models),
        ]
        for one in report.rules
    ]
    show_rows(
        "rules, the first that applies wins",
        ["rule", "instruments", "classes", "horizons", "regimes", "models"],
        rules,
    )
    show_rows("routed, symbols times decisions", ["model", "times"], [list(one) for one in report.usage.items()])
    _show_switches(report)
    if report.p50_us is not None:
        out.print(f"words and edge of a symbol: p50 {report.p50_us:g} us, p99 {report.p99_us:g} us", highlight=False)


def _show_switches(report: RouterReport) -> None:
    rows = [
        [
            iso(one.decided_at),
            one.routed.symbol,
            one.routed.rule,
            ", ".join(one.routed.before or ()),
            ", ".join(one.routed.models),
            "damped" if one.routed.damped else "switched",
        ]
        for one in report.switches
    ]
    show_rows("newest switches", ["decided", "symbol", "rule", "before", "models", "what"], rows)
    out.print(f"{report.switched} switches, {report.damped} damped", highlight=False)
