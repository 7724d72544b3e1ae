"""The key of the language model that may propose plans, sealed."""

from django.db import migrations

import gencraft_media.common.sealed


class Migration(migrations.Migration):
    dependencies = [("daos", "0002_database_on_delete")]

    operations = [
        migrations.AddField(
            model_name="planpolicy",
            name="language_model_key",
            field=gencraft_media.common.sealed.SealedTextField(blank=True, default=""),
        ),
    ]
