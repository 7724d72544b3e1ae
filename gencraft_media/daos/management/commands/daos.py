"""Configuration in plain English on the command line."""

import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gencraft_media.accounts.models import User
from gencraft_media.common.errors import GenCraftError
from gencraft_media.daos.language_model import propose_with_language_model
from gencraft_media.daos.models import ConfigurationPlan
from gencraft_media.daos.selectors import get_plan
from gencraft_media.daos.services import apply_plan, propose_plan, undo_plan

_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class Command(BaseCommand):
    help = (
        "Read a sentence into a plan of configuration changes; --apply or --confirm ID applies it, --undo ID undoes it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sentence", nargs="?", default="", help='such as "Disable stability for two days"')
        parser.add_argument("--apply", action="store_true", help="confirm the plan at once")
        parser.add_argument("--ask-model", action="store_true", help="let a language model propose, where it is needed")
        parser.add_argument("--for", dest="span", default="", help="undo it by itself after 30m, 12h, 2d or 1w")
        parser.add_argument("--as", dest="email", default="", help="the SuperAdmin in whose name; else the engine's")
        parser.add_argument(
            "--confirm", type=uuid.UUID, metavar="ID", help="apply the plan of that id, as it was shown"
        )
        parser.add_argument("--undo", type=uuid.UUID, metavar="ID", help="undo the applied plan of that id")

    def handle(self, *args: Any, sentence: str, **options: Any) -> None:
        actor = _person(options["email"])
        if options["ask_model"] and options["apply"]:
            raise CommandError("What a language model proposes is looked at before it is applied: leave out --apply")
        try:
            if options["undo"]:
                undo_plan(get_plan(options["undo"]), actor=actor)
                self.stdout.write("undone")
            elif options["confirm"]:
                self._apply(get_plan(options["confirm"]), actor)
            else:
                propose = propose_with_language_model if options["ask_model"] else propose_plan
                plan = propose(actor=actor, sentence=sentence, holds_for_s=_seconds(options["span"]))
                self._show(plan)
                if options["apply"]:
                    self._apply(plan, actor)
                elif plan.changes:
                    until = f"{plan.confirm_until:%H:%M} UTC"
                    self.stdout.write(f"until {until}, apply it with: manage.py daos --confirm {plan.pk}")
        except GenCraftError as error:
            raise CommandError("\n".join([str(error), *_details(error)])) from error

    def _apply(self, plan: ConfigurationPlan, actor: User | None) -> None:
        apply_plan(plan, actor=actor, digest=plan.digest)
        self.stdout.write(f"applied; undo it with: manage.py daos --undo {plan.pk}")

    def _show(self, plan: ConfigurationPlan) -> None:
        for change in plan.changes:
            self.stdout.write(f"{change['label']}: {change['before']} -> {change['after']} ({change['risk']})")
        for note in plan.notes:
            self.stdout.write(f"note: {note}")
        replay = plan.effect["replay"]
        self.stdout.write(
            f"touches {plan.effect['projects']} projects, {plan.effect['users']} users, {plan.effect['keys']} keys"
        )
        self.stdout.write(
            f"last {replay['days']} days ({replay['jobs']} jobs): cost {replay['cost']['before']} -> "
            f"{replay['cost']['after']}, revenue {replay['revenue']['before']} -> {replay['revenue']['after']}, "
            f"{replay['refused']} jobs refused"
        )


def _person(email: str) -> User | None:
    if not email:
        return None
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None:
        raise CommandError(f"There is nobody with the address {email}.")
    return user


def _seconds(span: str) -> int | None:
    if not span:
        return None
    count, unit = span[:-1], span[-1:]
    if unit not in _UNITS or not (count.isascii() and count.isdigit()):
        raise CommandError("--for takes a whole number with m, h, d or w: 30m, 12h, 2d, 1w")
    return int(count) * _UNITS[unit]


def _details(error: GenCraftError) -> list[str]:
    nearest = [f"Understood: {sentence}" for sentence in error.extra.get("nearest", ())]
    return [*(f"{wrong.field}: {wrong.message}" for wrong in error.errors), *nearest]
