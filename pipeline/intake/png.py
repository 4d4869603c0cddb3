"""How much a PNG's image data unpack to: they may be more than its pixels, at a thousand bytes for one."""

import struct
import zlib

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_STEP = 1 << 20


def unpacks_too_far(png: bytes) -> bool:
    """Whether its data unpack to more than twice its pixels; unpacks no more than that, a mebibyte at a time.

    The decoder unpacks all of them, whatever its picture takes. Damaged data are left to it.
    """
    width, height, depth, colour = struct.unpack_from(">IIBB", png, 16)
    most = 2 * height * (2 + width * depth * _CHANNELS.get(colour, 4) // 8) + _STEP
    inflater, unpacked, position = zlib.decompressobj(), 0, 8
    while position + 8 <= len(png) and not inflater.eof:
        length, name = struct.unpack_from(">I4s", png, position)
        rest = png[position + 8 : position + 8 + length] if name == b"IDAT" else b""
        while rest and not inflater.eof:
            try:
                unpacked += len(inflater.decompress(rest, _STEP))
            except zlib.error:
                return False
            if unpacked > most:
                return True
            rest = inflater.unconsumed_tail
        position += 12 + length
    return False
