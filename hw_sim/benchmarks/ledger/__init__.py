"""How fast the books take awards and spends, against the bare insert of the same rows."""
