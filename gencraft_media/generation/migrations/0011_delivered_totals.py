"""What the delivered outputs of earlier jobs owe so far: the same share each, as it was before models stepped in."""

from decimal import ROUND_FLOOR, Decimal
from typing import Any

from django.db import migrations

_STEP = Decimal("0.000000000001")
_AT_ONCE = 1000


def fill_totals(apps: Any, schema_editor: Any) -> None:
    jobs = apps.get_model("generation", "GenerationJob").objects
    owing = jobs.filter(delivered_count__gt=0, delivered_total=0, quoted_total__gt=0)
    rows = owing.only("id", "quoted_total", "batch_size", "delivered_count").iterator(_AT_ONCE)
    together: list[Any] = []
    for job in rows:
        share = (job.quoted_total / job.batch_size).quantize(_STEP, ROUND_FLOOR)
        job.delivered_total = share * job.delivered_count
        together.append(job)
        if len(together) == _AT_ONCE:
            jobs.bulk_update(together, ["delivered_total"])
            together.clear()
    jobs.bulk_update(together, ["delivered_total"])


class Migration(migrations.Migration):
    dependencies = [("generation", "0010_circuits_on_delete")]

    operations = [migrations.RunPython(fill_totals, migrations.RunPython.noop)]
