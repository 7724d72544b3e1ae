"""When an owner hears that credits run low, and what was told about each quota; events are numbered on these rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_four_plans")]

    operations = [
        migrations.AddField("plan", "low_credits", models.PositiveIntegerField(blank=True, null=True)),
        migrations.AddField("creditaccount", "event_count", models.PositiveIntegerField(db_default=0, default=0)),
        migrations.AddField("quotacounter", "event_count", models.PositiveIntegerField(db_default=0, default=0)),
        migrations.AddField("quotacounter", "told", models.PositiveIntegerField(db_default=0, default=0)),
    ]
