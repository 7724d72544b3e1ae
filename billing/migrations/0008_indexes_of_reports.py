"""What reports look for: what is new, what is suspected, who is near a limit."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0007_spend_settings_on_delete"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="mediausage",
            index=models.Index(fields=["created_at"], name="media_usage_created_idx"),
        ),
        migrations.AddIndex(
            model_name="providercost",
            index=models.Index(fields=["created_at"], name="provider_costs_created_idx"),
        ),
        migrations.AddIndex(
            model_name="providercost",
            index=models.Index(
                condition=models.Q(("certainty", "suspected")),
                fields=["created_at"],
                name="provider_costs_suspected_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="quotacounter",
            index=models.Index(fields=["period"], name="quota_counters_period_idx"),
        ),
    ]
