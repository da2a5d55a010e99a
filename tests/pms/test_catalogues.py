"""The console speaks its languages wholly: nothing is missing, guessed, left over or broken."""

import re
import string
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import IO

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from django.conf import settings
from django.utils import translation
from django.utils.translation import ngettext

from hotels import formats
from jobs.cron_expressions.description import LANGUAGES as SPOKEN
from tests import catalogues

PERCENT = re.compile(r"%\(\w+\)[-#0 +]*\d*(?:\.\d+)?[diouxXeEfFgGcrs]|%[diouxXeEfFgGcrs%]")
languages = pytest.mark.parametrize("language", catalogues.LANGUAGES)


@cache
def template() -> Catalog:
    """All texts there are."""
    return catalogues.extracted()


def keys(catalogue: Catalog) -> set[tuple[str | None, str | tuple[str, ...]]]:
    """What a catalogue translates: context and text, with its plural."""
    return {
        (each.context, tuple(each.id) if each.pluralizable else each.id)
        for each in catalogue
        if each.id
    }


def pairs(message: Message) -> list[tuple[str, str]]:
    """Each form of a text with its translation; from the second plural on they say as the first."""
    if not message.pluralizable:
        return [(message.id, message.string)]
    return [(message.id[min(n, 1)], words) for n, words in enumerate(message.string)]


def placeholders(text: str) -> list[str]:
    """What is put into a text: `%(name)s`, `%d`, `{name}`."""
    braces = [f"{{{name}}}" for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    return sorted(PERCENT.findall(text) + braces)


def test_every_language_offered_but_that_of_the_source_has_a_catalogue() -> None:
    assert ["en", *catalogues.LANGUAGES] == [code for code, _ in settings.LANGUAGES]


@languages
def test_every_text_of_sources_and_templates_is_in_the_catalogue_and_nothing_else(
    language: str,
) -> None:
    assert keys(catalogues.read(language)) == keys(template())


@languages
def test_every_text_is_translated_in_every_form(language: str) -> None:
    assert [each.id for each in catalogues.untranslated(catalogues.read(language))] == []


@languages
def test_nothing_is_guessed_or_left_over(language: str) -> None:
    catalogue = catalogues.read(language)

    assert [each.id for each in catalogue if each.fuzzy and each.id] == []
    assert list(catalogue.obsolete) == []


@languages
def test_what_is_put_into_a_text_is_put_into_its_translation(language: str) -> None:
    wrong = [
        (text, words)
        for message in catalogues.read(language)
        for text, words in pairs(message)
        if message.id and placeholders(text) != placeholders(words)
    ]

    assert wrong == []


@languages
def test_a_translation_begins_and_ends_as_its_text_does(language: str) -> None:
    wrong = [
        words
        for message in catalogues.read(language)
        for text, words in pairs(message)
        if message.id and (ends(text) != ends(words))
    ]

    assert wrong == []


def ends(text: str) -> tuple[str, str, bool]:
    """White space around it, and whether it is a sentence."""
    body = text.strip()
    return text[: text.index(body)], text[text.index(body) + len(body) :], body.endswith((".", "…"))


@languages
def test_the_compiled_catalogue_is_that_of_the_written_one(language: str) -> None:
    written = BytesIO(catalogues.compiled(catalogues.merged(language, template())))

    with catalogues.po(language).with_suffix(".mo").open("rb") as shipped:
        assert meaning(shipped) == meaning(written)


def meaning(file: IO[bytes]) -> tuple[str, dict[tuple[str | None, str], object]]:
    """What a compiled catalogue says, however its bytes are laid out."""
    counts = plural_forms(file)
    file.seek(0)
    return counts, {(each.context, str(each.id)): each.string for each in read_mo(file) if each.id}


def plural_forms(file: IO[bytes]) -> str:
    """How a compiled catalogue counts."""
    return GNUTranslations(file).info()["plural-forms"]


@languages
def test_of_a_language_only_one_thing_is_in_the_singular(language: str) -> None:
    with catalogues.po(language).with_suffix(".mo").open("rb") as file:
        assert plural_forms(file) == catalogues.PLURALS[language]
    with translation.override(language):
        none, one, two = (ngettext("%(count)d hour", "%(count)d hours", n) for n in range(3))
    assert none == two not in {one, "%(count)d hours"}


@languages
def test_a_language_has_formats_and_words_for_schedules(language: str) -> None:
    assert Locale.parse(SPOKEN[language].code).language == language
    with translation.override(language):
        assert formats.locale().language == language


def test_a_new_text_is_merged_without_a_guess_and_one_that_is_gone_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogues, "HOME", tmp_path)
    old = Catalog(locale="de")
    old.add("Room", "Zimmer")
    old.add("Suite", "Suite")
    catalogues.po("de").parent.mkdir(parents=True)
    catalogues.po("de").write_bytes(catalogues.written(old))
    template = Catalog()
    template.add("Room")
    template.add("Rooms")

    merged = catalogues.merged("de", template)

    assert {each.id: each.string for each in merged if each.id} == {"Room": "Zimmer", "Rooms": None}
    assert [each.id for each in catalogues.untranslated(merged)] == ["Rooms"]
