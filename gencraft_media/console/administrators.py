"""Making SuperAdmins and giving them new passwords, from the command line and on the first run."""

import secrets

from django.contrib.auth.models import Group
from django.db import transaction

from gencraft_media.accounts.models import User
from gencraft_media.accounts.second_factor import switch_off
from gencraft_media.common.audit import record_audit
from gencraft_media.common.errors import Conflict, ObjectNotFound

PASSWORD_BYTES = 18


def create_admin(email: str, password: str | None = None) -> tuple[User, str]:
    """Make a SuperAdmin; without a password one is made up. Returns both. Raises `Conflict` for a known address."""
    password = password or secrets.token_urlsafe(PASSWORD_BYTES)
    with transaction.atomic():
        if User.objects.filter(email__iexact=email).exists():
            raise Conflict(f"There is a user {email} already; reset_admin gives a new password.")
        user = User.objects.create_superuser(email, password)
        record_audit(actor=None, action="console.create_admin", target=user, after={"email": email})
    return user, password


def create_staff(email: str, role: str) -> tuple[User, str]:
    """Make somebody who may enter the site in one role, with a made-up password. Returns both.

    Raises `Conflict` for a known address.
    """
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    with transaction.atomic():
        if User.objects.filter(email__iexact=email).exists():
            raise Conflict(f"There is a user {email} already; give them the role on their page in the admin.")
        user = User.objects.create_user(email, password, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        record_audit(actor=None, action="console.create_staff", target=user, after={"email": email, "role": role})
    return user, password


def forget_authenticator(email: str) -> User:
    """Switch off the second factor of somebody who lost app and recovery codes. Raises `ObjectNotFound`."""
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise ObjectNotFound(f"There is no user {email}.")
    switch_off(user, actor=None)
    return user


def reset_admin(email: str, password: str | None = None) -> tuple[User, str]:
    """Give a user a new password and make sure it is an active SuperAdmin. Raises `ObjectNotFound`."""
    password = password or secrets.token_urlsafe(PASSWORD_BYTES)
    with transaction.atomic():
        user = User.objects.select_for_update().filter(email__iexact=email).first()
        if user is None:
            raise ObjectNotFound(f"There is no user {email}; create_admin makes one.")
        before = {"is_active": user.is_active, "is_staff": user.is_staff, "is_superuser": user.is_superuser}
        user.set_password(password)
        user.is_active = user.is_staff = user.is_superuser = True
        user.save(update_fields=["password", "is_active", "is_staff", "is_superuser"])
        record_audit(actor=None, action="console.reset_admin", target=user, before=before)
    return user, password
