"""What may be entered as an address or a bucket's name: also hosts without a dot, as networks of one's own have."""

from django.db import migrations, models

import assets.storage_models


class Migration(migrations.Migration):
    dependencies = [("assets", "0009_rating_dates")]

    operations = [
        migrations.AlterField(
            model_name="storagesettings",
            name="bucket",
            field=models.CharField(blank=True, max_length=63, validators=[assets.storage_models.validate_bucket_name]),
        ),
        migrations.AlterField(
            model_name="storagesettings",
            name="private_bucket",
            field=models.CharField(blank=True, max_length=63, validators=[assets.storage_models.validate_bucket_name]),
        ),
        migrations.AlterField(
            model_name="storagesettings",
            name="endpoint",
            field=models.CharField(blank=True, max_length=200, validators=[assets.storage_models.validate_web_address]),
        ),
        migrations.AlterField(
            model_name="storagesettings",
            name="cdn_url",
            field=models.CharField(blank=True, max_length=200, validators=[assets.storage_models.validate_web_address]),
        ),
    ]
