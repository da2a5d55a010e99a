"""The words of the project: no banned ones, and counts that agree with their nouns."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.utils import translation
from django.utils.translation import ngettext

from tests import catalogues

ROOT = Path(__file__).resolve().parents[1]


def by_folder(paths: Iterable[Path]) -> list[list[Path]]:
    """The files of each folder: thousands of tests of one file each would take longer to begin."""
    return [list(files) for _, files in groupby(sorted(paths), key=lambda path: path.parent)]


SOURCES = by_folder(
    path
    for app in ("hotels", "jobs", "pms")
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts
)
TEXTS = by_folder(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "templates").rglob("*.html")]
)
each_folder = pytest.mark.parametrize(
    "files", SOURCES, ids=lambda files: str(files[0].parent.relative_to(ROOT))
)

# Words that need explaining, or that say "report" or "user" in a roundabout way.
BANNED = re.compile(
    r"\b(told|tells?|nobody(?:'s|’s)?|somebody(?:'s|’s)?|whoever|anew|firings?|"
    r"stands? for|what holds|goes by|c[ao]mes? to (?:nothing|\d)|what it came to|"
    r"for a person|is there already|in hand|contra lines?)\b",
    re.IGNORECASE,
)
# A docstring says what its function does or returns, not "Whether …".
RIDDLE = re.compile(r"(What|How|Who|Whose|Whether|Those|That|Where|When|Why|Which|As) ")
# "1 cycles": a number placed before a plural noun that cannot become singular.
COUNTED = re.compile(r"%\((?:count|number|days|total)\)[ds] [a-z]{3,}s\b")

# Texts that are only shown for more than one; one hotel has its own sentence.
ONLY_MANY = {
    "Paused in %(count)d hotels: %(names)s. The latest at %(when)s by %(name)s.",
    "Late in %(count)d hotels, by up to %(span)s: %(names)s.",
    "Failed in %(count)d hotels: %(names)s.",
    "Failed in %(count)d hotels: %(names)s. %(next)s",
    "Completed with problems in %(count)d hotels: %(names)s.",
    "Completed without problems for %(count)d of %(total)d hotels (%(when)s).",
    "Completed for all %(count)d hotels (%(when)s).",
}


@cache
def template() -> Catalog:
    """All texts for translation."""
    return catalogues.extracted()


def docstrings(tree: ast.AST) -> Iterator[str]:
    """All docstrings of a module."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, kinds) and (text := ast.get_docstring(node)):
            yield text


def words_of(source: str) -> Iterator[str]:
    """Comments and string literals, docstrings included."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING):
            yield token.string


def plurals_in_f_strings(tree: ast.AST) -> Iterator[str]:
    """Nouns in the plural right after a number: `f"{len(rows)} rows"`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        for value, text in zip(node.values, node.values[1:], strict=False):
            if isinstance(value, ast.FormattedValue) and isinstance(text, ast.Constant):
                number = re.search(r"len\(|count|total|sum\(", ast.unparse(value.value))
                noun = re.match(r" ([a-z]{3,}s)\b", str(text.value))
                if number and noun and "counted(" not in ast.unparse(value.value):
                    yield f"{ast.unparse(value.value)} {noun[1]}"


def found_in(files: list[Path], find: Callable[[str], Iterable[str]]) -> dict[str, list[str]]:
    """What is found in the texts of files, by file; nothing for files in which nothing is."""
    found = {str(path.relative_to(ROOT)): [*find(path.read_text())] for path in files}
    return {path: texts for path, texts in found.items() if texts}


@pytest.mark.once
@each_folder
def test_a_module_uses_no_banned_words(files: list[Path]) -> None:
    def banned(source: str) -> list[str]:
        if not BANNED.search(source):  # reading its words takes long
            return []
        return [text for text in words_of(source) if BANNED.search(text)]

    assert found_in(files, banned) == {}


@pytest.mark.once
@each_folder
def test_docstrings_of_a_module_say_what_is_done_or_returned(files: list[Path]) -> None:
    def riddles(source: str) -> list[str]:
        found = docstrings(ast.parse(source))
        return [text.splitlines()[0] for text in found if RIDDLE.match(text)]

    assert found_in(files, riddles) == {}


@pytest.mark.once
@each_folder
def test_counts_in_stored_texts_agree_with_their_nouns(files: list[Path]) -> None:
    assert found_in(files, lambda source: plurals_in_f_strings(ast.parse(source))) == {}


@pytest.mark.once
@pytest.mark.parametrize("files", TEXTS, ids=lambda files: str(files[0].parent.relative_to(ROOT)))
def test_a_page_uses_no_banned_words(files: list[Path]) -> None:
    assert found_in(files, lambda text: [match[0] for match in BANNED.finditer(text)]) == {}


@pytest.mark.once
def test_a_text_with_a_counted_noun_has_a_singular() -> None:
    texts = {each.id for each in template() if each.id and not each.pluralizable}
    assert {text for text in texts if COUNTED.search(text)} - ONLY_MANY == set()


@pytest.mark.once
@pytest.mark.parametrize("number", [0, 1, 2, 5, 1000])
@pytest.mark.parametrize("language", ["en", *catalogues.LANGUAGES])
def test_a_counted_noun_is_singular_for_one_only(language: str, number: int) -> None:
    pairs = [each.id for each in template() if each.pluralizable and not each.context]
    with translation.override(language):
        for one, many in pairs:
            forms = ngettext(one, many, 1), ngettext(one, many, 2)
            assert ngettext(one, many, number) == forms[number != 1]


@pytest.mark.parametrize(
    ("text", "banned"),
    [
        ("Nothing is told.", True),
        ("Room 101 is nobody's now.", True),
        ("A contra line stands against the fee.", True),
        ("Room 101 is now unassigned.", False),
        ("See the totals.", False),
    ],
)
def test_the_list_of_banned_words_finds_them(text: str, banned: bool) -> None:
    assert bool(BANNED.search(text)) is banned


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('f"{len(rows)} rows"', ["len(rows) rows"]),
        ("f\"{counted(len(rows), 'row')} deleted\"", []),
        ('f"{name} rows"', []),
    ],
)
def test_a_plural_after_a_number_is_found(source: str, found: list[str]) -> None:
    assert list(plurals_in_f_strings(ast.parse(source))) == found
