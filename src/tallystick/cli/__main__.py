"""Lets `python -m tallystick.cli` do what `tallystick` does."""

from tallystick.cli import main

main()
