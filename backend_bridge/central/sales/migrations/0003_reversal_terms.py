from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organisation", "0001_initial"),
        ("sales", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReversalTerms",
            fields=[
                (
                    "company",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="organisation.company",
                        verbose_name="company",
                    ),
                ),
                (
                    "spent",
                    models.CharField(
                        choices=[
                            ("absorb", "the customer owes them, and later points fill it"),
                            ("within_balance", "they are forgiven"),
                            ("refuse", "the receipt is not reversed"),
                        ],
                        default="absorb",
                        max_length=16,
                        verbose_name="where points are spent already",
                    ),
                ),
            ],
            options={
                "verbose_name": "terms of reversals",
                "verbose_name_plural": "terms of reversals",
            },
        ),
    ]
