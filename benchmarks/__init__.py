"""What d2l costs beside the text's own code and beside PyTorch."""
