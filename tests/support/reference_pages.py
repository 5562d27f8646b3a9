"""docs/reference: every public name of the rooms with signature and docstring, read by griffe, nothing imported."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import griffe
from processes import ROOT

ROOMS = ("conf", "data", "models", "tasks", "flows")
FOLDER = ROOT / "docs" / "reference"


def pages() -> dict[str, str]:
    """Text of every page by its file name: one for each package, and the index."""
    packages = [package for room in ROOMS for package in _packages(load(room))]
    shown = {f"{one.path}.md": _page(one) for one in packages}
    lines = [f"- [{one.path}]({one.path}.md): {_first_sentence(one)}" for one in packages]
    head = (
        "# Reference\n\nMade from the docstrings by `make docs`; do not edit. A page a package, public names only.\n\n"
    )
    return shown | {"index.md": head + "\n".join(lines) + "\n"}


def load(room: str) -> griffe.Module:
    """The room as griffe reads it."""
    found = griffe.load(room, search_paths=[ROOT], allow_inspection=False, docstring_parser="google")
    assert isinstance(found, griffe.Module)
    return found


def not_google(room: griffe.Module) -> list[str]:
    """What griffe says against docstrings. Names may share a line (`low, high: ...`) where each of them exists."""
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("griffe")
    logger.addHandler(handler)
    wrong: list[str] = []
    try:
        for one in _everything(room):
            if one.docstring is None:
                continue
            one.docstring.parse("google")
            known = {each.name for each in getattr(one, "parameters", [])} | set(one.members)
            wrong += [text for text in said if not _only_shared(text, known)]
            said.clear()
    finally:
        logger.removeHandler(handler)
    return wrong


def undocumented(room: griffe.Module) -> list[str]:
    """Public modules, classes and functions that say nothing."""
    return [one.path for one in _everything(room) if not one.is_attribute and one.docstring is None]


def _only_shared(text: str, known: set[str]) -> bool:
    named = re.search(r"arameter '([^']+, [^']+)'", text)
    return named is not None and set(named.group(1).split(", ")) <= known


def _packages(module: griffe.Module) -> Iterator[griffe.Module]:
    if module.is_init_module:
        yield module
    for one in _modules(module):
        yield from _packages(one)


def _modules(module: griffe.Module) -> list[griffe.Module]:
    found = [one for one in module.modules.values() if not one.is_alias and not one.name.startswith("_")]
    return sorted(found, key=lambda one: one.name)


def _public(module: griffe.Object) -> list[griffe.Object]:
    """Its own public names that are no modules, in the order of the source."""
    return [
        one
        for one in module.members.values()
        if not one.is_alias and not one.is_module and not one.name.startswith("_") and isinstance(one, griffe.Object)
    ]


def _everything(module: griffe.Module) -> Iterator[griffe.Object]:
    yield module
    for one in _public(module):
        yield one
        if one.is_class:
            yield from _public(one)
    for below in _modules(module):
        yield from _everything(below)


def _page(package: griffe.Module) -> str:
    parts = [f"# {package.path}", _said(package), *_names(package)]
    for module in _modules(package):
        if not module.is_init_module:
            parts += [f"## {module.path}", _said(module), *_names(module)]
    below = [one for one in _modules(package) if one.is_init_module]
    if below:
        parts += ["Packages below: " + ", ".join(f"[{one.path}]({one.path}.md)" for one in below)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _names(module: griffe.Module) -> Iterator[str]:
    for one in _public(module):
        if isinstance(one, griffe.Function):
            yield _entry("###", one.signature(), one)
        elif isinstance(one, griffe.Class):
            bases = ", ".join(str(base) for base in one.bases)
            yield _entry("###", f"class {one.name}({bases})" if bases else f"class {one.name}", one)
            for each in _public(one):
                if isinstance(each, griffe.Function) and each.docstring is not None:
                    yield _entry("####", f"{one.name}.{each.signature()}", each)
                elif each.is_attribute and each.docstring is not None:
                    yield _entry("####", f"{one.name}.{each.name}", each)


def _entry(level: str, signature: str, one: griffe.Object) -> str:
    """The name as heading and, where there is more to the signature, the signature below it."""
    name = signature.partition("(")[0].removeprefix("class ")
    code = "" if signature in (name, f"class {name}") else f"```python\n{signature}\n```"
    return "\n\n".join(part for part in (f"{level} {name}", code, _said(one)) if part)


def _said(one: griffe.Object) -> str:
    if one.docstring is None:
        return ""
    lines = one.docstring.value.splitlines()
    out: list[str] = []
    shows_code = False
    for line in lines:
        if line.lstrip().startswith(">>>") != shows_code and (shows_code is False or not line.strip()):
            shows_code = not shows_code
            out.append("```python" if shows_code else "```")
        if shows_code:
            out.append(line.strip())
            continue
        title = re.fullmatch(r"(Args|Attributes|Returns|Raises|Yields):", line)
        item = re.fullmatch(r"    (\*{0,2}[\w., ]+?):(?: (.*))?", line)
        if title:
            out += [f"**{'Arguments' if title.group(1) == 'Args' else title.group(1)}**", ""]
        elif item:
            out.append(f"- `{item.group(1)}`: {item.group(2) or ''}".rstrip())
        else:
            out.append(re.sub(r"^ {8}", "  ", line))
    if shows_code:
        out.append("```")
    return "\n".join(out).strip()


def _first_sentence(one: griffe.Module) -> str:
    text = " ".join((one.docstring.value if one.docstring else "").split("\n\n")[0].split())
    return re.split(r"(?<=\.)\s", text)[0]


def write(folder: Path = FOLDER) -> None:
    """All pages; those of packages that are gone are removed."""
    folder.mkdir(exist_ok=True)
    made = pages()
    for old in folder.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
