"""Housekeeping of money."""

from celery import shared_task

from billing.accounts import turn_over_due_accounts


@shared_task(name="billing.open_credit_periods")
def open_credit_periods() -> None:
    """Turn accounts over to the new month: expire the old grant, write the new one."""
    turn_over_due_accounts()
