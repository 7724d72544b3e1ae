"""Makes the demo: thirty days through the engine's own services, a few requests a transaction, all of them ended."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from assets.storage import current_store
from billing.accounts import account_of
from billing.ledger import grant_credits
from billing.models import EntryKind
from gencraft_media.accounts.keys import issue_key, revoke_key
from gencraft_media.accounts.models import ApiKey, Scope, User
from gencraft_media.accounts.services import create_project
from gencraft_media.analytics.rollups import remake
from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import Conflict
from gencraft_media.console.demo.cast import CAST, Owner
from gencraft_media.console.demo.pictures import Gallery, opened_gallery
from gencraft_media.console.demo.playing import Play
from gencraft_media.console.demo.posting import listen, post
from gencraft_media.console.demo.probes import write_probes
from gencraft_media.console.demo.props import (
    change_price,
    demo_accounts,
    forget_everything,
    on_stage,
    set_up_accounts,
    uses_real_accounts,
)
from gencraft_media.console.demo.removing import remove_demo
from gencraft_media.console.demo.script import DAYS, SIZES, scenes_of
from gencraft_media.console.demo.time_travel import Clock, travelling
from gencraft_media.generation.circuits.operating import close_circuit, open_circuit
from gencraft_media.generation.models import Circuit, CircuitState

# In one transaction: so long, on SQLite, others wait to write.
_SCENES_AT_ONCE = 5
_PAUSE_S = 0.12
# Days ago.
_RECEIVERS_AWAY = frozenset({11, 19})
_CHEAPER = {20: 1, 8: 2}
_CIRCUIT_OPENED = 0
_REVOKED = 6
_BEFORE_THE_FIRST_DAY = timedelta(hours=6)


class DemoRefused(Conflict):
    """The demo is not made here."""


@dataclass(frozen=True)
class Made:
    """What the demo is made of."""

    jobs: int
    refused: int
    days: int


def make_demo(
    *,
    days: int = DAYS,
    now: datetime | None = None,
    force: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> Made:
    """Make the demo anew, in place of the one that is there. Raises `DemoRefused` where somebody works with the engine.

    `days`: up to `now`, by default the database's. `force`: among somebody's own jobs, too, which stay as they are.
    """
    if uses_real_accounts() and not force:
        raise DemoRefused("Providers' accounts were used here: its figures would be mixed with yours. --force does it.")
    if current_store().is_remote:
        raise DemoRefused("Pictures go to a bucket here; the demo's are kept in the local folders alone.")
    remove_demo()
    now = now or database_now()
    jobs = refused = 0
    with opened_gallery() as gallery, _same_dice_each_time():
        # Before the first transaction: on SQLite others wait for each of them to write.
        gallery.fill(SIZES)
        keys = _set_up(now, days)
        for day in range(days - 1, -1, -1):
            made, missed = _make_day(day, now, gallery, keys)
            jobs, refused = jobs + made, refused + missed
            say(f"  {now - timedelta(days=day):%d %b}  {made:>3} jobs")
    write_probes(now, days)
    remake(now - timedelta(days=days + 1))
    forget_everything()
    return Made(jobs, refused, days)


@contextmanager
def _same_dice_each_time() -> Iterator[None]:
    """The engine's own dice (seeds of pictures, pauses between tries) fall the same way each time."""
    before = random.getstate()
    random.seed("demo")
    try:
        yield
    finally:
        random.setstate(before)


def _set_up(now: datetime, days: int) -> dict[str, ApiKey]:
    """Owners, projects, keys, endpoints and accounts, as they were before the first day."""
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    keys: dict[str, ApiKey] = {}
    with transaction.atomic(), travelling(Clock(first - _BEFORE_THE_FIRST_DAY)) as clock:
        for owner in CAST:
            user = User.objects.create_user(owner.email, None, id=owner.id, name=owner.name)
            account_of(user.pk, plan=owner.plan)
            for site in owner.sites:
                project = create_project(owner=user, name=site.name)
                keys[site.name], _ = issue_key(project=project, user=user, scopes=[Scope.GENERATE, Scope.READ])
                if site.listens:
                    listen(project, user)
        set_up_accounts(User.objects.get(pk=CAST[0].id), clock.now)
    return keys


def _make_day(day: int, now: datetime, gallery: Gallery, keys: dict[str, ApiKey]) -> tuple[int, int]:
    """One day's jobs and what follows from them; how many there are, and how many requests were refused."""
    scenes = scenes_of(day, now)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=day)
    clock = Clock(midnight)
    with transaction.atomic(), travelling(clock):
        _happen(day, clock, keys)
    play = Play(clock, gallery, keys)
    dice = random.Random(f"demo post {day}")  # noqa: S311 (a play)
    jobs = []
    for start in range(0, len(scenes), _SCENES_AT_ONCE):
        with transaction.atomic(), travelling(clock), on_stage():
            for scene in scenes[start : start + _SCENES_AT_ONCE]:
                job = play.play(scene)
                jobs.append(job)
                if job is not None and scene.site.listens:
                    post(job, clock, dice, fails=day in _RECEIVERS_AWAY, until=now)
        _let_others_write()
    made = sum(job is not None for job in jobs)
    return made, len(jobs) - made


def _let_others_write() -> None:
    """SQLite keeps no line: those who wait look every tenth of a second, and found it taken each time."""
    if connection.vendor == "sqlite":
        time.sleep(_PAUSE_S)


def _buy(owner: Owner, day: int) -> None:
    if owner.bought_a_week and day % 7 == 1:
        grant_credits(
            owner_id=owner.id,
            credits=owner.bought_a_week,
            kind=EntryKind.PURCHASE,
            idempotency_key=f"demo:{day}",
            reason="Credit package (demo)",
        )


def _happen(day: int, clock: Clock, keys: dict[str, ApiKey]) -> None:
    """What people did by hand that day."""
    actor = User.objects.get(pk=CAST[0].id)
    for owner in CAST:
        _buy(owner, day)
    if day in _CHEAPER:
        change_price(_CHEAPER[day], actor, clock.now)
    for circuit in Circuit.objects.filter(account__in=demo_accounts()).exclude(state=CircuitState.CLOSED):
        close_circuit(
            actor=actor, account_id=circuit.account_id, model=circuit.model, reason="It answers again (demo)."
        )
    if day == _REVOKED:
        project = next(iter(keys.values())).project
        spare, _ = issue_key(project=project, user=actor, scopes=[Scope.READ], name="spare")
        revoke_key(spare, actor=actor)
    if day == _CIRCUIT_OPENED:
        account = next(one for one in demo_accounts() if one.provider_id == "stability")
        open_circuit(actor=actor, account_id=account.pk, model="sd-3.5-large", reason="Pictures came out grey (demo).")
    ApiKey.objects.filter(pk__in=[key.pk for key in keys.values()]).update(last_used_at=Now())
