"""Staff with exactly the rights that a test names."""

from django.contrib.auth.models import Permission

from gencraft_media.accounts.models import User
from tests.factories import make_user


def staff_with(*permissions: str) -> User:
    """Somebody who may enter the admin and has these rights ("app.codename"), and no others."""
    user = make_user("staff", is_staff=True)
    for name in permissions:
        app, _, codename = name.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user
