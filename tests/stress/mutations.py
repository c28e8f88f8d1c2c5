"""Ways to damage a media file, by accident or on purpose; the same chance gives the same bytes."""

import random
from collections.abc import Callable

from units import Unit, units

_HEADER_BYTES = 4096
_EXTREMES = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)
Mutation = Callable[[bytes, bytes, random.Random], bytes]


def flip_bits(content: bytes, donor: bytes, chance: random.Random) -> bytes:
    """Flip a few bits or many, anywhere."""
    result = bytearray(content)
    for _ in range(chance.choice((1, 3, 20, 200))):
        result[chance.randrange(len(result))] ^= 1 << chance.randrange(8)
    return bytes(result)


def truncate(content: bytes, donor: bytes, chance: random.Random) -> bytes:
    """Cut the end off, anywhere or within the first header."""
    end = chance.choice((len(content), min(len(content), 200)))
    return content[: chance.randrange(1, end)]


def lose_stretch(content: bytes, donor: bytes, chance: random.Random) -> bytes:
    """Take a stretch out, or fill it with zeros."""
    start = chance.randrange(len(content))
    end = min(len(content), start + chance.choice((1, 7, 100, 5000)))
    filling = bytes(end - start) if chance.random() < 0.5 else b""
    return content[:start] + filling + content[end:]


def insert_noise(content: bytes, donor: bytes, chance: random.Random) -> bytes:
    """Put random bytes between two places."""
    at = chance.randrange(len(content))
    return content[:at] + chance.randbytes(chance.choice((1, 4, 64, 3000))) + content[at:]


def edit_header(content: bytes, donor: bytes, chance: random.Random) -> bytes:
    """Set a few fields at the beginning or the end of the file to extreme values."""
    result = bytearray(content)
    for _ in range(chance.choice((1, 2, 8))):
        reach = min(len(result), chance.choice((64, 512, _HEADER_BYTES)))
        at = chance.randrange(reach)
        at = at if chance.random() < 0.6 else len(result) - 1 - at
        value = bytes([chance.choice(_EXTREMES)]) * chance.choice((1, 2, 4, 8))
        result[at : at + len(value)] = value[: len(result) - at]
    return bytes(result)


def swap_units(content: bytes, donor: bytes, chance: random.Random) -> bytes:
    """Exchange two units of the container."""
    found = units(content)
    one, two = sorted(chance.choices(found, k=2))
    if one.end > two.start:
        return flip_bits(content, donor, chance)
    between = content[one.end : two.start]
    swapped = content[two.start : two.end] + between + content[one.start : one.end]
    return content[: one.start] + swapped + content[two.end :]


def repeat_unit(content: bytes, donor: bytes, chance: random.Random) -> bytes:
    """Let a unit follow itself, once or often."""
    unit = chance.choice(units(content))
    times = chance.choice((1, 1, 2, 50)) if unit.end - unit.start < 10_000 else 1
    return content[: unit.end] + content[unit.start : unit.end] * times + content[unit.end :]


def drop_unit(content: bytes, donor: bytes, chance: random.Random) -> bytes:
    """Leave a unit out."""
    unit = chance.choice(units(content))
    return content[: unit.start] + content[unit.end :] or content


def resize_unit(content: bytes, donor: bytes, chance: random.Random) -> bytes:
    """Let a unit claim another size than it has."""
    sized = [unit for unit in units(content) if unit.size_bytes]
    if not sized:
        return edit_header(content, donor, chance)
    unit = chance.choice(sized)
    most = (1 << 8 * unit.size_bytes) - 1
    size = chance.choice((0, 1, 7, most, most // 2, most // 2 + 1, chance.randrange(most)))
    written = size.to_bytes(unit.size_bytes, "big" if content[:4] != b"RIFF" else "little")
    return content[: unit.size_at] + written + content[unit.size_at + unit.size_bytes :]


def fill_unit(content: bytes, donor: bytes, chance: random.Random) -> bytes:
    """Replace the content of a unit by noise, keeping its header."""
    unit = chance.choice(units(content))
    start = min(unit.end, unit.start + max(8, unit.size_at - unit.start + unit.size_bytes))
    end = min(unit.end, start + chance.choice((4, 32, 4096)))
    return content[:start] + chance.randbytes(end - start) + content[end:]


def splice(content: bytes, donor: bytes, chance: random.Random) -> bytes:
    """Go on in the middle with the middle of another file."""
    return content[: _seam(content, chance).end] + donor[_seam(donor, chance).start :]


def transplant(content: bytes, donor: bytes, chance: random.Random) -> bytes:
    """Replace a unit by one of another file."""
    unit, other = chance.choice(units(content)), chance.choice(units(donor))
    return content[: unit.start] + donor[other.start : other.end] + content[unit.end :]


def _seam(content: bytes, chance: random.Random) -> Unit:
    at = chance.randrange(len(content))
    return chance.choice((Unit(at, at), chance.choice(units(content))))


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits,
    truncate,
    lose_stretch,
    insert_noise,
    edit_header,
    swap_units,
    repeat_unit,
    drop_unit,
    resize_unit,
    fill_unit,
    splice,
    transplant,
)


def mutate(content: bytes, donor: bytes, *, seed: str) -> tuple[bytes, tuple[str, ...]]:
    """Return a damaged file, and what was done to it.

    Args:
        content: The file.
        donor: Another one, of which parts may be taken.
        seed: Whatever names this damage; the same name gives the same bytes.
    """
    chance = random.Random(seed)
    chosen = chance.choices(MUTATIONS, k=chance.choice((1, 1, 1, 2, 3)))
    for mutation in chosen:
        content = mutation(content, donor, chance) or content
    return content, tuple(mutation.__name__ for mutation in chosen)
