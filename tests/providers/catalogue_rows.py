"""The catalogue file as model rows without a database."""

import functools
import json
from datetime import date

from providers.catalogue import CATALOGUE_FILE, entries_of
from providers.models import Provider, ProviderModel

# The specification's names for models, and whose they are.
SPECIFICATION_MODELS = {
    "sd-xl-1.0": "stability",
    "sd-3.0": "stability",
    "sd-3.5-large": "stability",
    "sd-3.5-turbo": "stability",
    "dall-e-3": "openai",
    "flux-pro": "flux",
    "flux-dev": "flux",
    "flux-schnell": "flux",
}
_FIELDS = ("label", "operations", "limits", "aliases", "replaced_by", "notes")
_DATES = ("available_from", "retires_at")


@functools.cache
def catalogue_rows() -> dict[tuple[str, str], ProviderModel]:
    """Every model of the file, by provider and name."""
    rows = {}
    for key, provider in entries_of(json.loads(CATALOGUE_FILE.read_text())).items():
        owner = Provider(key=key, label=provider["label"], default_model=provider["default_model"])
        for name, entry in provider["models"].items():
            row = ProviderModel(
                provider=owner, name=name, **{field: entry[field] for field in _FIELDS if field in entry}
            )
            for field in _DATES:
                setattr(row, field, date.fromisoformat(entry[field]) if field in entry else None)
            rows[key, name] = row
    return rows
