"""Plans have a weight: how many turns their projects get where slots are scarce."""

from typing import Any

import django.core.validators
from django.db import migrations, models

WEIGHTS = {"starter": 2, "pro": 4, "enterprise": 8}


def set_weights(apps: Any, schema_editor: Any) -> None:
    for key, weight in WEIGHTS.items():
        apps.get_model("billing", "Plan").objects.filter(key=key).update(weight=weight)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0004_credit_and_quota_notices"),
    ]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="weight",
            field=models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.RunPython(set_weights, migrations.RunPython.noop),
    ]
