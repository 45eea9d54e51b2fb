"""Every kind of pixels becomes RGB in sRGB."""

import io
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from pipeline.fetch.decode import decode
from pipeline.fetch.settings import FetchSettings
from tests.pipeline.fetch.test_decode import AS_IS, flat, pixels, png, saved

PLAIN = FetchSettings(resize="no", format="png")


@pytest.mark.parametrize(
    ("image", "kind", "colour"),
    [
        (flat("L", 100), "JPEG", (100, 100, 100)),
        (flat("1", 1), "PNG", (255, 255, 255)),
        (flat("P", 0).convert("P"), "GIF", (0, 0, 0)),
        (flat("RGBA", (200, 0, 0, 0)), "PNG", (255, 255, 255)),
        (flat("RGBA", (200, 0, 0, 128)), "PNG", (227, 127, 127)),
        (flat("RGBA", (200, 0, 0, 128)), "WEBP", (227, 127, 127)),
        (flat("LA", (0, 0)), "PNG", (255, 255, 255)),
        (flat("I;16", 32896), "PNG", (128, 128, 128)),
        (flat("I;16", 65535), "TIFF", (255, 255, 255)),
        (flat("CMYK", (0, 0, 0, 255)), "JPEG", (0, 0, 0)),
        (flat("CMYK", (0, 255, 255, 0)), "TIFF", (255, 0, 0)),
        (flat("CMYK", (0, 255, 255, 0)), "JPEG", (255, 0, 0)),  # which Pillow writes as Adobe does, inverted
    ],
)
def test_every_kind_of_pixels_becomes_rgb(image, kind, colour):
    options = {"lossless": True} if kind == "WEBP" else {}
    assert np.abs(pixels(decode(saved(image, kind, **options), AS_IS)) - colour).max() <= 3


def test_a_transparent_colour_of_a_palette_is_white():
    body = saved(flat("P", 0), "GIF", transparency=0)
    assert pixels(decode(body, AS_IS)).min() >= 253


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def tags(profile: bytes) -> dict[bytes, int]:
    """Where in a profile its tags stand in their table (ICC.1, 7.3), by name."""
    return {profile[132 + 12 * i : 136 + 12 * i]: 136 + 12 * i for i in range(struct.unpack(">I", profile[128:132])[0])}


def swapped() -> bytes:
    """sRGB with red and green exchanged: it shows at once whether it is heeded."""
    made, there = bytearray(SRGB), tags(SRGB)
    r, g = there[b"rXYZ"], there[b"gXYZ"]
    made[r : r + 8], made[g : g + 8] = SRGB[g : g + 8], SRGB[r : r + 8]
    return bytes(made)


def linear(space: bytes = b"RGB ") -> bytes:
    """sRGB with light itself for its levels, under the name of sRGB as before; for greys it has one curve more."""
    made, there = bytearray(SRGB), tags(SRGB)
    curve = b"curv" + bytes(8)
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        made[there[name] : there[name] + 8] = struct.pack(">II", len(made), len(curve))
    if space == b"GRAY":
        made[there[b"rTRC"] - 4 : there[b"rTRC"]] = b"kTRC"
    made[16:20] = space
    made += curve
    made[:4] = struct.pack(">I", len(made))
    return bytes(made)


def test_colours_are_brought_to_srgb():
    image = flat("RGB", (200, 30, 30))
    for kind in ("JPEG", "PNG"):
        red, green, blue = pixels(decode(saved(image, kind, icc_profile=swapped()), AS_IS)).mean((0, 1))
        assert (green > 180, red < 60, blue < 60) == (True, True, True)
    kept = saved(image, "JPEG", icc_profile=b"broken")
    assert abs(pixels(decode(kept, AS_IS)).mean((0, 1))[0] - 200) < 4


def test_srgb_is_told_by_what_a_profile_does_and_not_by_its_name():
    assert "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(linear())))
    for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        body = saved(flat("RGB", (55, 55, 55)), kind, quality=95, icc_profile=linear())
        assert pixels(decode(body, AS_IS)) == pytest.approx(128, abs=2)
    renamed = SRGB.replace(b"s\0R\0G\0B", b"o\0d\0d\0!").replace(b"sRGB", b"odd!")
    body = saved(flat("RGB", (55, 90, 120)), "JPEG", icc_profile=renamed)
    assert decode(body, AS_IS).jpg == saved(flat("RGB", (55, 90, 120)), "JPEG")


@pytest.mark.parametrize("space", [b"GRAY", b"RGB "])
@pytest.mark.parametrize(("mode", "kind"), [("L", "JPEG"), ("L", "PNG"), ("LA", "PNG"), ("L", "TIFF")])
def test_greys_have_profiles_too(mode: str, kind: str, space: bytes) -> None:
    body = saved(flat(mode, 55 if mode == "L" else (55, 255)), kind, quality=95, icc_profile=linear(space))
    assert pixels(decode(body, AS_IS)) == pytest.approx(128, abs=2)


def cmyk_profile(colour: tuple[int, int, int]) -> bytes:
    """A profile (ICC.1, lut8Type) of a press whose full cyan has a CIELAB colour, encoded 0 to 255, and all else is white."""
    corners = [colour if corner == 8 else (255, 128, 128) for corner in range(16)]
    identity = struct.pack(">9i", *(65536 if n % 4 == 0 else 0 for n in range(9)))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity + 4 * bytes(range(256)) + bytes(sum(corners, ())) + 3 * bytes(range(256))
    text = b"desc" + bytes(4) + struct.pack(">I", 6) + b"press\0" + bytes(78)
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    tags, at, body = b"", 132 + 12 * 3, b""
    for name, data in ((b"A2B0", table), (b"desc", text), (b"wtpt", white)):
        data += bytes(-len(data) % 4)
        tags += name + struct.pack(">II", at + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", at + len(body), bytes(4), 0x02100000, b"prtr", b"CMYK", b"Lab ") + bytes(12) + b"acsp" + bytes(28)
    head += struct.pack(">3i", 63190, 65536, 54061)
    return head + bytes(128 - len(head)) + struct.pack(">I", 3) + tags + body


def test_the_colours_of_a_press_are_brought_to_srgb():
    body = saved(flat("CMYK", (255, 0, 0, 0)), "JPEG", quality=95, icc_profile=cmyk_profile((128, 60, 190)))  # a green
    assert pixels(decode(body, AS_IS)).mean((0, 1)) == pytest.approx((0, 144, 0), abs=12)
    plain = saved(flat("CMYK", (255, 0, 0, 0)), "JPEG", quality=95)
    assert pixels(decode(plain, AS_IS)).mean((0, 1)) == pytest.approx((0, 255, 255), abs=4)


def test_sixteen_bits_a_channel_are_scaled() -> None:
    grey = Image.fromarray(np.linspace(0, 65535, 4096).astype(np.uint16).reshape(64, 64))
    wanted = np.linspace(0, 65535, 4096).astype(np.uint16).reshape(64, 64) / 257
    for kind in ("PNG", "TIFF"):
        made = pixels(decode(saved(grey, kind), PLAIN), "PNG")
        assert np.abs(made - wanted[:, :, None]).max() <= 0.5
    rgb = png(40, 40, 16, 2, bytes([0xFF, 0xFF, 0x80, 0x80, 0, 0]) * 1600)
    assert (pixels(decode(rgb, PLAIN), "PNG") == (255, 128, 0)).all()
    clear = png(40, 40, 16, 6, bytes([0xFF, 0xFF, 0, 0, 0, 0, 0, 0]) * 1600)
    assert (pixels(decode(clear, PLAIN), "PNG") == 255).all()


def test_a_clear_grey_of_sixteen_bits_is_white() -> None:
    body = png(40, 40, 16, 0, struct.pack(">2H", 0, 32896) * 800, tRNS=b"\0\0")
    assert (pixels(decode(body, PLAIN), "PNG")[0, :2] == ((255, 255, 255), (128, 128, 128))).all()
    body = png(40, 40, 16, 2, struct.pack(">6H", 65535, 0, 0, 0, 65535, 0) * 800, tRNS=struct.pack(">3H", 65535, 0, 0))
    assert (pixels(decode(body, PLAIN), "PNG")[0, :2] == ((255, 255, 255), (0, 255, 0))).all()


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_clear_grey_of_few_bits_is_white_and_others_are_not(depth: int) -> None:
    for clear in {1, 2**depth - 1}:
        row = int(f"{0:0{depth}b}{clear:0{depth}b}" * 20, 2).to_bytes(5 * depth)
        made = pixels(decode(png(40, 40, depth, 0, row * 40, tRNS=struct.pack(">H", clear)), PLAIN), "PNG")
        assert (made[0, :2] == ((0, 0, 0), (255, 255, 255))).all()
    made = pixels(decode(png(40, 40, depth, 0, b"\xff" * 5 * depth * 40, tRNS=bytes(2)), PLAIN), "PNG")
    assert (made == 255).all()


def bitmap(alpha: int, masks: tuple[int, ...] = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)) -> bytes:
    """A BMP (version 4) of red pixels of 32 bits, all of this alpha."""
    samples = bytes((10, 20, 200, alpha)) * 1600
    head = struct.pack("<IiiHHIIiiII", 108, 40, 40, 1, 32, 3, len(samples), 0, 0, 0, 0) + struct.pack("<4I", *masks) + b"sRGB" + bytes(48)
    return b"BM" + struct.pack("<IHHI", 14 + len(head) + len(samples), 0, 0, 14 + len(head)) + head + samples


@pytest.mark.parametrize(("alpha", "colour"), [(255, (200, 20, 10)), (0, (200, 20, 10)), (128, (227, 137, 132))])
def test_a_bitmap_that_is_all_clear_has_no_alpha(alpha: int, colour: tuple[int, int, int]) -> None:
    assert np.abs(pixels(decode(bitmap(alpha), PLAIN), "PNG") - colour).max() <= 1


def test_inks_are_inverted_only_where_adobe_says_so() -> None:
    body = saved(flat("CMYK", (255, 0, 0, 0)), "JPEG", quality=95)
    assert pixels(decode(body, AS_IS)).mean((0, 1)) == pytest.approx((0, 255, 255), abs=3)
    at = body.index(b"\xff\xee")
    plain = body[:at] + body[at + 2 + int.from_bytes(body[at + 2 : at + 4]) :]
    assert pixels(decode(plain, AS_IS)).mean((0, 1)) == pytest.approx((0, 0, 0), abs=3)  # the same numbers: no cyan, all other inks


@pytest.mark.parametrize(
    ("depth", "kind", "level"), [(8, 0, b"\x37"), (8, 2, 3 * b"\x37"), (8, 6, 3 * b"\x37" + b"\xff"), (16, 0, b"\x37\x37")]
)
def test_the_gamma_of_a_png_is_heeded(depth: int, kind: int, level: bytes) -> None:
    def shown(**chunks: bytes) -> np.ndarray:
        return pixels(decode(png(40, 40, depth, kind, level * 1600, **chunks), PLAIN), "PNG")

    light = struct.pack(">I", 100_000)
    assert (shown(gAMA=light) == 128).all()
    for chunks in ({}, {"gAMA": struct.pack(">I", 45_455)}, {"gAMA": bytes(4)}, {"sRGB": b"\0", "gAMA": light}):
        assert (shown(**chunks) == 55).all()


def test_an_adobe_jpeg_of_inks_in_ycck_is_shown_in_its_colours() -> None:
    """Brightness and colours of the inverted inks stand for three of them, and Adobe's segment says so by a 2."""
    cyan = [255 - level for level in (179, 171, 1)]  # what is left of white by red ink, in YCbCr, inverted as Pillow will do again
    body = saved(flat("CMYK", (*cyan, 0)), "JPEG", quality=98)
    at = body.index(b"Adobe") + 11
    assert body[at] == 0
    made = pixels(decode(body[:at] + b"\2" + body[at + 1 :], AS_IS))
    assert made.mean((0, 1)) == pytest.approx((255, 0, 0), abs=6)


def test_transparency_takes_little_memory() -> None:
    body = saved(Image.linear_gradient("L").resize((3000, 2000)).convert("RGBA"), "PNG")
    program = (
        "import io, resource, sys; from PIL import Image; from pipeline.fetch.colours import over_white\n"
        "image = Image.open(io.BytesIO(sys.stdin.buffer.read())); image.load()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "over_white(image); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    run = subprocess.run([sys.executable, "-c", program], input=body, capture_output=True, check=True, cwd=Path(__file__).parents[3])
    assert int(run.stdout) * 1024 < 7 * 6_000_000
