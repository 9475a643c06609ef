"""Training that can be resumed.

`checkpoint` saves and restores a training, `trainer_state` the part of it
that belongs to the trainer, and `statefile` is the file's format.
"""
