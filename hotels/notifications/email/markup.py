"""The markup of e-mail templates, and its two outputs: HTML and readable plain text.

A blank line ends a paragraph; a line break stays one. `# Heading`, `- list item`, `**bold**`,
`[label](https://…)`, alone on a line a button; lines of `| cells |` are a table whose first line
is its heading. There is no way to write HTML.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlsplit

from markupsafe import Markup, escape

# Characters of values that would be markup, and their stand-ins until the markup has been read.
_MARKUP = "*[]()|#-\\\n"
_FIRST = 0xE000
_TO_LITERAL = {ord(each): _FIRST + n for n, each in enumerate(_MARKUP)}
_FROM_LITERAL = {literal: each for each, literal in _TO_LITERAL.items()}
# Private characters that a value brings along would be read as these.
_REMOVED = dict.fromkeys(range(_FIRST, _FIRST + len(_MARKUP)))
_INLINE = re.compile(r"\*\*(?P<bold>[^*\n]+)\*\*|\[(?P<label>[^\[\]\n]+)\]\((?P<url>[^()\s]*)\)")
_LINK_SCHEMES = ("https", "http", "mailto")


@dataclass(frozen=True, kw_only=True)
class Block:
    """A paragraph, heading, list, table or button: its lines as they were written."""

    kind: str
    lines: tuple[str, ...]


def literal(value: str) -> str:
    """`value` so that no character in it is markup; line breaks stay line breaks."""
    return (
        value.translate(_REMOVED).replace("\r\n", "\n").replace("\r", "\n").translate(_TO_LITERAL)
    )


def plain(text: str) -> str:
    """`text` with the values as they were."""
    return text.translate(_FROM_LITERAL)


def to_text(source: str) -> str:
    """The message as plain text."""
    return "\n\n".join(_text_of(block) for block in _blocks(source)) + "\n"


def to_html(source: str) -> Markup:
    """The message as HTML elements, all text escaped."""
    return Markup("\n").join(_html_of(block) for block in _blocks(source))


def _blocks(source: str) -> Iterator[Block]:
    for paragraph in re.split(r"\n[ \t]*(?:\n[ \t]*)+", source.strip()):
        lines = [line.strip() for line in paragraph.split("\n") if line.strip()]
        for kind, group in groupby(lines, key=_kind_of):
            yield from _grouped(kind, tuple(group))


def _grouped(kind: str, lines: tuple[str, ...]) -> Iterator[Block]:
    if kind in ("heading", "button"):
        yield from (Block(kind=kind, lines=(line,)) for line in lines)
    else:
        yield Block(kind=kind, lines=lines)


def _kind_of(line: str) -> str:
    if line.startswith("# "):
        return "heading"
    if line.startswith("- "):
        return "list"
    if len(line) > 1 and line.startswith("|") and line.endswith("|"):
        return "table"
    match = _INLINE.fullmatch(line)
    return "button" if match and match["url"] is not None and _url(match["url"]) else "paragraph"


def _url(written: str) -> str:
    """The address if it is a web or mail address, else empty."""
    url = plain(written)
    try:
        scheme = urlsplit(url).scheme.lower()
    except ValueError:
        return ""
    printable = url.isprintable() and " " not in url and url.isascii()
    return url if scheme in _LINK_SCHEMES and printable else ""


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line[1:-1].split("|")]


def _text_of(block: Block) -> str:
    lines = block.lines
    if block.kind == "table":
        return _text_table([[_text_inline(cell) for cell in _cells(line)] for line in lines])
    if block.kind == "heading":
        return _text_inline(lines[0][2:]).upper()
    return "\n".join(_text_inline(line) for line in lines)


def _text_table(rows: list[list[str]]) -> str:
    """Cells in columns, without the spaces at the ends of lines."""
    shown = [[cell.replace("\n", " ") for cell in row] for row in rows]
    widths: dict[int, int] = {}
    for row in shown:
        for n, cell in enumerate(row):
            widths[n] = max(widths.get(n, 0), len(cell))
    return "\n".join(
        "  ".join(cell.ljust(widths[n]) for n, cell in enumerate(row)).rstrip() for row in shown
    )


def _text_inline(line: str) -> str:
    def shown(match: re.Match[str]) -> str:
        if match["bold"] is not None:
            return match["bold"]
        url = _url(match["url"])
        if not url or plain(match["label"]) in (url, url.removeprefix("mailto:")):
            return match["label"]
        return f"{match['label']}: {url.removeprefix('mailto:')}"

    return plain(_INLINE.sub(shown, line))


def _html_of(block: Block) -> Markup:
    lines = block.lines
    if block.kind == "table":
        head, *rows = (_cells(line) for line in lines)
        return Markup("<table class=data><tr>{}</tr>{}</table>").format(
            _joined(head, tag="th"),
            Markup("").join(Markup("<tr>{}</tr>").format(_joined(row, tag="td")) for row in rows),
        )
    if block.kind == "heading":
        return Markup("<h2>{}</h2>").format(_html_inline(lines[0][2:]))
    if block.kind == "list":
        return Markup("<ul>{}</ul>").format(_joined([line[2:] for line in lines], tag="li"))
    if block.kind == "button":
        return Markup("<p class=button>{}</p>").format(_html_inline(lines[0]))
    return Markup("<p>{}</p>").format(Markup("<br>\n").join(map(_html_inline, lines)))


def _joined(texts: list[str], *, tag: str) -> Markup:
    element = Markup(f"<{tag}>{{}}</{tag}>")  # noqa: S704  the tag is one of this module
    return Markup("").join(element.format(_html_inline(text)) for text in texts)


def _html_inline(line: str) -> Markup:
    parts: list[Markup] = []
    end = 0
    for match in _INLINE.finditer(line):
        parts += [_escaped(line[end : match.start()]), _html_element(match, escaped=_escaped)]
        end = match.end()
    return Markup("").join([*parts, _escaped(line[end:])])


def _html_element(match: re.Match[str], *, escaped: Callable[[str], Markup]) -> Markup:
    if match["bold"] is not None:
        return Markup("<strong>{}</strong>").format(escaped(match["bold"]))
    url = _url(match["url"])
    if not url:
        return escaped(match["label"])
    return Markup('<a href="{}">{}</a>').format(url, escaped(match["label"]))


def _escaped(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in plain(text).split("\n"))
