"""What the chapters share: nets, their costs, drawings, recorded results."""
