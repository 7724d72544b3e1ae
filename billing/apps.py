"""Configuration of the billing app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Prices, credits, quotas and usage."""

    name = "billing"
    verbose_name = "Billing"
