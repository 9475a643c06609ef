"""What d2l costs beside the book's own code and beside PyTorch."""
