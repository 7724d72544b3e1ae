"""A browser at the hub: it fills in a card's form as the page shows it, and sends it."""

import re
from html.parser import HTMLParser
from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from gencraft_media.accounts.models import User
from tests.factories import make_user

Fields = dict[str, Any]


class Hub:
    """One person's browser."""

    def __init__(self, user: User, *, confirmed: bool = True) -> None:
        self.user = user
        self.client = Client()
        self.client.force_login(user)
        if not confirmed:
            # As if the log-in were long ago.
            session = self.client.session
            session["identity_confirmed_at"] = 0
            session.save()

    def open(self, group: str = "", **query: str) -> Any:
        """The answer to opening a group's page."""
        return self.client.get(address_of(group), query)

    def form(self, group: str, card: str, **query: str) -> Fields:
        """The fields of a card as its page fills them in."""
        return fields_of(self.open(group, **query).content.decode(), card)

    def save(self, group: str, card: str, *, scope: Any = "", form: Any = None, **said: Any) -> Any:
        """Change some fields of a card and send it; `form` is one that was opened before."""
        query = {"scope": scope} if scope else {}
        fields = dict(form if form is not None else self.form(group, card, **query))
        for name, value in said.items():
            # As a browser sends an unticked box: not at all.
            fields.pop(f"{card}-{name}", None)
            if value is not None:
                fields[f"{card}-{name}"] = value
        suffix = f"?scope={scope}" if scope else ""
        return self.client.post(address_of(group) + suffix, fields)


def staff_with(*permissions: str) -> User:
    """Somebody of the staff who may do just this."""
    user = make_user("Olga")
    user.is_staff = True
    user.save()
    for permission in permissions:
        app, _, codename = permission.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def address_of(group: str) -> str:
    """A group's page, or the overview."""
    return reverse("admin:media_settings_group", args=[group]) if group else reverse("admin:media_settings")


def text_of(answer: Any) -> str:
    """The words of a page, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def fields_of(page: str, card: str) -> Fields:
    """What a browser would send of the card's form if nothing was changed."""
    reader = _Reader(card)
    reader.feed(page)
    return reader.fields


class _Reader(HTMLParser):
    """Collects the fields of the first form inside the section of a card."""

    def __init__(self, card: str) -> None:
        super().__init__()
        self._card = card
        self._is_inside = False
        self._select = ""
        self.fields: Fields = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "section":
            self._is_inside = said.get("id") == self._card
        if not self._is_inside or "disabled" in said:
            return
        if tag == "input" and said.get("name"):
            self._add_input(said, is_ticked="checked" in said)
        elif tag == "select":
            self._select = said["name"]
            self.fields[self._select] = ""
        elif tag == "option" and self._select and "selected" in said:
            self.fields[self._select] = said["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""

    def _add_input(self, said: dict[str, str], *, is_ticked: bool) -> None:
        name, value = said["name"], said.get("value", "")
        if said.get("type") == "checkbox":
            if is_ticked:
                self.fields[name] = value or "on"
        elif re.search(r"packages-(credits|price|discount)$", name):
            self.fields.setdefault(name, []).append(value)
        else:
            self.fields[name] = value
