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
        module="firmware.journal.acknowledging",
        old="WHERE seq > max(?, (SELECT seq FROM acknowledged)) ORDER BY",
        new="WHERE seq > max(?, (SELECT seq FROM acknowledged), (SELECT max(seq) FROM entry) - 1) ORDER BY",
    ),
    Mutation(
        name="anchor-not-asked",
        bug="a journal that is behind its anchor is gone on with",
        module="firmware.journal.opening",
        old="elif (mark is not None and here < mark) or here.epoch < known_epoch(premises):",
        new="elif here.epoch < known_epoch(premises):",
    ),
    Mutation(
        name="anchor-not-moved",
        bug="the anchor is not moved on with the journal",
        module="firmware.journal.standing",
        old="            self._anchor.advance(head)\n",
        new="            known = self._anchor.read()\n",
    ),
    Mutation(
        name="unconfirmed-spends",
        bug="without an anchor a start spends before the central system has confirmed its head",
        module="firmware.journal.standing",
        old="        if not self.confirmed:\n",
        new="        if False:\n",
    ),
    Mutation(
        name="outbox-skips-one",
        bug="when entries are sent again, the first of them is left out",
        module="firmware.runtime.outbox",
        old="        self._sent = self._journal.acknowledged_seq\n        if",
        new="        self._sent = self._journal.acknowledged_seq + 1\n        if",
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
    Mutation(
        name="turn-without-transaction",
        bug="a batch is applied without a transaction around it",
        module="backend_bridge.central.desk.desk",
        old="        with transaction.atomic():\n            turns = self._turns(",
        new="        if True:\n            turns = self._turns(",
    ),
    Mutation(
        name="fork-goes-unnoticed",
        bug="another entry in the place of one that is applied is taken for a repetition",
        module="backend_bridge.central.desk.journal",
        old="return self._hashes[entry.seq] != digest",
        new="return False",
    ),
    Mutation(
        name="closed-journal-gets-rights",
        bug="a journal whose rights were written off gets new ones",
        module="backend_bridge.central.fleet.epochs",
        old=" and not is_closed(terminal, epoch=epoch)",
        new="",
    ),
    Mutation(
        name="older-epoch-gets-rights",
        bug="rights are granted to an epoch that has ended",
        module="backend_bridge.central.fleet.epochs",
        old="return epoch == newest(terminal) and not is_stopped",
        new="return not is_stopped",
    ),
    Mutation(
        name="noted-coupon-not-checked",
        bug="a coupon that was noted offline is posted whatever became of it",
        module="backend_bridge.central.desk.postings",
        old="free = coupon.state == Voucher.State.ISSUED and not coupon.home_terminal_id",
        new="free = True",
    ),
    Mutation(
        name="asked-again-granted-again",
        bug="a question that comes twice is answered by two grants",
        module="backend_bridge.central.desk.asks",
        old="    if row is not None and row.status != Status.WAITING:\n        return [_again(row, turn)]",
        new="    if row is not None and row.status != Status.WAITING:\n        row = None",
    ),
)

MUTATIONS = {one.name: one for one in _ALL}
