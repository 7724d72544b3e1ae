"""Credit accounts with their holds and ledger."""

from django.db import models
from django.db.models import F, Q

from billing.models.plans import Plan
from gencraft_media.common.models import UuidModel


class CreditAccount(UuidModel):
    """The credits of one owner (1 credit = $0.01) in two purses: the month's grant, and what was bought or given.

    The balances are a cache of the ledger's sums, kept honest by constraints here and by the auditor.
    """

    # Opaque: money outlives users.
    owner_id = models.UUIDField(unique=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="accounts")
    monthly = models.BigIntegerField(default=0)
    monthly_held = models.BigIntegerField(default=0)
    purchased = models.BigIntegerField(default=0)
    purchased_held = models.BigIntegerField(default=0)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    # Set by the auditor when the cached balance and the ledger differ: no spending until a person looked.
    frozen_reason = models.CharField(max_length=255, blank=True)
    # Of its own domain events, counted under this row's lock.
    event_count = models.PositiveIntegerField(default=0, db_default=0)

    # Set where the ledger locks the row.
    period_ended: bool

    class Meta:
        db_table = "credit_accounts"
        constraints = [
            models.CheckConstraint(condition=Q(monthly_held__gte=0), name="credit_accounts_monthly_held"),
            models.CheckConstraint(condition=Q(purchased_held__gte=0), name="credit_accounts_purchased_held"),
            models.CheckConstraint(
                condition=Q(monthly__gte=F("monthly_held")), name="credit_accounts_monthly_available"
            ),
            models.CheckConstraint(
                condition=Q(purchased__gte=F("purchased_held")), name="credit_accounts_purchased_available"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id}: {self.available} credits"

    @property
    def available(self) -> int:
        return self.monthly - self.monthly_held + self.purchased - self.purchased_held

    @property
    def held(self) -> int:
        return self.monthly_held + self.purchased_held


class CreditHold(UuidModel):
    """Credits set aside for one job. Never edited: its end is a `HoldResolution`."""

    account = models.ForeignKey(CreditAccount, on_delete=models.PROTECT, related_name="holds")
    job_id = models.UUIDField(unique=True)
    monthly = models.BigIntegerField()
    purchased = models.BigIntegerField()
    # The account's period when the hold was taken: monthly credits released after it ended expire at once.
    period_start = models.DateTimeField()

    class Meta:
        db_table = "credit_holds"
        # For the audit, which looks at what is new.
        indexes = [models.Index(fields=["created_at"], name="credit_holds_created_idx")]
        constraints = [
            models.CheckConstraint(condition=Q(monthly__gte=0, purchased__gte=0), name="credit_holds_not_negative")
        ]

    def __str__(self) -> str:
        return f"{self.credits} credits for job {self.job_id}"

    @property
    def credits(self) -> int:
        return self.monthly + self.purchased


class HoldResolution(UuidModel):
    """The one end of a hold: what was taken, the rest went back."""

    hold = models.OneToOneField(CreditHold, on_delete=models.PROTECT, related_name="resolution")
    held = models.BigIntegerField()
    captured = models.BigIntegerField()

    class Meta:
        db_table = "hold_resolutions"
        indexes = [models.Index(fields=["created_at"], name="hold_resolutions_created_idx")]
        constraints = [
            models.CheckConstraint(
                condition=Q(captured__gte=0, captured__lte=F("held")), name="hold_resolutions_captured_within_hold"
            )
        ]

    def __str__(self) -> str:
        return f"{self.captured} of {self.held} credits taken"


class Purse(models.TextChoices):
    """Which of an account's two balances an entry belongs to."""

    MONTHLY = "monthly"
    PURCHASED = "purchased"


class EntryKind(models.TextChoices):
    """Why a balance changed."""

    GRANT = "grant"  # the plan's credits at the start of a period
    EXPIRE = "expire"  # what of them was left at its end
    PURCHASE = "purchase"  # bought
    ADJUST = "adjust"  # given or taken by a person, with a reason
    CAPTURE = "capture"  # spent on a job


class LedgerEntry(UuidModel):
    """One change of one balance. Append-only, refused to be edited by the database itself; balance = sum."""

    account = models.ForeignKey(CreditAccount, on_delete=models.PROTECT, related_name="entries")
    purse = models.CharField(max_length=10, choices=Purse.choices)
    kind = models.CharField(max_length=10, choices=EntryKind.choices)
    credits = models.BigIntegerField()
    hold = models.ForeignKey(CreditHold, null=True, on_delete=models.PROTECT, related_name="entries")
    idempotency_key = models.CharField(max_length=255, unique=True)
    reason = models.CharField(max_length=500, blank=True)
    actor_id = models.UUIDField(null=True)

    class Meta:
        db_table = "ledger_entries"
        indexes = [models.Index(fields=["created_at"], name="ledger_entries_created_idx")]
        verbose_name_plural = "ledger entries"
        constraints = [
            models.CheckConstraint(condition=~Q(credits=0), name="ledger_entries_not_zero"),
            models.CheckConstraint(
                condition=(
                    Q(kind__in=["grant", "purchase"], credits__gt=0)
                    | Q(kind__in=["expire", "capture"], credits__lt=0)
                    | Q(kind="adjust")
                ),
                name="ledger_entries_sign",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.credits:+d}"
