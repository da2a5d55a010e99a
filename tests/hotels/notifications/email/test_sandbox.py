"""Templates that hotels write: what they may use, and that nothing gets out of the sandbox."""

import pytest

from hotels.notifications.email import sandbox
from hotels.notifications.email.kinds import KINDS
from hotels.notifications.email.sandbox import TemplateFailed, TemplateRefused, check_template

pytestmark = pytest.mark.once
NO_SHOW = KINDS["no-show"]
DIGEST = KINDS["no-show-digest"]

# Published ways out of Jinja's templates, and ways to work for ever.
ATTACKS = [
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ ''|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
    "{{ booking.__class__ }}",
    "{{ booking.__class__.__base__.__subclasses__() }}",
    "{{ booking|attr('__class__')|attr('__base__') }}",
    "{{ booking.format.__globals__ }}",
    "{{ '{0.__class__}'.format(booking) }}",
    "{{ '{0.__class__.__init__.__globals__}'.format(booking) }}",
    "{{ '%s' % booking }}",
    "{{ '{x}'.format_map({'x': 1}) }}",
    "{{ booking.encode() }}",
    "{{ booking.upper() }}",
    "{{ self }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ config }}",
    "{{ request.application.__globals__ }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ url_for.__globals__ }}",
    "{{ dict.__base__ }}",
    "{{ range(10000000) }}",
    "{% for n in range(100000000) %}x{% endfor %}",
    "{{ [1, 2].append(3) }}",
    "{{ {}.__class__ }}",
    "{{ ().__class__.__bases__ }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 'a' * 1000000000 }}",
    "{{ '%999999999d' % 1 }}",
    "{{ 'a'|center(1000000000) }}",
    "{{ rooms|map(attribute='__class__')|list }}",
    "{{ rooms|groupby('__class__') }}",
    "{{ rooms|sum(attribute='__class__') }}",
    "{{ rooms|tojson }}",
    "{{ rooms|pprint }}",
    "{% for room in rooms %}{{ room.items() }}{% endfor %}",
    "{% for room in rooms %}{{ room.__class__ }}{% endfor %}",
    "{% for room in rooms %}{{ room['room'] }}{% endfor %}",
    "{% for room in rooms %}{{ loop.__class__ }}{% endfor %}",
    "{% for room in rooms %}{{ loop.cycle('a') }}{% endfor %}",
    "{% for room in rooms %}{{ loop._iterator }}{% endfor %}",
    "{% for room in rooms recursive %}{{ loop(rooms) }}{% endfor %}",
    "{% macro m() %}{{ caller() }}{{ m() }}{% endmacro %}{{ m() }}",
    "{% set x = ''.__class__ %}{{ x }}",
    "{% set x %}{{ booking }}{% endset %}{{ x }}",
    "{% with x = booking %}{{ x }}{% endwith %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import system %}",
    "{% extends 'admin/base.html' %}",
    "{% block a %}{% endblock %}",
    "{% call booking() %}{% endcall %}",
    "{% filter upper %}{{ booking }}{% endfilter %}",
    "{% autoescape false %}{{ booking }}{% endautoescape %}",
    "{{ booking is callable }}",
    "{{ booking ~ booking }}",
]


@pytest.mark.parametrize("source", ATTACKS)
def test_an_attack_is_refused_before_it_is_saved(source: str) -> None:
    with pytest.raises(TemplateRefused):
        check_template(source, kind=DIGEST)


@pytest.mark.parametrize("source", ATTACKS)
def test_an_attack_that_was_stored_is_not_carried_out(source: str) -> None:
    with pytest.raises(TemplateFailed):
        sandbox.render(source, kind=DIGEST, values=DIGEST.sample_values())


# Those that even the bare sandbox has to stop: should the check ever let something through.
@pytest.mark.parametrize(
    "source",
    [each for each in ATTACKS if "__" in each and "map(" not in each and "set" not in each],
)
def test_the_sandbox_alone_stops_access_to_pythons_objects(source: str) -> None:
    template = "no template"
    with pytest.raises(Exception):  # noqa: B017  refused while it is read, or while it runs
        template = sandbox._environment.from_string(source).render(
            booking="B-1", rooms=[{"room": "101"}]
        )
    assert template == "no template"


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("Dear {{ name }},\n{{ bookin }}", 2, "no variable “bookin”"),
        ("\n\n{% if fee %}", 3, "cannot be read"),
        ("{{ booking|shout }}", 1, "no filter “shout”"),
        ("{{ has_fee }}", 1, "not be written"),
        ("a\n{% for x in guests %}{% endfor %}", 2, "a loop goes over a list"),
        ("{% set a = 1 %}", 1, "not “Assign”"),
    ],
)
def test_a_refusal_names_the_line_and_the_problem(source: str, line: int, words: str) -> None:
    with pytest.raises(TemplateRefused, match=words) as refused:
        check_template(source, kind=NO_SHOW)

    assert refused.value.line == line


def test_a_template_that_is_too_long_is_refused() -> None:
    with pytest.raises(TemplateRefused, match="at most"):
        check_template("x" * 20_001, kind=NO_SHOW)


def test_a_template_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(TemplateRefused, match="nested too deeply"):
        check_template("{% if fee %}" * 12 + "{% endif %}" * 12, kind=NO_SHOW)


def test_a_third_loop_inside_two_is_refused() -> None:
    source = "".join(f"{{% for {name} in rooms %}}" for name in "abc") + "{% endfor %}" * 3

    with pytest.raises(TemplateRefused, match="nested too deeply"):
        check_template(source, kind=DIGEST)


def test_a_message_of_megabytes_is_refused() -> None:
    source = "{% for a in rooms %}{% for b in rooms %}" + "x" * 1000 + "{% endfor %}{% endfor %}"
    values = {**DIGEST.sample_values(), "rooms": DIGEST.lists[0].sample_rows() * 50}

    with pytest.raises(TemplateFailed, match="too long"):
        sandbox.render(source, kind=DIGEST, values=values)


def test_values_that_are_objects_do_not_reach_the_template() -> None:
    with pytest.raises(TemplateFailed, match="undefined"):
        sandbox.render("{{ booking }}", kind=NO_SHOW, values={"booking": NO_SHOW})
