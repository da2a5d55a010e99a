"""Encryption of stored secrets under SECRET_KEY."""

import pytest
from django.test import override_settings

from hotels.encryption import CannotDecrypt, decrypt, encrypt

pytestmark = pytest.mark.once

OLD, NEW = "the old key" * 5, "the new key" * 5


def test_a_text_is_read_back_as_it_was() -> None:
    assert decrypt(encrypt("whsec_Olá, 世界")) == "whsec_Olá, 世界"


def test_what_is_stored_does_not_show_the_text() -> None:
    stored = encrypt("whsec_secret")

    assert stored.isascii()
    assert "secret" not in stored


def test_the_same_text_is_never_stored_alike() -> None:
    assert encrypt("whsec_secret") != encrypt("whsec_secret")


def test_a_text_stored_under_an_earlier_key_is_still_read() -> None:
    with override_settings(SECRET_KEY=OLD):
        stored = encrypt("whsec_secret")

    with override_settings(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[OLD]):
        assert decrypt(stored) == "whsec_secret"


def test_a_new_text_is_stored_under_the_newest_key() -> None:
    with override_settings(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[OLD]):
        stored = encrypt("whsec_secret")

    with override_settings(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[]):
        assert decrypt(stored) == "whsec_secret"


def test_a_text_stored_under_an_unknown_key_is_refused_in_words() -> None:
    with override_settings(SECRET_KEY=OLD):
        stored = encrypt("whsec_secret")

    with (
        override_settings(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[]),
        pytest.raises(CannotDecrypt, match="Add that key to SECRET_KEY_FALLBACKS"),
    ):
        decrypt(stored)


@pytest.mark.parametrize("stored", ["", "plain text", "gAAAAA", "ключ"])
def test_a_text_that_was_not_encrypted_is_refused(stored: str) -> None:
    with pytest.raises(CannotDecrypt):
        decrypt(stored)


def test_a_changed_text_is_refused() -> None:
    stored = encrypt("whsec_secret")
    middle = len(stored) // 2
    changed = stored[:middle] + ("A" if stored[middle] != "A" else "B") + stored[middle + 1 :]

    with pytest.raises(CannotDecrypt):
        decrypt(changed)
