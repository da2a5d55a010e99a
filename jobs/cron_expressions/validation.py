"""What a hotel may type as a schedule."""

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
    gettext_lazy("1 to 31, or L or LW alone for the last day or working day"),
    gettext_lazy("1 to 12 or JAN to DEC"),
    gettext_lazy("0 to 7 (both are Sunday) or SUN to SAT, or such as 5L alone for the last Friday"),
)
LARGEST = (59, 23, 31, 12, 7)
SIGNS = {
    "%": gettext_lazy(
        "%(sign)s has no place in a schedule: cron would end the line of a crontab there."
    ),
    "#": gettext_lazy(
        "%(sign)s has no place in a schedule: crontabs take it for a comment, or for the nth "
        "weekday."
    ),
}


def validate(*, expression: str) -> None:
    """Raises BadExpression with one sentence: which value, and what is allowed.

    Stricter than what can be read: exactly five fields, no `@daily`, no `%` and no `#`, and no
    expression that never comes.
    """
    if len(expression) > LONGEST:
        words = _("A schedule has at most %(most)d characters, not %(count)d.")
        raise BadExpression(words % {"most": LONGEST, "count": len(expression)})
    for sign, sentence in SIGNS.items():
        if sign in expression:
            raise BadExpression(sentence % {"sign": sign})
    fields = expression.split()
    if expression.strip().startswith("@"):
        words = _("Words such as %(word)r are not accepted: write the five fields.")
        raise BadExpression(words % {"word": fields[0]})
    if len(fields) != len(NAMES):
        words = ngettext(
            "%(expression)r has %(count)d field; a schedule has exactly five: %(names)s.",
            "%(expression)r has %(count)d fields; a schedule has exactly five: %(names)s.",
            len(fields),
        )
        names = ", ".join(map(str, NAMES))
        raise BadExpression(
            words % {"expression": expression, "count": len(fields), "names": names}
        )
    for position, field in enumerate(fields):
        _check_field(position, field)
    if not _ever_comes(expression):
        words = _("%(expression)r never comes: no date matches its days and months.")
        raise BadExpression(words % {"expression": expression})


def _check_field(position: int, field: str) -> None:
    terms = field.split(",")
    for term in terms:
        listed_last = len(terms) > 1 and position in (2, 4) and "L" in term.upper()
        if listed_last or not _can_be(position, term):
            words = _(
                "%(term)r cannot be the %(name)s: allowed are %(allowed)s, rising ranges such as "
                "1-5, lists such as 1,3 and steps such as */2."
            )
            allowed = {"name": NAMES[position], "allowed": ALLOWED[position]}
            raise BadExpression(words % {"term": term, **allowed})


def _can_be(position: int, term: str) -> bool:
    """Whether CronSim reads the term there, and reads it as it is meant."""
    fields = ["*"] * len(NAMES)
    fields[position] = term
    _, _, step = term.partition("/")
    try:
        fields_of(" ".join(fields))
    except BadExpression:
        return False
    return term.isascii() and (not step or ("L" not in term.upper() and _small(position, step)))


def _small(position: int, step: str) -> bool:
    # CronSim takes */90 minutes for minute 0: not what anybody means by it.
    return int(step) <= LARGEST[position]


def _ever_comes(expression: str) -> bool:
    try:
        instants = upcoming(expression=expression, zone=UTC, after=datetime(2000, 1, 1, tzinfo=UTC))
    except BadExpression:  # each field can be, together they cannot: 30 February
        return False
    return next(instants, None) is not None
