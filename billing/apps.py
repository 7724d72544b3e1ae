"""Configuration of the billing app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Prices, credits, quotas and usage."""

    name = "billing"
    verbose_name = "Billing"

    def ready(self) -> None:
        # What operators can change is known once it is imported.
        from billing import configuration  # noqa: F401 (importing it registers it)
