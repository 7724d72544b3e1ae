"""Staff in a role."""

from django.contrib.auth.models import Group

from gencraft_media.accounts.models import User
from tests.factories import make_user


def make_staff(role: str) -> User:
    """Somebody in a role."""
    user = make_user(role.lower(), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user
