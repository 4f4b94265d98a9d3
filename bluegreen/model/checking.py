"""A document against its model: every mistake in it, in words of the file."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from bluegreen.model.document import Document, described
from bluegreen.model.problems import Path, Problem, hint, refusal
from bluegreen.model.secret import SecretFoundError, without_userinfo

Model = TypeVar("Model", bound=BaseModel)
Check = Callable[[Document], Iterable[Problem]]


class Block(BaseModel):
    """Keys and values of a file: nothing unknown, nothing converted, nothing changed later."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def validated(document: Document, model: type[Model], checks: Iterable[Check]) -> Model:
    """Return the model, or refuse with all problems of form and sense at once.

    Checks see the document, not the model, so that a slip in one place does
    not hide another elsewhere.
    """
    problems = [*document.problems, *(found for check in checks for found in check(document))]
    try:
        made = model.model_validate(dict(document.data))
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems.extend(_problem(document, model, detail) for detail in details)
        raise refusal(document.kind, document.file, problems) from None
    if problems:
        raise refusal(document.kind, document.file, problems)
    return made


def _problem(document: Document, model: type[BaseModel], detail: ErrorDetails) -> Problem:
    path = detail["loc"]
    kind = detail["type"]
    if kind == "extra_forbidden":
        key = str(path[-1])
        sentence = f"unknown key; {hint(key, _known_keys(model, path[:-1]))}"
        return document.problem(path, sentence, at_key=True)
    if kind == "missing":
        return document.problem(path[:-1], f"`{path[-1]}` is missing")
    return document.problem(path, _sentence(kind, detail))


def _sentence(kind: str, detail: ErrorDetails) -> str:
    found = without_userinfo(described(detail["input"]))
    if kind == "value_error":
        if isinstance(detail["ctx"]["error"], SecretFoundError):
            return str(detail["ctx"]["error"])
        return f"{detail['ctx']['error']}; found {found}"
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", str(detail["ctx"]["expected"]))
        wanted = f"one of {', '.join(known)}" if len(known) > 1 else known[0]
        return f"expected {wanted}, found {found}{_near(detail['input'], known)}"
    if kind in _LIMITS:
        words, name = _LIMITS[kind]
        return f"{words} {detail['ctx'][name]}, found {found}"
    expected = _EXPECTED.get(kind)
    if expected is None:
        return f"{detail['msg']}; found {found}"
    quote = "; quote it" if kind == "string_type" and _is_plain(detail["input"]) else ""
    return f"expected {expected}, found {found}{quote}"


def _near(found: object, known: Iterable[str]) -> str:
    question = hint(found, known) if isinstance(found, str) else ""
    return f"; {question}" if question.startswith("did you") else ""


def _is_plain(value: object) -> bool:
    """Numbers and Booleans become text in quotes; lists and nothing do not."""
    return isinstance(value, bool | int | float)


def _known_keys(model: type[BaseModel], path: Path) -> tuple[str, ...]:
    """Return the keys that the model knows at a path; list items and names lead no deeper."""
    for part in path:
        fields = {_key(name, info.alias): info for name, info in model.model_fields.items()}
        if part in fields:
            model = _model_in(fields[str(part)].annotation) or model
    return tuple(_key(name, info.alias) for name, info in model.model_fields.items())


def _key(name: str, alias: str | None) -> str:
    return alias or name


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model within ``dict[str, Model]``, ``tuple[Model, ...]``, ``Model | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


_EXPECTED: Mapping[str, str] = {
    "bool_type": "true or false",
    "dict_type": "keys and values",
    "float_type": "a number",
    "int_type": "a whole number",
    "model_type": "keys and values",
    "string_type": "text",
    "tuple_type": "a list",
}
_LIMITS: Mapping[str, tuple[str, str]] = {
    "greater_than_equal": ("must be at least", "ge"),
    "less_than_equal": ("must be at most", "le"),
}
