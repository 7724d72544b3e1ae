"""Rows of money are added and never changed; of a provider's cost only its settling may change."""

from django.db import migrations

from gencraft_media.common.migration_operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_prices_credits_quotas_and_usage")]

    operations = [
        AppendOnly("ledger_entries"),
        AppendOnly("credit_holds"),
        AppendOnly("hold_resolutions"),
        AppendOnly("media_usage"),
        AppendOnly("price_lines"),
        AppendOnly("provider_costs", allow_update_columns=("certainty", "amount", "settled_by", "settled_note")),
    ]
