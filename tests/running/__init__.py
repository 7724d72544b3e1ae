"""Tests of the ways to start and stop the engine, and of what a newcomer sees first."""
