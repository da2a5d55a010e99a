"""Settings of the admin theme (unfold), with the console's menu."""

from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.functional import Promise, lazy
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

Item = dict[str, Any]


def _page(title: str | Promise, icon: str, name: str) -> Item:
    return {"title": title, "icon": icon, "link": reverse_lazy(name)}


def _list(icon: str, model: str) -> Item:
    # The name of the model, so that the menu and the heading of the list always agree.
    return _page(_plural(model), icon, f"admin:{model}_changelist")


def _plural_now(model: str) -> str:
    meta = apps.get_model(model.replace("_", ".", 1))._meta
    return str(capfirst(meta.verbose_name_plural))


_plural = lazy(_plural_now, str)


def superusers_only(request: HttpRequest) -> bool:
    """Return whether the user may see the list of logins and the workers."""
    return bool(getattr(request.user, "is_superuser", False))


def _office(item: Item) -> Item:
    return item | {"permission": "pms.menu_access.office_only"}


MENU: list[dict[str, Any]] = [
    {
        "items": [
            _page(_("Home"), "bedtime", "admin:index"),
            _office(_page(_("Timeline"), "view_timeline", "jobs:timeline")),
            _office(_page(_("Trends"), "monitoring", "jobs:trends")),
            _office(_list("receipt_long", "jobs_jobexecution")),
            _office(_page(_("Schedules"), "schedule", "jobs:schedules")),
            _page(_("Alerts"), "notifications", "jobs:alerts")
            | {"permission": "pms.menu_access.managers_only"},
            _office(_list("outgoing_mail", "hotels_message")),
        ],
    },
    {
        "title": _("Front desk"),
        "separator": True,
        "items": [
            _list("luggage", "hotels_booking"),
            _list("key", "hotels_bookingroom"),
            _office(_list("group", "hotels_guest")),
            _office(_page(_("No-shows"), "person_off", "hotels:no-shows")),
        ],
    },
    {
        "title": _("Operations"),
        "separator": True,
        "items": [
            _page(_("Housekeeping"), "cleaning_services", "hotels:housekeeping"),
            _page(_("Work orders"), "build", "hotels:work-orders"),
            _list("ac_unit", "hotels_equipment"),
            _list("event_repeat", "hotels_maintenanceplan"),
            _list("pause_circle", "hotels_maintenancepause"),
            _page(_("Availability"), "calendar_month", "hotels:availability"),
        ],
    },
    {
        "title": _("Accounts"),
        "separator": True,
        "items": [
            _office(_list("account_balance_wallet", "hotels_folio")),
            _office(_list("payments", "hotels_payment")),
            _office(_page(_("Invoices"), "request_quote", "hotels:invoices")),
        ],
    },
    {
        "title": _("Settings"),
        "separator": True,
        "items": [
            _list("apartment", "hotels_hotel"),
            _list("domain", "hotels_hotelgroup") | {"permission": "pms.theme.superusers_only"},
            _list("bed", "hotels_roomtype"),
            _list("meeting_room", "hotels_room"),
            _list("block", "hotels_roomblock"),
            _office(_list("gavel", "hotels_noshowpolicy")),
            _list("badge", "hotels_staffmember"),
            _office(_list("admin_panel_settings", "hotels_membership")),
            _page(_("E-mails"), "mail", "hotels:email-templates")
            | {"permission": "pms.menu_access.managers_only"},
            _page(_("Invitations"), "person_add", "hotels:invitations")
            | {"permission": "pms.menu_access.administrators_only"},
            _page(_("Wall screens"), "tv", "jobs:wall-screens")
            | {"permission": "pms.menu_access.administrators_only"},
            _page(_("Webhooks"), "webhook", "hotels:webhooks")
            | {"permission": "pms.menu_access.integrators_only"},
            _page(_("Workers"), "dns", "jobs:workers")
            | {"permission": "pms.theme.superusers_only"},
            _list("person", "auth_user") | {"permission": "pms.theme.superusers_only"},
            _page(_("Audit trail"), "history", "admin:hotels_auditentry_changelist")
            | {"permission": "hotels.admin.audit.may_read"},
        ],
    },
]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Hotel back office"),
    "SITE_HEADER": _("Hotel back office"),
    "SITE_SYMBOL": "bedtime",
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_LANGUAGES": True,
    "ACCOUNT": {
        "navigation": [{"title": _("Security"), "link": reverse_lazy("hotels:security")}],
    },
    "SIDEBAR": {"navigation": MENU},
    # Night blue; its 600 on white and its 500 on the dark ground keep WCAG's 4.5 : 1.
    "COLORS": {
        "primary": {
            "50": "oklch(97% .015 222)",
            "100": "oklch(94% .03 222)",
            "200": "oklch(88% .055 222)",
            "300": "oklch(81% .085 222)",
            "400": "oklch(74% .105 222)",
            "500": "oklch(70% .11 222)",
            "600": "oklch(46% .085 222)",
            "700": "oklch(40% .075 222)",
            "800": "oklch(34% .065 222)",
            "900": "oklch(29% .055 222)",
            "950": "oklch(22% .045 222)",
        },
        "font": {
            "subtle-light": "var(--color-base-600)",
            "subtle-dark": "var(--color-base-400)",
            "default-light": "var(--color-base-700)",
            "default-dark": "var(--color-base-300)",
            "important-light": "var(--color-base-900)",
            "important-dark": "var(--color-base-100)",
        },
    },
}
