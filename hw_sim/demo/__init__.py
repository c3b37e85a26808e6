"""The demo: the whole system on one machine, with one terminal and its workbench."""
