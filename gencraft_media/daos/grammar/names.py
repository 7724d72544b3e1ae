"""Names in sentences, from the database: all of providers, models and plans; those of projects are looked up."""

import difflib
import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Q

from billing.models import Plan
from gencraft_media.accounts.models import Project
from gencraft_media.daos.grammar.words import Token
from providers.models import Provider, ProviderModel
from providers.selectors import full_name

LONGEST_NAME = 8
# What people call a plan that is called otherwise here.
PLAN_SYNONYMS = {"premium": "pro"}
_SEPARATORS = re.compile(r"'s\b|[\s_·-]+")
_Spellings = Mapping[str, frozenset[str]]


def squashed(text: str) -> str:
    """A name without what separates its words: "DALL·E 3", "dall-e-3" and "dalle 3" are one."""
    return _SEPARATORS.sub("", text.lower())


@dataclass
class Names:
    """What each squashed spelling is a name of; several where it is ambiguous."""

    providers: _Spellings
    models: _Spellings
    plans: _Spellings
    # Spelling → what it is taken for.
    plan_synonyms: Mapping[str, str] = field(default_factory=dict)
    _projects: dict[tuple[str, ...], dict[str, frozenset[str]]] = field(default_factory=dict)

    def projects_called(self, spellings: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """The ids of projects with one of these names, or ids, by lower-case spelling."""
        asked = tuple(dict.fromkeys(spelling.lower() for spelling in spellings))
        if asked not in self._projects:
            self._projects[asked] = _find_projects(asked)
        return self._projects[asked]

    def nearest(self, spellings: _Spellings, text: str) -> list[str]:
        """The names that were probably meant."""
        near = difflib.get_close_matches(squashed(text), spellings, n=3, cutoff=0.5)
        return list(dict.fromkeys(name for spelling in near for name in sorted(spellings[spelling])))


def load_names() -> Names:
    """The names as the database has them now, of what is switched off too."""
    providers: defaultdict[str, set[str]] = defaultdict(set)
    for key, label in Provider.objects.values_list("key", "label"):
        _add(providers, key, key, label)
    models: defaultdict[str, set[str]] = defaultdict(set)
    columns = ("provider_id", "name", "label", "aliases")
    for provider, name, label, aliases in ProviderModel.objects.values_list(*columns):
        full = full_name(provider, name)
        _add(models, full, name, full, f"{provider} {name}", *(_telling(label, *aliases)))
    plans: defaultdict[str, set[str]] = defaultdict(set)
    for key, label in Plan.objects.values_list("key", "label"):
        _add(plans, key, key, label)
    synonyms = {said: key for said, key in PLAN_SYNONYMS.items() if said not in plans and key in plans}
    return Names(_frozen(providers), _frozen(models), _frozen(plans), synonyms)


def spelled(tokens: Iterable[Token]) -> str:
    """Words as they were written one after another; a possessive ending and marks have no space before them."""
    text = ""
    for token in tokens:
        text += token.text if token.word in {"'s", ",", ".", ":", "!"} or not text else f" {token.text}"
    return text


def _telling(*spellings: str) -> list[str]:
    """Without plain words: that "slow" and "ultra" are other names of models makes no sentence mean them."""
    return [spelling for spelling in spellings if not spelling.isalpha()]


def _add(index: defaultdict[str, set[str]], name: str, *spellings: str) -> None:
    for spelling in spellings:
        index[squashed(spelling)].add(name)


def _frozen(index: Mapping[str, set[str]]) -> _Spellings:
    return {spelling: frozenset(names) for spelling, names in index.items() if spelling}


def _find_projects(spellings: tuple[str, ...]) -> dict[str, frozenset[str]]:
    wanted = Q()
    for spelling in spellings:
        wanted |= Q(name__iexact=spelling)
        if _is_uuid(spelling):
            wanted |= Q(pk=spelling)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for pk, name in Project.objects.filter(wanted).values_list("pk", "name")[:50]:
        for spelling in {name.lower(), str(pk)} & set(spellings):
            found[spelling].add(str(pk))
    return {spelling: frozenset(ids) for spelling, ids in found.items()}


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
