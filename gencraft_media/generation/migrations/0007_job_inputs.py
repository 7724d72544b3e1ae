"""What jobs are given to work on."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0006_provider_callbacks")]

    operations = [
        migrations.CreateModel(
            name="JobInput",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("role", models.CharField(max_length=10)),
                ("position", models.PositiveSmallIntegerField()),
                ("asset_id", models.UUIDField(null=True)),
                ("upload_id", models.UUIDField(null=True)),
                ("object_key", models.CharField(max_length=500)),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="inputs",
                        to="generation.generationjob",
                    ),
                ),
            ],
            options={"db_table": "media_generation_inputs"},
        ),
        migrations.AddConstraint(
            model_name="jobinput",
            constraint=models.UniqueConstraint(fields=("job", "role", "position"), name="media_inputs_job_position"),
        ),
    ]
