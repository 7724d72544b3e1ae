"""Models on operators' own servers, as rows with a page of their own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("providers", "0002_kinds_and_priors"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomModel",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("providers.providermodel",),
        ),
    ]
