"""An index to the latest calls of each account, model and operation, in place of one to settled attempts only."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0011_delivered_totals")]

    operations = [
        migrations.RemoveIndex(model_name="generationattempt", name="media_attempts_history_idx"),
        migrations.AddIndex(
            model_name="generationattempt",
            index=models.Index(
                condition=models.Q(state__in=["landed", "settled", "rejected", "failed", "lost"]),
                fields=["account", "model", "operation", "-created_at"],
                name="media_attempts_calls_idx",
            ),
        ),
    ]
