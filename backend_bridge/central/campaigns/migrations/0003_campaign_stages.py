from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from backend_bridge.central.append_only import append_only_triggers


def stages_of_now(apps: Any, _schema: Any) -> None:
    """What is there counts as having been in its stage since its first version: more is not known."""
    stages = apps.get_model("campaigns", "CampaignStage")
    for campaign in apps.get_model("campaigns", "Campaign").objects.exclude(stage="draft"):
        first = campaign.versions.order_by("number").first()
        if first is not None:
            stages.objects.create(campaign=campaign, stage=campaign.stage, at=first.at)


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="CampaignStage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("released", "released"),
                            ("paused", "paused"),
                            ("ended", "ended"),
                        ],
                        max_length=10,
                        verbose_name="stage",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="since")),
                (
                    "campaign",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stages",
                        to="campaigns.campaign",
                        verbose_name="campaign",
                    ),
                ),
            ],
            options={
                "verbose_name": "stage of a campaign",
                "verbose_name_plural": "stages of campaigns",
                "indexes": [models.Index(fields=["campaign", "at"], name="stages_of_campaign")],
            },
        ),
        migrations.RunPython(stages_of_now, migrations.RunPython.noop),
        migrations.RunPython(append_only_triggers("campaigns_campaignstage"), migrations.RunPython.noop),
    ]
