from __future__ import annotations

from django.db import migrations

from backend_bridge.central.append_only import append_only_triggers
from backend_bridge.central.clearing.closed_months import refuse_lines_of_closed_months


class Migration(migrations.Migration):
    dependencies = [("clearing", "0001_initial")]

    operations = [
        migrations.RunPython(
            append_only_triggers("clearing_clearingline", "clearing_clearingmonth"), migrations.RunPython.noop
        ),
        migrations.RunPython(refuse_lines_of_closed_months, migrations.RunPython.noop),
    ]
