from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("fleet", "0002_append_only"),
        ("organisation", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="journalentry",
            name="branch",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="organisation.branch",
                verbose_name="branch where it stood",
            ),
        ),
    ]
