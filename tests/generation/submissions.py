"""What sim's journal says: which paid requests a provider took, and so what may have cost money."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings


def submissions() -> list[dict[str, Any]]:
    """The paid requests that sim took since the test began: key, reference, model, count, id."""
    journal = Path(settings.SIM_JOURNAL)
    return [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []
