"""Credits that projects have spent by day and month; those of the present ones are counted from what was delivered."""

from typing import Any

from django.db import migrations, models
from django.db.models import Exists, OuterRef, Sum
from django.utils import timezone


def count_present_periods(apps: Any, schema_editor: Any) -> None:
    """Count what ended jobs have spent so far in this day and month."""
    usage, counter = apps.get_model("billing", "MediaUsage"), apps.get_model("billing", "SpendCounter")
    ended = apps.get_model("billing", "HoldResolution").objects.filter(hold__job_id=OuterRef("job_id"))
    day = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    for since, period in ((day, f"day:{day:%Y-%m-%d}"), (day.replace(day=1), f"month:{day:%Y-%m}")):
        rows = usage.objects.filter(Exists(ended), created_at__gte=since, credits_used__gt=0).order_by()
        sums = rows.values("project_id").annotate(spent=Sum("credits_used"))
        counter.objects.bulk_create(counter(period=period, **found) for found in sums)


class Migration(migrations.Migration):
    dependencies = [("billing", "0008_indexes_of_reports")]

    operations = [
        migrations.CreateModel(
            name="SpendCounter",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("project_id", models.UUIDField()),
                ("period", models.CharField(max_length=16)),
                ("spent", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "spend_counters",
                "constraints": [
                    models.UniqueConstraint(fields=("project_id", "period"), name="spend_counters_project_period")
                ],
            },
        ),
        migrations.RunPython(count_present_periods, migrations.RunPython.noop),
    ]
