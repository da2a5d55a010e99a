"""The catalogues of the words people read, kept with Babel (docs/howto/translate.md).

`python -m tests.catalogues`, which is `make messages`, brings them in line with the sources and
lists what is still to be translated; its exit code is 1 where something is.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("hotels", "jobs", "pms", "templates")
HOME = ROOT / "pms" / "locale"
# How a language counts, by CLDR: Portuguese as in Portugal; what Babel calls "pt" is as in Brazil,
# where none are one.
PLURALS = {
    "de": "nplurals=2; plural=(n != 1);",
    "pt": "nplurals=2; plural=(n != 1);",
}
LANGUAGES = tuple(PLURALS)
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# What our pages show of the theme, which brings no catalogues; Django has a few of its words.
THEME: tuple[str | tuple[str, str], ...] = (
    "After you've created a user, you’ll be able to edit more user options.",
    "All applications",
    "Apply Filters",
    "Click to cancel",
    "Expand row",
    "False",
    "Filters",
    "Forgotten your password or username?",
    (
        "\n                Found %(counter)s result in %(time)s seconds\n            ",
        "\n                Found %(counter)s results in %(time)s seconds\n            ",
    ),
    "General",
    "Go back",
    "Loading more results...",
    "More actions",
    "Next",
    "No data",
    "No recent searches",
    "No results found",
    "No results matching your query",
    "Previous",
    "Raw passwords are not stored, so there is no way to see this user’s password, but you can "
    'change the password using <a href="{}" class="text-primary-600 dark:text-primary-500">this '
    "form</a>.",
    "Recent searches",
    "Reset filters",
    "Return to site",
    "Search apps and models...",
    "Select action",
    "Select action to run",
    "Select all rows",
    "Select record",
    "Select value",
    "Submit",
    "This item will be deleted.",
    "This page yielded into no results. Create a new item or reset your filters.",
    "Toggle password visibility",
    "True",
    "Type to search",
    "View",
    "Welcome back to",
    "You have been successfully logged out from the administration",
)


class Words(Catalog):
    """A catalogue whose head tells nothing of when and with what it was written."""

    @property
    def plural_forms(self) -> str:
        """How the language counts, whichever Babel is installed."""
        return PLURALS[str(self.locale_identifier)]

    @property
    def num_plurals(self) -> int:
        """How many forms that makes."""
        return int(self.plural_forms.removeprefix("nplurals=").partition(";")[0])

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """What gettext needs, and no more: the same texts make the same files."""
        return [
            ("Language", str(self.locale_identifier)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def po(language: str) -> Path:
    """Where the translations of a language are written."""
    return HOME / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """A language's translations; empty for a new language."""
    if not po(language).exists():
        return Catalog(locale=language)
    with po(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def extracted() -> Catalog:
    """Every text of the sources and templates, and of the theme what it leaves in English."""
    found = Catalog()
    for top in SOURCES:
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts:
                for words, context in _texts(path):
                    found.add(words, locations=[(str(path.relative_to(ROOT)), 0)], context=context)
    for words in THEME:
        found.add(words, locations=[("unfold", 0)])
    return found


def _texts(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    source = path.read_text()
    if path.suffix != ".py":
        # Django turns a template into something that reads like Python, but for its indents.
        lines = templatize(source, origin=str(path)).splitlines()
        source = "\n".join(line.strip() for line in lines)
    found = extract("python", BytesIO(source.encode()), keywords=KEYWORDS)
    return ((words, context) for _line, words, _comments, context in found)


def merged(language: str, template: Catalog) -> Catalog:
    """What is translated, for the texts there are: nothing guessed, nothing kept that is gone."""
    kept = read(language)
    new = Words(locale=language, fuzzy=False, header_comment="# docs/howto/translate.md")
    for message in template:
        if message.id:
            old = kept.get(message.id, message.context)
            same = old is not None and old.id == message.id and not old.fuzzy
            new.add(
                message.id,
                old.string if same and old is not None else None,
                locations=sorted({(name, None) for name, _line in message.locations}),
                context=message.context,
            )
    return new


def written(catalogue: Catalog) -> bytes:
    """The text of a .po file."""
    file = BytesIO()
    write_po(file, catalogue, width=100, include_lineno=False, sort_output=False)
    return file.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """The bytes of the .mo file Django reads."""
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def untranslated(catalogue: Catalog) -> list[Message]:
    """The texts without words in every form."""
    return [
        each
        for each in catalogue
        if each.id and not (all(each.string) if each.pluralizable else each.string)
    ]


def main() -> int:
    """Write all catalogues anew; tell what is missing."""
    template = extracted()
    missing = 0
    for language in LANGUAGES:
        catalogue = merged(language, template)
        po(language).parent.mkdir(parents=True, exist_ok=True)
        po(language).write_bytes(written(catalogue))
        po(language).with_suffix(".mo").write_bytes(compiled(catalogue))
        todo = untranslated(catalogue)
        missing += len(todo)
        sys.stdout.write(f"{language}: {len(catalogue)} texts, {len(todo)} to translate\n")
        for message in todo:
            sys.stdout.write(f"  {message.locations[0][0]}: {message.id!r}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
