"""Start trainings by several processes: `python -m d2l.launch`."""
