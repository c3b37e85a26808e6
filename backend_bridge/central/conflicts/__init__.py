"""The conflict desk: what was accepted at somebody's risk and went wrong, and who bears it (X6)."""
