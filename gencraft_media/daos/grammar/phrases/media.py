"""Phrases about what is made: on or off, quality, format, compression, size, model, how long pictures stay."""

from gencraft_media.daos.grammar.phrasing import SET, Objection, Phrase, Said, scoped, value_of
from gencraft_media.daos.grammar.vocabulary import MAKING, PICTURE, PICTURES

_MAKE = "(make|generate|create)"
_MAKING = f"(from) (making|generating|creating) [ai] {PICTURES}"
_SMALLEST, _LARGEST = 64, 16_384
_LONGEST_DAYS = 36_500


def _compression(said: Said) -> int:
    level: int = said.values["level"]
    if level > 100:
        raise Objection(f"Compression is 0 to 100, and {level} is not.", str(level))
    return level


def _pixels(said: Said) -> int:
    side: int = said.values["pixels"]
    if not _SMALLEST <= side <= _LARGEST:
        raise Objection(f"The longest side is {_SMALLEST} to {_LARGEST} pixels, and {side} is not.", str(side))
    return side


def _days(said: Said) -> int:
    days, note = said.values["keep"]
    if days == 0 or days > _LONGEST_DAYS:
        raise Objection(f"Pictures stay 1 to {_LONGEST_DAYS} days, or forever.", str(days))
    said.notes += [note] if note else []
    return int(days)


def _never(said: Said) -> int:
    """Forever. Raises `Objection` where that is said of a while."""
    if said.holds_for_s is not None:
        raise Objection(
            "It may be meant that none is removed for that time, or that those made in it stay forever; say how many "
            "days pictures stay."
        )
    return -1


_enabled = scoped("media.enable", enabled=value_of("switch"))
_kept = scoped("media.retention", days=_days)

PHRASES = (
    Phrase(
        _enabled,
        (
            f"<switch> {MAKING}",
            f"(turn|switch) {MAKING} <state:switch>",
            f"{SET} {MAKING} to <state:switch>",
        ),
    ),
    Phrase(
        _enabled,
        (
            f"(let|allow|permit) <whom> [to] {_MAKE} [ai] {PICTURES} [again]",
            f"<whom> (may|can) {_MAKE} [ai] {PICTURES} [again]",
        ),
        implied=(("switch", True),),
    ),
    Phrase(
        _enabled,
        (
            f"do not (let|allow|permit) <whom> [to] {_MAKE} [any] [ai] {PICTURES}",
            f"(stop|prevent|keep) <whom> {_MAKING}",
            f"<whom> (may|can|must|should) (not|no longer) {_MAKE} [any] [ai] {PICTURES}",
            f"no [more] [ai] {PICTURE} generation",
        ),
        implied=(("switch", False),),
    ),
    Phrase(
        scoped("media.quality", quality=value_of("quality")),
        (
            f"{SET} [default] [{PICTURE}] quality [by default] to <quality> [quality] [by default]",
            f"[default] [{PICTURE}] quality (is|should be|shall be) <quality>",
            "make <grade:quality> default [quality]",
            f"(use|enable|make|generate|create|deliver) <grade:quality> [{PICTURES}] [by default]",
            "use <grade:quality> as default [quality]",
            f"(generate|make|create|deliver) [{PICTURES}] in <grade:quality> [by default]",
            f"(give|offer) <whom> <grade:quality> [{PICTURES}] [by default]",
            f"<whom> (get|gets) <grade:quality> [{PICTURES}] [by default]",
            "default to <grade:quality>",
        ),
    ),
    Phrase(
        scoped("media.format", format=value_of("format")),
        (
            f"{SET} [default] [{PICTURE}|file] (format|type) [by default] to <format>",
            f"(deliver|serve|save|store|give|send|output|convert) [all] {PICTURES} (as|in|to) <format> [files|format] "
            "[by default]",
            f"(use|make) <format> [as] [default] [{PICTURE}] (format|default) [by default]",
            f"use <format> [for {PICTURES}] [by default]",
            f"{PICTURES} (are|should be) [delivered] [as|in] <format>",
            "default to <format>",
        ),
    ),
    Phrase(
        scoped("media.compression", compression=_compression),
        (
            f"{SET} [default] [{PICTURE}] compression [quality|level] to <level>",
            f"compress [all] {PICTURES} (to|at|with) [quality|level] <level>",
            f"use [a] [{PICTURE}] compression [quality|level] [of] <level>",
            "make compression [quality|level] <level>",
        ),
    ),
    Phrase(
        scoped("media.resolution", pixels=_pixels),
        (
            f"{SET} (maximum|max|maximal|largest) [{PICTURE}] (resolution|size|side|width) to <pixels>",
            f"(limit|cap|restrict) [{PICTURE}|maximum|max] (resolution|size) (to|at) <pixels>",
            f"(limit|cap|restrict) {PICTURES} (to|at) <sized:pixels>",
            f"(no|never make) [{PICTURES}] (larger|bigger|wider) than <pixels>",
            f"allow {PICTURES} [of] up to <sized:pixels>",
            f"{PICTURES} (are|may be|should be) (at most|up to) <pixels> (large|wide)",
            f"{PICTURES} (are|may be|should be) (at most|up to) <sized:pixels>",
            f"{PICTURES} (are|may be|should be) no larger than <pixels> [large|wide]",
        ),
    ),
    Phrase(
        scoped("media.model", model=value_of("model")),
        (
            f"{SET} default [{PICTURE}] model to [model] <model>",
            f"(use|make) [model] <model> [as] default [{PICTURE}] [model]",
            "use [model] <model> by default",
            "default to model <model>",
            "default model (is|should be|shall be) <model>",
        ),
    ),
    Phrase(
        _kept,
        (
            f"keep [all|new] {PICTURES} [for] <keep>",
            f"{SET} [default] [{PICTURE}] retention [time|period] to <keep>",
            f"(expire|delete|remove) [new] {PICTURES} after <keep>",
            f"(let|have) [new] {PICTURES} expire after <keep>",
            f"[new] {PICTURES} (expire|go) after <keep>",
            f"[new] {PICTURES} (stay|are kept) [for] <keep>",
        ),
    ),
    Phrase(
        scoped("media.retention", days=_never),
        (f"(never|do not) (expire|delete|remove) [any] {PICTURES}", f"{PICTURES} never expire"),
    ),
)
