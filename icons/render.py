#!/usr/bin/env python3
"""Renders conclave.svg into the sizes and containers that the bundles need.

Needs rsvg-convert (Debian: librsvg2-bin). Run after the drawing changes; the results are committed.
"""

import struct
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
# File name -> edge in pixels; the names are the ones Tauri's bundlers look for.
PNGS = {"32x32.png": 32, "64x64.png": 64, "128x128.png": 128, "128x128@2x.png": 256, "icon.png": 512}
ICO_EDGES = (16, 24, 32, 48, 64, 256)
# Apple's container: a four-letter type per size, each holding a PNG.
ICNS_TYPES = {b"ic07": 128, b"ic08": 256, b"ic09": 512, b"ic10": 1024}


def png(edge: int) -> bytes:
    command = ["rsvg-convert", "--width", str(edge), "--height", str(edge), str(HERE / "conclave.svg")]
    return subprocess.run(command, check=True, capture_output=True).stdout


def ico(images: dict[int, bytes]) -> bytes:
    head = struct.pack("<HHH", 0, 1, len(images))
    offset = len(head) + 16 * len(images)
    entries, bodies = b"", b""
    for edge, body in images.items():
        # An edge of 256 is written as 0.
        entries += struct.pack("<BBBBHHII", edge % 256, edge % 256, 0, 0, 1, 32, len(body), offset + len(bodies))
        bodies += body
    return head + entries + bodies


def icns(images: dict[bytes, bytes]) -> bytes:
    body = b"".join(kind + struct.pack(">I", len(image) + 8) + image for kind, image in images.items())
    return b"icns" + struct.pack(">I", len(body) + 8) + body


def main() -> None:
    for name, edge in PNGS.items():
        (HERE / name).write_bytes(png(edge))
    (HERE / "icon.ico").write_bytes(ico({edge: png(edge) for edge in ICO_EDGES}))
    (HERE / "icon.icns").write_bytes(icns({kind: png(edge) for kind, edge in ICNS_TYPES.items()}))


if __name__ == "__main__":
    main()
