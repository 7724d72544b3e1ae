"""The four plans of the specification; their numbers can be changed in the admin."""

from typing import Any

from django.db import migrations

PLANS = [
    # key, label, outputs a month, credits a month, jobs at once; -1 is unlimited.
    ("free", "Free", 10, 100, 2),
    ("starter", "Starter", 100, 1_000, 5),
    ("pro", "Pro", 1_000, 10_000, 20),
    # An enterprise buys its credits by contract.
    ("enterprise", "Enterprise", -1, 0, -1),
]


def add_plans(apps: Any, schema_editor: Any) -> None:
    plan = apps.get_model("billing", "Plan")
    for key, label, outputs, credits, jobs in PLANS:
        plan.objects.get_or_create(
            key=key,
            defaults={"label": label, "monthly_outputs": outputs, "monthly_credits": credits, "concurrent_jobs": jobs},
        )


def remove_plans(apps: Any, schema_editor: Any) -> None:
    apps.get_model("billing", "Plan").objects.filter(key__in=[plan[0] for plan in PLANS], accounts=None).delete()


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_append_only_money")]

    operations = [migrations.RunPython(add_plans, remove_plans)]
