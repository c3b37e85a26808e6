from __future__ import annotations

from django.db import migrations

from backend_bridge.central.append_only import append_only_triggers

TABLES = ("customers_cardevent", "customers_consent", "customers_membershipnote")


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_memberships_and_consent")]

    operations = [migrations.RunPython(append_only_triggers(*TABLES), migrations.RunPython.noop)]
