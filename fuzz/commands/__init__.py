"""The commands, a file each. Thin: each reads its options, calls one room, prints, and gives an exit status."""
