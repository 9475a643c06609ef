"""The training loop beneath `train_ch3`, `train_ch5` and `train`.

From the outside in:

- `run`: one training as an object: net, loss, devices, and what updates the
  parameters (a trainer, or `d2l.sgd`).
- `loop`: epoch by epoch; makes the line that is printed.
- `preflight`: before the first batch: do net, trainer and devices fit?
- `first_batch`: do the arrays of the first batch fit the net?
- `epochs`: one step, one epoch, one evaluation.
- `batches`: batches onto the devices; rehearsals (`D2L_MAX_BATCHES`).
- `graph`: the net as one compiled graph, `joint`: on a GPU, with its loss;
  `pooling` makes parts of it faster.
- `progress`, `interrupts`, `failures`: the bar; Ctrl-C; divergence and lack
  of memory.
- `workers`: several processes: who prints, and what all must agree on.
- `collectives`: the bytes and arrays that they exchange.
- `parts`: the part of a batch that each of them computes.

Checkpoints are in `d2l.checkpoints`, which imports nothing from here.
"""
