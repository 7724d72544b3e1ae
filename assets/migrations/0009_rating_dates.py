"""Ratings by their date, for the rollups."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assets", "0008_storage_settings_on_delete")]

    operations = [
        migrations.AddIndex(
            model_name="assetrating",
            index=models.Index(fields=["rated_at"], name="media_asset_ratings_date_idx"),
        ),
    ]
