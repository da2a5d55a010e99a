"""Validation of the schedules that a hotel can enter."""

from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from jobs.cron_expressions.occurrences import upcoming
from jobs.cron_expressions.parsing import BadExpression, fields_of

LONGEST = 200
NAMES = (
    pgettext_lazy("schedule", "minute"),
    pgettext_lazy("schedule", "hour"),
    pgettext_lazy("schedule", "day of month"),
    pgettext_lazy("schedule", "month"),
    pgettext_lazy("schedule", "day of week"),
)
ALLOWED = (
    gettext_lazy("0 to 59"),
    gettext_lazy("0 to 23"),
    gettext_lazy("1 to 31, or L (last day) or LW (last working day) as the only value"),
    gettext_lazy("1 to 12 or JAN to DEC"),
    gettext_lazy(
        "0 to 7 (0 and 7 are Sunday) or SUN to SAT, or as the only value such as 5L for the last "
        "Friday"
    ),
)
LARGEST = (59, 23, 31, 12, 7)
SIGNS = {
    "%": gettext_lazy("A schedule cannot contain %(sign)s: cron ends a crontab line there."),
    "#": gettext_lazy(
        "A schedule cannot contain %(sign)s: crontabs read it as a comment or as the nth weekday."
    ),
}


def validate(*, expression: str) -> None:
    """Raise BadExpression unless a hotel may use the expression as a schedule.

    The message is one sentence with the wrong value and the allowed ones. The rules are stricter
    than those of the parser: exactly five fields, no `@daily`, no `%`, no `#`, and at least one
    matching date.
    """
    if len(expression) > LONGEST:
        words = _("A schedule can have at most %(most)d characters; this one has %(count)d.")
        raise BadExpression(words % {"most": LONGEST, "count": len(expression)})
    for sign, sentence in SIGNS.items():
        if sign in expression:
            raise BadExpression(sentence % {"sign": sign})
    fields = expression.split()
    if expression.strip().startswith("@"):
        words = _("Words such as %(word)r are not allowed. Enter the five fields.")
        raise BadExpression(words % {"word": fields[0]})
    if len(fields) != len(NAMES):
        words = ngettext(
            "%(expression)r has %(count)d field. Enter exactly five: %(names)s.",
            "%(expression)r has %(count)d fields. Enter exactly five: %(names)s.",
            len(fields),
        )
        names = ", ".join(map(str, NAMES))
        raise BadExpression(
            words % {"expression": expression, "count": len(fields), "names": names}
        )
    for position, field in enumerate(fields):
        _check_field(position, field)
    if not _is_ever_due(expression):
        words = _("%(expression)r is never due: no date matches its days and months.")
        raise BadExpression(words % {"expression": expression})


def _check_field(position: int, field: str) -> None:
    terms = field.split(",")
    for term in terms:
        listed_last = len(terms) > 1 and position in (2, 4) and "L" in term.upper()
        if listed_last or not _is_valid(position, term):
            words = _(
                "%(term)r is not valid for the %(name)s. Allowed: %(allowed)s, ascending ranges "
                "such as 1-5, lists such as 1,3 and steps such as */2."
            )
            allowed = {"name": NAMES[position], "allowed": ALLOWED[position]}
            raise BadExpression(words % {"term": term, **allowed})


def _is_valid(position: int, term: str) -> bool:
    """Return True if CronSim accepts the term in this field and reads it as intended."""
    fields = ["*"] * len(NAMES)
    fields[position] = term
    _, _, step = term.partition("/")
    try:
        fields_of(" ".join(fields))
    except BadExpression:
        return False
    return term.isascii() and (
        not step or ("L" not in term.upper() and _is_step_in_range(position, step))
    )


def _is_step_in_range(position: int, step: str) -> bool:
    # CronSim reads */90 minutes as minute 0, which is not what the user meant.
    return int(step) <= LARGEST[position]


def _is_ever_due(expression: str) -> bool:
    try:
        instants = upcoming(expression=expression, zone=UTC, after=datetime(2000, 1, 1, tzinfo=UTC))
    except BadExpression:  # valid fields, impossible together: 30 February
        return False
    return next(instants, None) is not None
