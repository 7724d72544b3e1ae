"""What a provider says that a job costs when it accepts it, kept until the job's cost is booked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0004_compatible_calls_on_delete")]

    operations = [
        migrations.AddField(
            model_name="generationattempt",
            name="told_cost",
            field=models.DecimalField(decimal_places=6, max_digits=12, null=True),
        )
    ]
