"""Training that can be resumed.

`checkpoint` saves and restores a training, `trainer_state` the part of it
that belongs to the trainer, `content` checks what a file holds, `locks` keeps
other trainings out, and `statefile` is the file's format.
"""
