"""Messages as they are written: three languages, HTML and text, and values that are no markup."""

from html.parser import HTMLParser

import pytest
from django.utils import translation

from hotels.notifications.email.kinds import KINDS, NO_COLUMNS, MailKind
from hotels.notifications.email.markup import literal, to_html, to_text
from hotels.notifications.email.rendering import Letterhead, Written, one_line, write, write_plain
from hotels.notifications.email.templates import (
    MailTemplate,
    check,
    default_template,
    languages,
)

pytestmark = pytest.mark.once
HOTEL = Letterhead(name="Hotel Aurora", address="Rua A 1\nLisboa", email="desk@aurora.example")


def written(
    *,
    kind: str = "no-show",
    language: str = "en",
    template: MailTemplate | None = None,
    name: str = "Ana Silva",
    **values: str,
) -> Written:
    found = KINDS[kind]
    return write(
        kind=found,
        language=language,
        template=template or default_template(kind=kind, language=language),
        values={**found.sample_values(), **values},
        recipient_name=name,
        letterhead=HOTEL,
    )


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_each_kind_has_a_template_in_each_language(kind: MailKind, language: str) -> None:
    template = default_template(kind=kind.name, language=language)
    check(template, kind=kind)

    message = written(kind=kind.name, language=language)

    assert message.subject
    assert "{{" not in message.text
    assert f'lang="{language}"' in message.html
    assert "Rua A 1" in message.text
    assert "Rua A 1" in message.html


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_template_uses_the_same_variables_in_each_language(kind: MailKind) -> None:
    """A variable that one language forgot would leave its readers without it."""
    names = [each.name for each in (*kind.variables, *kind.lists)]
    sources = {
        language: "".join([template.subject, template.body])
        for language in languages()
        for template in [default_template(kind=kind.name, language=language)]
    }

    for name in names:
        used = {language for language, source in sources.items() if name in source}
        assert used in (set(), set(sources)), name


def test_a_column_has_no_name_that_pythons_dicts_use() -> None:
    columns = {column for kind in KINDS.values() for each in kind.lists for column in each.columns}

    assert not columns & NO_COLUMNS


def test_html_and_text_say_the_same() -> None:
    message = written(fee="99.00 EUR")

    assert "no-show fee of 99.00 EUR" in message.text
    assert "no-show fee of <strong>99.00 EUR</strong>" in message.html


def test_styles_are_written_into_the_elements() -> None:
    html = written().html

    assert "<style" not in html
    assert '<p style="margin: 16px 0;">' in html


def test_a_value_is_neither_markup_nor_html() -> None:
    hostile = "**A** [x](https://evil.example) <script>alert(1)</script> {{ 7 * 7 }}\n# B"

    message = written(name=hostile)

    assert "<script" not in message.html
    assert "evil.example)" in message.html  # shown as text
    assert 'href="https://evil.example' not in message.html
    assert "49" not in message.text
    assert f"Dear {hostile.replace(chr(10), ' ')}," in message.text


@pytest.mark.parametrize(
    "breaks", ["\r\nBcc: a@b.example", "\nX: 1", "\u2028Bcc: x", "\x00", "\x85X"]
)
def test_a_subject_is_one_line_whatever_the_values_are(breaks: str) -> None:
    subject = written(booking=f"B-1{breaks}").subject

    assert subject.isprintable()


def test_a_long_subject_is_cut() -> None:
    assert len(written(booking="B" * 500).subject) == 180


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a b", "vbscript:x"],
)
def test_only_web_and_mail_addresses_become_links(url: str) -> None:
    assert "href" not in to_html(f"[label]({literal(url)})")


def test_text_shows_where_a_link_goes() -> None:
    assert to_text("See [the page](https://a.example/x).") == "See the page: https://a.example/x.\n"


def test_a_table_is_aligned_in_text_and_a_table_in_html() -> None:
    source = "| Room | Guest |\n| 1 | Ana |\n| 204 | Jo |"

    assert to_text(source) == "Room  Guest\n1     Ana\n204   Jo\n"
    assert to_html(source).count("<tr>") == 3


def test_a_cell_cannot_add_a_column() -> None:
    row = f"| {literal('a | b')} | c |"

    assert to_html(f"| H | I |\n{row}").count("<td>") == 2


def test_a_text_without_a_template_is_shown_as_it_is() -> None:
    message = write_plain(
        subject="Rooms", body="Rooms: **1**\n\n# 2", language="en", letterhead=Letterhead()
    )

    assert message.text == "Rooms: **1**\n\n# 2\n"
    assert "<strong>" not in message.html


def test_one_line_keeps_letters_of_every_script() -> None:
    assert one_line("Zoë  Ωμέγα 客", longest=50) == "Zoë Ωμέγα 客"


def test_samples_are_in_the_language() -> None:
    with translation.override("en"):
        assert KINDS["invitation"].sample_values()["role"] == "front desk"


class _Elements(HTMLParser):
    """Fails where an end tag does not match the open element."""

    VOID = frozenset({"meta", "br", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_well_formed() -> None:
    elements = _Elements()
    elements.feed(written(kind="no-show-digest").html)

    assert elements.open == []
