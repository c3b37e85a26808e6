"""The runtime: carries out what the state machine wants, with whatever ports it is given."""
