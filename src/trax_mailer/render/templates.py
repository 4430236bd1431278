"""Templates: the Jinja environments, and template errors as findings with file and line.

Both environments are sandboxed and strict: an unknown name is an error, never an empty place.
`.mjml` templates escape what they show, `.txt` and `.css` templates don't. A line that holds
nothing but a tag leaves no trace (`trim_blocks`, `lstrip_blocks`). What is imported from another
template sees the same names as the template that imports it.
"""

from __future__ import annotations

import difflib
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    nodes,
)
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import ImmutableSandboxedEnvironment

from trax_mailer.model.finding import Finding, Place, Severity
from trax_mailer.render.dates import DateView
from trax_mailer.render.markers import EDGE
from trax_mailer.render.plaintext import heading, wrap
from trax_mailer.render.views import GroupView, begins, ends

_TRACE = re.compile("\x01([^\x01]+):(\\d+)\x01")


class _Unknown(StrictUndefined):
    """A name that nothing bears; says which names are close."""

    @property
    def _undefined_message(self) -> str:
        name = self._undefined_name
        if isinstance(self._undefined_obj, GroupView):
            known = list(self._undefined_obj)
            close = difflib.get_close_matches(str(name), known, n=1)
            hint = f"; did you mean “{close[0]}”?" if close else f"; there are: {', '.join(known)}"
            return f"there is no field “{name}” here{hint}"
        if self._undefined_obj is None:
            return f"nothing was written here that could have “{name}”; ask with {{% if … %}} first"
        return str(super()._undefined_message)


class _Unreadable(Exception):
    """The file of the template `name` cannot be read, for a reason."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name


class _Loader(FileSystemLoader):
    """Loads from a folder, and says which template cannot be read."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        try:
            return super().get_source(environment, template)
        except TemplateNotFound:  # an OSError, too; the next folder is tried
            raise
        except UnicodeDecodeError as error:
            raise _Unreadable(template, "it is not UTF-8 text") from error
        except OSError as error:
            raise _Unreadable(template, error.strerror or str(error)) from error


class _LookEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox, with every import seeing the context of the template that imports.

    The templates of sections mark where the section begins and ends, so that no layout needs to.
    """

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for whole in tree.find_all(nodes.Import):
            whole.with_context = True
        for names in tree.find_all(nodes.FromImport):
            names.with_context = True
        if name is not None and name.startswith("sections/"):
            tree.body = [self._edge("_begins"), *tree.body, self._edge("_ends")]
        return tree

    def _edge(self, which: str) -> nodes.Node:
        """Prints where the section that the template shows begins or ends."""
        section = nodes.Name("section", "load")
        shown = nodes.Output([nodes.Filter(section, which, [], [], None, None)])
        return shown.set_lineno(1).set_environment(self)


class _Trace(Extension):
    """Leaves the template and line before every line of template words, between control characters."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            if token.type != "data":
                yield token
                continue
            lines = str(token.value).split("\n")
            traced = [
                f"\x01{stream.name}:{number}\x01{line}"
                for number, line in enumerate(lines, start=token.lineno)
            ]
            yield Token(token.lineno, token.type, "\n".join(traced))


@dataclass(frozen=True, slots=True)
class Templates:
    """The templates of a look. `folders` are searched in order; the first is the workspace's."""

    folders: tuple[tuple[Path, str], ...]
    """Each folder with the name under which its files are shown to a person."""
    environment: Environment

    def has(self, name: str) -> bool:
        """Whether there is a template of that name."""
        return any((folder / name).is_file() for folder, _ in self.folders)

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        """The template filled. Raises BadTemplate."""
        return self._render(self.environment, name, context)

    def trace(self, name: str, context: Mapping[str, Any]) -> list[Place]:
        """For every line that `render` gives, from which place of which template it comes."""
        traced = self._render(self.environment.overlay(extensions=[_Trace]), name, context)
        places: list[Place] = []
        here = self.place(name, 1)
        for line in traced.split("\n"):
            before, *pieces = _TRACE.split(EDGE.sub("", line))
            # The template of a line is the one that gives its first words; the rest is indentation.
            spots = [here] if before.strip() else []
            for template, number, words in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
                here = self.place(template, int(number))
                if words.strip():
                    spots.append(here)
            places.append(spots[0] if spots else here)
        return places

    def place(self, name: str, line: int) -> Place:
        """Line `line` of the template `name`, the file named as a person knows it."""
        for folder, shown_as in self.folders:
            if (folder / name).is_file():
                return Place(f"{shown_as}/{name}", line, 1)
        return Place(name, line, 1)

    def line(self, place: Place) -> str:
        """The line at a place, as it stands in the template."""
        for folder, shown_as in self.folders:
            file = folder / place.file.removeprefix(f"{shown_as}/")
            if place.file.startswith(f"{shown_as}/") and file.is_file():
                try:
                    lines = file.read_text("utf-8", errors="replace").splitlines()
                except OSError:
                    return ""
                return lines[place.line - 1].strip() if place.line <= len(lines) else ""
        return ""

    def finding(self, message: str, *, place: Place, advice: str = "", check: str = "templates") -> Finding:
        """An error in a template, with the line it stands in."""
        return Finding(
            check=check,
            severity=Severity.ERROR,
            message=message,
            place=place,
            excerpt=self.line(place),
            advice=advice,
        )

    def _render(self, environment: Environment, name: str, context: Mapping[str, Any]) -> str:
        try:
            return environment.get_template(name).render(context)
        except _Unreadable as error:
            message = f"This template cannot be read: {error}."
            raise BadTemplate(self.finding(message, place=self.place(error.name, 1))) from error
        except TemplateSyntaxError as error:
            place = self.place(error.name or name, error.lineno)
            raise BadTemplate(self.finding(error.message or "cannot be read", place=place)) from error
        except TemplateNotFound as error:
            message = f"there is no template “{error.name}”"
            raise BadTemplate(self.finding(message, place=self._raised_at(error, name))) from error
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            message = getattr(error, "message", None) or str(error)
            raise BadTemplate(self.finding(message, place=self._raised_at(error, name))) from error
        except RecursionError as error:
            message = "templates include each other without end"
            raise BadTemplate(self.finding(message, place=self.place(name, 1))) from error

    def _raised_at(self, error: BaseException, name: str) -> Place:
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            for folder, shown_as in self.folders:
                if Path(frame.filename).is_relative_to(folder):
                    relative = Path(frame.filename).relative_to(folder).as_posix()
                    return Place(f"{shown_as}/{relative}", frame.lineno or 1, 1)
        return self.place(name, 1)


class BadTemplate(Exception):
    """A template cannot be used; `findings` say why and where."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(findings[0].message)
        self.findings = findings


def open_templates(folders: tuple[tuple[Path, str], ...]) -> Templates:
    """The templates of these folders, an earlier folder overriding a later one."""
    environment = _LookEnvironment(
        loader=ChoiceLoader([_Loader(folder) for folder, _ in folders]),
        autoescape=lambda name: name is None or name.endswith(".mjml"),
        undefined=_Unknown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "wrap": wrap,
        "heading": heading,
        "long_date": _long_date,
        "short_date": _short_date,
        "_begins": begins,
        "_ends": ends,
    }
    environment.globals |= {"heading": heading, "wrap": wrap}
    return Templates(folders, environment)


def _long_date(value: DateView) -> str:
    return value.long


def _short_date(value: DateView) -> str:
    return value.short
