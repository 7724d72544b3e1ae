"""The three roles of the staff; `post_migrate` gives them their rights, once the permissions are there (docs/roles.md)."""

from typing import Any

from django.db import migrations

NAMES = ("Operator", "Finance", "Support")


def add_roles(apps: Any, schema_editor: Any) -> None:
    group = apps.get_model("auth", "Group")
    for name in NAMES:
        group.objects.get_or_create(name=name)


def remove_roles(apps: Any, schema_editor: Any) -> None:
    apps.get_model("auth", "Group").objects.filter(name__in=NAMES).delete()


class Migration(migrations.Migration):
    dependencies = [("auth", "0012_alter_user_first_name_max_length"), ("accounts", "0003_safety_on_delete")]

    operations = [migrations.RunPython(add_roles, remove_roles)]
