"""Shared by the chapters: nets, their costs, drawings, recorded results."""
