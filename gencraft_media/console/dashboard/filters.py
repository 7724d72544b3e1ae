"""What a page is about, as its address says: `?period=7d&project=<id>`. What makes no sense is left out."""

import uuid
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest

from gencraft_media.accounts.models import Project
from gencraft_media.analytics.periods import PERIOD_KEYS, period_of
from gencraft_media.analytics.selectors import Filters

# Who has the rows of what was made sees their sums, and who sees what providers take sees the sums of money.
SEES = "analytics.view_usagerollup"
SEES_MONEY = "billing.view_providercost"
_MOST_PROJECTS = 500


@dataclass(frozen=True)
class Choice:
    """One thing to choose: what it is called, and whether it is what the page shows."""

    key: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class FilterBar:
    """The filters of a page and what else could be chosen."""

    filters: Filters
    periods: list[Choice]
    projects: list[Choice]

    @property
    def query(self) -> str:
        """The same filters, for another address."""
        chosen = {"period": self.filters.period.key}
        if self.filters.project_id is not None:
            chosen["project"] = str(self.filters.project_id)
        return urlencode(chosen)


def read_filters(request: HttpRequest) -> FilterBar:
    """The filters of a request."""
    project = _find_project(request.GET.get("project", ""))
    period = period_of(request.GET.get("period", ""))
    filters = Filters(period, project.pk if project is not None else None)
    periods = [Choice(key, period_of(key, period.until).label, key == period.key) for key in PERIOD_KEYS]
    named = list(Project.objects.order_by("name", "pk").only("pk", "name")[:_MOST_PROJECTS])
    if project is not None and project not in named:
        named.insert(0, project)
    return FilterBar(filters, periods, [Choice(str(one.pk), one.name, one == project) for one in named])


def _find_project(key: str) -> Project | None:
    try:
        return Project.objects.filter(pk=uuid.UUID(key)).first()
    except ValueError:
        return None
