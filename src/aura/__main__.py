"""``python -m aura``."""

from aura.cli import main

if __name__ == "__main__":
    main()
