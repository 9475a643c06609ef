"""What a training keeps in a folder, to go on from there."""
