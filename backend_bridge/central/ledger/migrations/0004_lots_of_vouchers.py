from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0003_at_risk"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(
                condition=models.Q(("member", None)), fields=["issuer", "unit"], name="lots_of_vouchers"
            ),
        ),
    ]
