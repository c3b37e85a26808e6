"""The mutations: each a bug of one line that somebody could write."""

from __future__ import annotations

from hw_sim.mutants.mutation import Mutation

_ALL = (
    # --- the terminal's journal and rights -----------------------------------------------------------
    Mutation(
        name="unsynced-commits",
        bug="commits are not synced to the disk",
        module="firmware.journal.schema",
        old='connection.execute("PRAGMA synchronous=FULL")',
        new='connection.execute("PRAGMA synchronous=OFF")',
    ),
    Mutation(
        name="spend-keeps-rights",
        bug="a spend is journaled and the rights stay",
        module="firmware.journal.consequences",
        old='    take(connection, body.member, body.lots)\n    once(\n        connection,\n        "INSERT INTO spend',
        new='    once(\n        connection,\n        "INSERT INTO spend',
    ),
    Mutation(
        name="return-keeps-rights",
        bug="rights are given back and kept",
        module="firmware.journal.consequences",
        old="        _end_home(connection, body.coupon, body.member)\n    take(connection, body.member, body.lots)",
        new="        _end_home(connection, body.coupon, body.member)",
    ),
    Mutation(
        name="grant-of-any-epoch",
        bug="a grant for an older epoch is taken",
        module="firmware.runtime.runtime",
        old="if rules is None or grant.epoch != self._parts.journal.epoch:",
        new="if rules is None:",
    ),
    Mutation(
        name="broker-acknowledges",
        bug="what the broker took counts as acknowledged",
        module="firmware.runtime.outbox",
        old="            self._sent = after + len(entries)\n",
        new="            self._sent = after + len(entries)\n            self._journal.acknowledge(seq=self._sent, head=self._journal.head[1]) if self._sent == self._journal.head[0] else None\n",
    ),
    Mutation(
        name="outbox-skips-one",
        bug="after a lost acknowledgement one entry too many is left out",
        module="firmware.runtime.outbox",
        old="self._sent = self._journal.acknowledged_seq\n",
        new="self._sent = self._journal.acknowledged_seq + 1\n",
    ),
    Mutation(
        name="changes-counted-twice",
        bug="a change that the central system knows already is added to its word",
        module="firmware.journal.holdings",
        old="WHERE member = ? AND pool = ? AND seq > ?",
        new="WHERE member = ? AND pool = ? AND seq >= ?",
    ),
    Mutation(
        name="newest-word-by-clock",
        bug="the last word on a balance is chosen by its time and not by its place in the sequence",
        module="firmware.journal.holdings",
        old="key=lambda word: (word.applied_seq, word.at_ms)",
        new="key=lambda word: -word.applied_seq",
    ),
    Mutation(
        name="minimum-forgotten",
        bug="points below the minimum balance can be spent",
        module="firmware.journal.holdings",
        old="spendable = held if unlocked is not None or held >= minimum else 0",
        new="spendable = held",
    ),
    Mutation(
        name="unlocked-for-good",
        bug="the word that a minimum is reached stays when the last of its rights are gone",
        module="firmware.journal.consequences",
        old='connection.execute("DELETE FROM unlocked WHERE member = ? AND pool = ?", (member, pool))',
        new="pass",
    ),
    # --- the central system --------------------------------------------------------------------------
    Mutation(
        name="grant-without-escrow",
        bug="a grant leaves and the points stay in the main account",
        module="backend_bridge.central.desk.granting",
        old="        posting.move(Transfer.Kind.GRANTED, main, there, part.points, lot=part.lot)\n",
        new="        assert main != there\n",
    ),
    Mutation(
        name="coupon-home-not-noted",
        bug="a coupon is granted and its home is not written down",
        module="backend_bridge.central.desk.granting",
        old="if not free.update(home_terminal=act.terminal, home_epoch=act.epoch, home_grant=act.grant):",
        new="if not free.exists():",
    ),
)

MUTATIONS = {one.name: one for one in _ALL}
