"""The base of every request body: what is not declared is refused by name."""

import difflib
import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from rest_framework import serializers

from gencraft_media.common.errors import FieldError, InvalidRequest

AnySerializer = TypeVar("AnySerializer", bound=serializers.Serializer[Any])


class StrictSerializer(serializers.Serializer[Any]):
    """Declared fields only, named in camelCase with `source=`. `read` is the way in."""

    @classmethod
    def read(cls, document: Any, **options: Any) -> dict[str, Any]:
        """The validated values of a body. Raises `InvalidRequest` with every wrong field, in one go."""
        serializer = cls(**options) if options else _shared(cls)
        errors = list(_unknown_fields(serializer, document))
        try:
            values: dict[str, Any] = serializer.run_validation(document)
        except serializers.ValidationError as error:
            errors += field_errors(error.detail, serializer, given=document)
        if errors:
            raise InvalidRequest(errors=errors)
        return values


def shown(kind: type[serializers.Serializer[Any]], row: Any) -> dict[str, Any]:
    """A row as answers show it."""
    document: dict[str, Any] = _shared(kind).to_representation(row)
    return document


@functools.cache
def _shared(kind: type[AnySerializer]) -> AnySerializer:
    """One for all threads: reading and showing change nothing in it, and making one takes longer than using it."""
    return kind()


def field_errors(
    detail: Any, field: serializers.Field[Any, Any, Any, Any] | None = None, path: str = "", *, given: Any = None
) -> list[FieldError]:
    """DRF's tree of complaints as a flat list; dots and numbers lead to the field, choices are listed.

    `given` is what the client sent: for a choice, the nearest one is named.
    """
    if isinstance(detail, Mapping):
        named = ((str(name), inner) for name, inner in detail.items())
        return [
            error
            for name, inner in named
            for error in field_errors(inner, _child(field, name), _join(path, name), given=_member(given, name))
        ]
    if isinstance(detail, list):
        return list(_errors_of_list(detail, field, path, given))
    return [_field_error(detail, field, path, given)]


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant."""
    by_folded = {candidate.lower().replace("_", ""): candidate for candidate in known}
    found = difflib.get_close_matches(name.lower().replace("_", ""), by_folded, n=1)
    return by_folded[found[0]] if found else None


def _errors_of_list(
    detail: list[Any], field: serializers.Field[Any, Any, Any, Any] | None, path: str, given: Any
) -> Iterator[FieldError]:
    for index, inner in enumerate(detail):
        if isinstance(inner, Mapping | list):
            child = getattr(field, "child", None)
            yield from field_errors(inner, child, _join(path, str(index)), given=_member(given, str(index)))
        else:
            yield _field_error(inner, field, path, given)


def _field_error(detail: Any, field: serializers.Field[Any, Any, Any, Any] | None, path: str, given: Any) -> FieldError:
    code = getattr(detail, "code", "invalid")
    if code == "invalid_choice" and isinstance(field, serializers.ChoiceField):
        choices = [str(choice) for choice in field.choices]
        return FieldError(path, str(detail), code, allowed=choices, nearest=nearest_name(str(given), choices))
    return FieldError(path, str(detail), code)


def _member(given: Any, name: str) -> Any:
    """What was sent under a name, or at a place in a list."""
    if isinstance(given, Mapping):
        return given.get(name)
    if isinstance(given, list) and name.isdigit() and int(name) < len(given):
        return given[int(name)]
    return None


def _child(field: Any, name: str) -> Any:
    if isinstance(field, serializers.Serializer):
        return field.fields.get(name)
    # Complaints about single members of a list come as a mapping from their position.
    return getattr(field, "child", None)


def _join(path: str, name: str) -> str:
    if name == "non_field_errors":
        return path
    return f"{path}.{name}" if path else name


def _unknown_fields(field: Any, document: Any, path: str = "") -> Iterator[FieldError]:
    if isinstance(field, serializers.ListSerializer) and isinstance(document, list):
        for index, inner in enumerate(document):
            yield from _unknown_fields(field.child, inner, _join(path, str(index)))
    elif isinstance(field, serializers.Serializer) and isinstance(document, Mapping):
        writable = {name: inner for name, inner in field.fields.items() if not inner.read_only}
        for name, inner in document.items():
            if name in writable:
                yield from _unknown_fields(writable[name], inner, _join(path, name))
            else:
                yield _unknown(str(name), writable, path)


def _unknown(name: str, writable: Iterable[str], path: str) -> FieldError:
    nearest = nearest_name(name, writable)
    hint = f" Did you mean {nearest}?" if nearest else ""
    return FieldError(_join(path, name), f"There is no such field.{hint}", "unknown_field", nearest=nearest)
