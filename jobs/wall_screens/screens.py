"""Setting up and revoking wall screens, with an entry in the audit trail."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hotels import audit
from hotels.audit import Verb, Via
from hotels.errors import ActionRefused
from hotels.models import Hotel
from hotels.roles import Access, Action
from jobs.models import WallScreen
from jobs.models.wall_screen import digest_of, new_token

MOST = 100  # screens that one person set up


def screens_of(access: Access) -> QuerySet[WallScreen]:
    """Return the screens that show a hotel of which the user is an administrator."""
    rows = WallScreen.objects.all()
    if access.everywhere:
        return rows
    administered = access.hotel_ids(action=Action.GRANT)
    through = WallScreen.hotels.through.objects.filter(hotel_id__in=administered)
    return rows.filter(pk__in=through.values("wallscreen_id"))


@transaction.atomic
def create_screen(
    *, label: str, hotels: Sequence[Hotel], by: AbstractBaseUser, via: Via, now: datetime
) -> tuple[WallScreen, str]:
    """Store a screen; return it with its token, which is shown once.

    Raises ActionRefused without a hotel, or if `by` has set up too many screens.
    """
    if not hotels:
        raise ActionRefused(_("Choose at least one hotel."))
    if WallScreen.objects.filter(created_by_id=by.pk).count() >= MOST:
        raise ActionRefused(
            _("There are %(count)d wall screens already. Revoke some first.") % {"count": MOST}
        )
    token = new_token()
    screen = WallScreen.objects.create(
        label=label, digest=digest_of(token), created_at=now, created_by_id=by.pk
    )
    screen.hotels.set(hotels)
    audit.record(
        by=by,
        verb=Verb.ADD,
        row=screen,
        after={"label": label},
        hotel=hotels[0] if len(hotels) == 1 else None,
        via=via,
        note=", ".join(hotel.code for hotel in hotels)[:200],
        now=now,
    )
    return screen, token


@transaction.atomic
def revoke_screen(*, screen: WallScreen, by: AbstractBaseUser, via: Via, now: datetime) -> None:
    """Delete the screen: its addresses answer 404 from now on."""
    audit.record(
        by=by, verb=Verb.REVOKE, row=screen, before={"label": screen.label}, via=via, now=now
    )
    screen.delete()


def screen_of_token(token: str) -> WallScreen | None:
    """Return the screen of a token; None for a token that is unknown or revoked."""
    return WallScreen.objects.filter(digest=digest_of(token)).first()
