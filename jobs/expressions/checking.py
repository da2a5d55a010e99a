"""What a hotel may type as a schedule."""

from datetime import UTC, datetime

from jobs.expressions.pattern import BadExpression, fields_of
from jobs.expressions.slots import upcoming

LONGEST = 200
NAMES = ("minute", "hour", "day of month", "month", "day of week")
ALLOWED = (
    "0 to 59",
    "0 to 23",
    "1 to 31, or L or LW alone for the last day or working day",
    "1 to 12 or JAN to DEC",
    "0 to 7 (both are Sunday) or SUN to SAT, or such as 5L alone for the last Friday",
)
LARGEST = (59, 23, 31, 12, 7)
FORMS = "rising ranges such as 1-5, lists such as 1,3 and steps such as */2"
SIGNS = {
    "%": "% has no place in a schedule: cron would end the line of a crontab there.",
    "#": "# has no place in a schedule: crontabs take it for a comment, or for the nth weekday.",
}


def validate(*, expression: str) -> None:
    """Raises BadExpression with one sentence: which value, and what is allowed.

    Stricter than what can be read: exactly five fields, no `@daily`, no `%` and no `#`, and no
    expression that never comes.
    """
    if len(expression) > LONGEST:
        raise BadExpression(f"A schedule has at most {LONGEST} characters, not {len(expression)}.")
    for sign, sentence in SIGNS.items():
        if sign in expression:
            raise BadExpression(sentence)
    fields = expression.split()
    if expression.strip().startswith("@"):
        raise BadExpression(f"Words such as {fields[0]!r} are not accepted: write the five fields.")
    if len(fields) != len(NAMES):
        count = "1 field" if len(fields) == 1 else f"{len(fields)} fields"
        raise BadExpression(
            f"{expression!r} has {count}; a schedule has exactly five: {', '.join(NAMES)}."
        )
    for position, field in enumerate(fields):
        _check_field(position, field)
    if not _ever_comes(expression):
        raise BadExpression(f"{expression!r} never comes: no date matches its days and months.")


def _check_field(position: int, field: str) -> None:
    terms = field.split(",")
    for term in terms:
        listed_last = len(terms) > 1 and position in (2, 4) and "L" in term.upper()
        if listed_last or not _can_be(position, term):
            raise BadExpression(
                f"{term!r} cannot be the {NAMES[position]}: "
                f"allowed are {ALLOWED[position]}, {FORMS}."
            )


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
