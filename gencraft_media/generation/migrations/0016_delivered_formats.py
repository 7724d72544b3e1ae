"""In which format, and how much compressed, the pictures of a job are delivered."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0015_audit_runs")]

    operations = [
        migrations.AddField(
            model_name="generationjob",
            name="picture_format",
            field=models.CharField(
                choices=[("png", "Png"), ("jpeg", "Jpeg"), ("webp", "Webp"), ("avif", "Avif")],
                db_default="webp",
                default="webp",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="generationjob",
            name="compression",
            field=models.PositiveSmallIntegerField(db_default=82, default=82),
        ),
    ]
