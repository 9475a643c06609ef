"""How long tests wait for something that ends soon.

The limit only stops a test that hangs: on a busy machine everything takes
longer. Commands that must not end on their own sleep for an hour.
"""
LIMIT = 600     # seconds
