"""Programs that use the demo from outside, as a person would: started as a process, driven over the workbench."""
