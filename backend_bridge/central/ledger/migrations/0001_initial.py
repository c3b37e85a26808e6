from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("customers", "0002_replaced_cards"),
        ("fleet", "0002_append_only"),
        ("organisation", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False, verbose_name="id")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("member_main", "member's main account"),
                            ("member_escrow", "member's points at a terminal"),
                            ("member_waiting", "points that wait for a customer"),
                            ("member_debt", "what a member owes after a reversal"),
                            ("voucher_single", "single-purpose vouchers sold"),
                            ("voucher_multi", "multi-purpose vouchers sold"),
                            ("voucher_given", "vouchers given away"),
                            ("company_funding", "points given by the company"),
                            ("company_purchased", "points sold by the company"),
                            ("company_redeemed", "points taken in by the company"),
                            ("breakage", "expired"),
                            ("till", "paid by customers"),
                            ("sales", "paid with vouchers and purchased points"),
                            ("purchased_liability", "owed for purchased points"),
                            ("voucher_funding", "paid by vouchers given away"),
                            ("clearing", "clearing"),
                            ("risk", "borne risk"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("unit", models.CharField(max_length=48, verbose_name="unit")),
                ("epoch", models.BigIntegerField(blank=True, null=True, verbose_name="epoch")),
                (
                    "company",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organisation.company",
                        verbose_name="company",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="customers.customer",
                        verbose_name="member",
                    ),
                ),
                (
                    "terminal",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="fleet.terminal",
                        verbose_name="terminal",
                    ),
                ),
            ],
            options={
                "verbose_name": "account",
                "verbose_name_plural": "accounts",
            },
        ),
        migrations.CreateModel(
            name="Cause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=140, unique=True, verbose_name="cause")),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("by", models.CharField(max_length=100, verbose_name="by")),
                ("at", models.DateTimeField(db_index=True, verbose_name="posted")),
                ("happened_at", models.DateTimeField(verbose_name="happened")),
                ("payload", models.TextField(blank=True, verbose_name="act")),
                ("result", models.TextField(blank=True, verbose_name="answer")),
                (
                    "company",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organisation.company",
                        verbose_name="at company",
                    ),
                ),
            ],
            options={
                "verbose_name": "cause",
                "verbose_name_plural": "causes",
            },
        ),
        migrations.CreateModel(
            name="Debt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("unit", models.CharField(max_length=48, verbose_name="unit")),
                ("amount", models.BigIntegerField(verbose_name="amount")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="organisation.company", verbose_name="company"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="customers.customer",
                        verbose_name="member",
                    ),
                ),
            ],
            options={
                "verbose_name": "debt",
                "verbose_name_plural": "debts",
            },
        ),
        migrations.CreateModel(
            name="Lot",
            fields=[
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name="id")),
                ("unit", models.CharField(max_length=48, verbose_name="unit")),
                ("origin", models.CharField(max_length=12, verbose_name="origin")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expires")),
                ("created_at", models.DateTimeField(verbose_name="created")),
                (
                    "issuer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organisation.company",
                        verbose_name="issuer",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="customers.customer",
                        verbose_name="member",
                    ),
                ),
            ],
            options={
                "verbose_name": "lot",
                "verbose_name_plural": "lots",
            },
        ),
        migrations.CreateModel(
            name="Holding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.BigIntegerField(verbose_name="amount")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holdings",
                        to="ledger.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holdings",
                        to="ledger.lot",
                        verbose_name="lot",
                    ),
                ),
            ],
            options={
                "verbose_name": "holding",
                "verbose_name_plural": "holdings",
            },
        ),
        migrations.CreateModel(
            name="Redemption",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entry", models.CharField(max_length=120, unique=True, verbose_name="journal entry")),
                ("reward", models.CharField(max_length=64, verbose_name="reward")),
                ("points", models.BigIntegerField(verbose_name="points")),
                ("code", models.CharField(max_length=16, verbose_name="code")),
                ("at", models.DateTimeField(db_index=True, verbose_name="redeemed")),
                ("handed_out_at", models.DateTimeField(blank=True, null=True, verbose_name="handed out")),
                (
                    "branch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organisation.branch",
                        verbose_name="branch",
                    ),
                ),
                (
                    "handed_out_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="handed out by",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "pool",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organisation.pool",
                        verbose_name="pool",
                    ),
                ),
            ],
            options={
                "verbose_name": "redemption",
                "verbose_name_plural": "redemptions",
            },
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveSmallIntegerField(verbose_name="line")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opening", "opening"),
                            ("awarded", "awarded"),
                            ("given", "given"),
                            ("purchased", "purchased"),
                            ("coupon", "coupon"),
                            ("granted", "granted"),
                            ("returned", "returned"),
                            ("spent", "spent"),
                            ("filled", "debt filled"),
                            ("reversed", "taken back"),
                            ("expired", "expired"),
                            ("accepted", "accepted"),
                            ("voucher", "voucher issued"),
                            ("used", "voucher used"),
                            ("cancelled", "cancelled"),
                            ("cleared", "cleared"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("amount", models.BigIntegerField(verbose_name="amount")),
                ("unit", models.CharField(max_length=48, verbose_name="unit")),
                (
                    "cause",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers",
                        to="ledger.cause",
                        verbose_name="cause",
                    ),
                ),
                (
                    "credit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credits",
                        to="ledger.account",
                        verbose_name="credit",
                    ),
                ),
                (
                    "debit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="debits",
                        to="ledger.account",
                        verbose_name="debit",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="ledger.lot",
                        verbose_name="lot",
                    ),
                ),
            ],
            options={
                "verbose_name": "posting",
                "verbose_name_plural": "postings",
            },
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(fields=["unit"], name="accounts_of_unit"),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                condition=models.Q(("member__isnull", False)), fields=["member"], name="accounts_of_member"
            ),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                condition=models.Q(("company__isnull", False)), fields=["company"], name="accounts_of_company"
            ),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                condition=models.Q(("terminal__isnull", False)), fields=["terminal"], name="accounts_of_terminal"
            ),
        ),
        migrations.AddIndex(
            model_name="cause",
            index=models.Index(fields=["company", "id"], name="causes_of_company"),
        ),
        migrations.AddConstraint(
            model_name="debt",
            constraint=models.UniqueConstraint(fields=("member", "unit", "company"), name="one_debt_per_company"),
        ),
        migrations.AddConstraint(
            model_name="debt",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="debt_is_not_negative"),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(condition=models.Q(("member__isnull", False)), fields=["member"], name="lots_of_member"),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(fields=["issuer"], name="lots_of_issuer"),
        ),
        migrations.AddConstraint(
            model_name="holding",
            constraint=models.UniqueConstraint(fields=("lot", "account"), name="one_holding_per_lot"),
        ),
        migrations.AddConstraint(
            model_name="holding",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="holding_is_not_negative"),
        ),
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(fields=["code"], name="redemptions_by_code"),
        ),
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(fields=["member"], name="redemptions_of_member"),
        ),
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(fields=["branch", "at"], name="redemptions_of_branch"),
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(condition=models.Q(("lot__isnull", False)), fields=["lot"], name="transfers_of_lot"),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.UniqueConstraint(fields=("cause", "line"), name="one_transfer_per_line"),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="transfer_is_positive"),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(("debit", models.F("credit")), _negated=True), name="transfer_moves"
            ),
        ),
    ]
