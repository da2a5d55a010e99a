"""Templates that hotels edit: checked before they are saved, and run in a sandbox.

The check lets through only text, `{{ variable }}`, `{% if %}` and `{% for %}` over the variables of
the kind, with a few filters. There are no calls, no arithmetic and no other attributes, so that a
template can neither reach Python's objects nor work for ever. The sandbox refuses the same again.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _
from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from hotels.errors import ActionRefused
from hotels.notifications.email.kinds import KINDS, MailKind
from hotels.notifications.email.markup import literal

LONGEST_SOURCE = 20_000  # characters
LONGEST_OUTPUT = 200_000  # characters
MOST_PARTS = 20_000  # pieces of output; each turn of a loop writes at least one
MOST_ROWS = 1000
DEEPEST = 8  # statements in each other
MOST_LOOPS = 2  # in each other
FILTERS = ("upper", "lower", "capitalize", "length", "default")
LOOP_ATTRIBUTES = frozenset({"index", "first", "last", "length"})

_EXPRESSIONS: tuple[type[nodes.Node], ...] = (
    *(nodes.Name, nodes.Const, nodes.Getattr, nodes.Filter, nodes.CondExpr),
    *(nodes.Compare, nodes.Operand, nodes.Not, nodes.And, nodes.Or),
)
_STATEMENTS: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For),
)


class TemplateRefused(ActionRefused):
    """The template is wrong in `line`, counted from 1; the message is one sentence."""

    def __init__(self, sentence: str, *, line: int) -> None:
        super().__init__(_("Line %(line)s: %(problem)s") % {"line": line, "problem": sentence})
        self.line = line


class TemplateFailed(Exception):
    """The template could not be rendered with these values."""


class _Environment(ImmutableSandboxedEnvironment):
    """No globals, no calls, and no attributes except a row's columns and those of `loop`."""

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined,
            finalize=_written,
            # The output is markup, not HTML: `markup.to_html` escapes it, `layout.html` the rest.
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.globals.clear()
        self.tests = {}
        self.filters = {name: self.filters[name] for name in FILTERS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, LoopContext) and attribute in LOOP_ATTRIBUTES:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if type(obj) is dict and isinstance(argument, str) and argument in obj:
            return obj[argument]
        raise SecurityError(f"{argument!r} is no column of a row")

    def call(self, *_args: Any, **_kwargs: Any) -> Any:
        raise SecurityError("a template calls nothing")

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return False

    def is_safe_callable(self, obj: Any) -> bool:
        return False


def _written(value: Any) -> Any:
    """A value as it stands in the message, where nothing in it is markup."""
    if isinstance(value, StrictUndefined):
        return value  # writing it raises
    return literal(str(value)) if isinstance(value, str | int) else ""


_environment = _Environment()


def check_template(source: str, *, kind: MailKind) -> None:
    """Check that the template only does what it may, with the variables of its kind.

    Raises TemplateRefused, with the line.
    """
    if len(source) > LONGEST_SOURCE:
        most = {"most": LONGEST_SOURCE}
        raise TemplateRefused(_("a template has a length of at most %(most)s.") % most, line=1)
    try:
        tree = _environment.parse(source)
    except TemplateSyntaxError as error:
        sentence = _("the template cannot be read (%(error)s).") % {"error": error.message}
        raise TemplateRefused(sentence, line=error.lineno) from error
    except RecursionError as error:
        raise TemplateRefused(_("the template is nested too deeply."), line=1) from error
    _Check(kind).statements(tree.body, loops={}, depth=0)


def render(source: str, *, kind: MailKind, values: Mapping[str, Any]) -> str:
    """The template with `values`: text, yes or no, and lists of rows of text.

    Raises TemplateFailed when the template does what it may not, is too long, or lacks a value.
    """
    parts: list[str] = []
    length = 0
    try:
        for part in _compiled(source, kind.name).generate(**_plain_values(values)):
            parts.append(part)
            length += len(part)
            if length > LONGEST_OUTPUT or len(parts) > MOST_PARTS:
                raise TemplateFailed("The message is too long.")
    except TemplateRefused as error:
        raise TemplateFailed(str(error)) from error
    except (TemplateError, TypeError, ValueError, RecursionError, OverflowError) as error:
        raise TemplateFailed(f"{type(error).__name__}: {error}") from error
    return "".join(parts)


@lru_cache(maxsize=200)
def _compiled(source: str, kind: str) -> Template:
    """The template, checked: an unchecked one would already work while it is compiled."""
    check_template(source, kind=KINDS[kind])
    return _environment.from_string(source)


def _plain_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Copies of plain values; anything else is left out, so that it is undefined."""
    plain: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, bool | int | str):
            plain[name] = value if isinstance(value, bool) else str(value)
        elif isinstance(value, list | tuple):
            rows = [row for row in value if isinstance(row, Mapping)][:MOST_ROWS]
            plain[name] = [{str(key): str(cell) for key, cell in row.items()} for row in rows]
    return plain


class _Check:
    """Goes through a template's tree; `loops` maps the name of a row to its columns."""

    def __init__(self, kind: MailKind) -> None:
        self._texts = {each.name: each for each in kind.all_variables()}
        self._lists = {each.name: frozenset(each.columns) for each in kind.lists}

    def statements(
        self, body: list[nodes.Node], *, loops: dict[str, frozenset[str]], depth: int
    ) -> None:
        for node in body:
            if depth > DEEPEST:
                raise TemplateRefused(_("the template is nested too deeply."), line=node.lineno)
            if not isinstance(node, _STATEMENTS):
                raise self._refused(node)
            if isinstance(node, nodes.Output):
                for part in node.nodes:
                    self._output(part, loops=loops)
            elif isinstance(node, nodes.If):
                self._expression(node.test, loops=loops)
                for branch in (node.body, node.elif_, node.else_):
                    self.statements(list(branch), loops=loops, depth=depth + 1)
            elif isinstance(node, nodes.For):
                self._loop(node, loops=loops, depth=depth)

    def _loop(self, node: nodes.For, *, loops: dict[str, frozenset[str]], depth: int) -> None:
        over, row = node.iter, node.target
        if not isinstance(over, nodes.Name) or over.name not in self._lists:
            known = ", ".join(sorted(self._lists)) or _("none")
            sentence = _("a loop goes over a list; the lists here are: %(lists)s.")
            raise TemplateRefused(sentence % {"lists": known}, line=node.lineno)
        if not isinstance(row, nodes.Name) or node.recursive or row.name in self._reserved:
            raise self._refused(node)
        inner = {**loops, row.name: self._lists[over.name], "loop": LOOP_ATTRIBUTES}
        if node.test is not None:
            self._expression(node.test, loops=inner)
        if len(inner) > MOST_LOOPS + 1:  # and `loop`
            raise TemplateRefused(_("the template is nested too deeply."), line=node.lineno)
        self.statements(list(node.body), loops=inner, depth=depth + 1)
        self.statements(list(node.else_), loops=loops, depth=depth + 1)

    @property
    def _reserved(self) -> set[str]:
        return {*self._texts, *self._lists, "loop"}

    def _output(self, node: nodes.Node, *, loops: dict[str, frozenset[str]]) -> None:
        if isinstance(node, nodes.TemplateData):
            return
        self._expression(node, loops=loops)
        if isinstance(node, nodes.Name):
            variable = self._texts.get(node.name)
            if variable is None or variable.is_flag:
                sentence = _("“%(name)s” can be used in a condition or loop, but not be written.")
                raise TemplateRefused(sentence % {"name": node.name}, line=node.lineno)

    def _expression(self, node: nodes.Node, *, loops: dict[str, frozenset[str]]) -> None:
        if not isinstance(node, _EXPRESSIONS):
            raise self._refused(node)
        if isinstance(node, nodes.Name):
            if node.name not in self._texts and node.name not in self._lists:
                raise self._unknown(node.name, node)
            return
        if isinstance(node, nodes.Getattr):
            row = node.node
            if not isinstance(row, nodes.Name) or node.attr not in loops.get(row.name, ()):
                name = row.name if isinstance(row, nodes.Name) else "…"
                raise self._unknown(f"{name}.{node.attr}", node)
            return
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            sentence = _("there is no filter “%(name)s”; the filters are: %(filters)s.")
            names = {"name": node.name, "filters": ", ".join(FILTERS)}
            raise TemplateRefused(sentence % names, line=node.lineno)
        for child in node.iter_child_nodes():
            self._expression(child, loops=loops)

    def _unknown(self, name: str, node: nodes.Node) -> TemplateRefused:
        known = ", ".join(sorted({*self._texts, *self._lists}))
        sentence = _("there is no variable “%(name)s”; the variables are: %(names)s.")
        return TemplateRefused(sentence % {"name": name, "names": known}, line=node.lineno)

    def _refused(self, node: nodes.Node) -> TemplateRefused:
        kind = type(node).__name__
        sentence = _("a template contains text, variables, if and for, but not “%(kind)s”.")
        return TemplateRefused(sentence % {"kind": kind}, line=node.lineno)
