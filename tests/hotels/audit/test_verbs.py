"""The registry of audit verbs."""

import pytest

from hotels import audit
from hotels.audit import verbs
from hotels.audit.verbs import Verb, label_of, register_verb
from hotels.models import Hotel


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verbs registered by a test are gone after it."""
    monkeypatch.setattr(verbs, "_labels", dict(verbs._labels))


@pytest.mark.parametrize("verb", Verb)
def test_every_verb_of_the_hotels_app_is_registered_with_its_label(verb: Verb) -> None:
    assert label_of(verb.value) == verb.label


@pytest.mark.usefixtures("own_registry")
def test_a_registered_verb_is_offered_with_its_label() -> None:
    register_verb("treat", "treated")

    assert label_of("treat") == "treated"
    assert ("treat", "treated") in verbs.choices()


def test_a_verb_that_is_no_longer_registered_is_shown_by_its_name() -> None:
    assert label_of("teleport") == "teleport"


def test_a_verb_cannot_be_registered_twice() -> None:
    with pytest.raises(ValueError, match=r"The audit verb 'add' is already registered, as added\."):
        register_verb("add", "included")


@pytest.mark.parametrize("name", ["", "a" * 21])
def test_a_verb_that_does_not_fit_its_column_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"must have 1 to 20 characters\."):
        register_verb(name, "done")


@pytest.mark.django_db
def test_an_unregistered_verb_cannot_be_recorded(hotel: Hotel, now) -> None:
    with pytest.raises(ValueError, match="The audit verb 'teleport' is not registered"):
        audit.record(by="ana", verb="teleport", row=hotel, now=now)
