from __future__ import annotations

from django.db import migrations

from backend_bridge.central.append_only import append_only_triggers


class Migration(migrations.Migration):
    dependencies = [("sales", "0001_initial")]

    operations = [
        migrations.RunPython(
            append_only_triggers("sales_receipt", "sales_reversal", "sales_effect"), migrations.RunPython.noop
        )
    ]
