"""Files that try to make their reader open something else: another file, or a connection."""

import struct
from pathlib import Path


def scripts(target: str) -> dict[str, str]:
    """Return playlists, manifests and session descriptions that point to ``target``."""
    return {
        "list.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.4,\n{target}\n#EXT-X-ENDLIST\n",
        "keyed.m3u8": f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{target}"\n#EXTINF:1,\n{target}\n',
        "master.m3u8": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{target}\n",
        "list.ffconcat": f"ffconcat version 1.0\nfile '{target}'\n",
        "manifest.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" '
        'type="static" mediaPresentationDuration="PT2S"><Period><AdaptationSet '
        'mimeType="video/mp4"><Representation id="v" bandwidth="1" width="64" height="48">'
        f"<BaseURL>{target}</BaseURL><SegmentBase/></Representation></AdaptationSet></Period>"
        "</MPD>",
        "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\n"
        "t=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        "list.asx": f'<asx version="3.0"><entry><ref href="{target}"/></entry></asx>',
        "list.pls": f"[playlist]\nFile1={target}\nNumberOfEntries=1\n",
        "film.smil": f'<smil><body><video src="{target}"/></body></smil>',
        "redirect.rtsp": f"[Reference]\nRef1={target}\n",
        "qt.qtl": f'<?xml version="1.0"?><?quicktime type="application/x-quicktime-media-link"?>'
        f'<embed src="{target}"/>',
        "link.url": f"[InternetShortcut]\nURL={target}\n",
        "picture.svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{target}"/></svg>',
        "cpl.xml": '<?xml version="1.0"?><AssetMap xmlns="http://www.smpte-ra.org/schemas/429-9/'
        f'2007/AM"><AssetList><Asset><Path>{target}</Path></Asset></AssetList></AssetMap>',
    }


def box(kind: bytes, *parts: bytes) -> bytes:
    """Return an MP4 box."""
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def url_reference(target: str) -> bytes:
    """Return a data reference of an MP4 that says its samples lie at an address."""
    entry = box(b"url ", bytes(4), target.encode() + b"\0")
    return struct.pack(">II", 0, 1) + entry


def alias_reference(other: Path) -> bytes:
    """Return a data reference of a MOV that says its samples lie in another file."""
    name, absolute = other.name.encode(), str(other).encode()
    record = bytes(4) + struct.pack(">HH", 0, 2) + bytes(2)
    record += bytes([len(b"disk")]) + b"disk".ljust(27, b"\0") + bytes(12)
    record += bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16)
    record += struct.pack(">HH", 0, 1) + bytes(16)
    for kind, text in ((2, absolute), (18, absolute)):
        record += struct.pack(">HH", kind, len(text)) + text + bytes(len(text) % 2)
    record += struct.pack(">HH", 0xFFFF, 0)
    entry = box(b"alis", bytes(4), record)
    return struct.pack(">II", 0, 1) + entry


def redirecting_movie(target: str) -> bytes:
    """Return a QuickTime reference movie, which holds nothing but an address."""
    address = target.encode() + b"\0"
    reference = box(b"rdrf", bytes(4), b"url ", struct.pack(">I", len(address)), address)
    return box(b"ftyp", b"qt  ", bytes(4), b"qt  ") + box(
        b"moov", box(b"rmra", box(b"rmda", reference))
    )


def with_subtitle_script(avi: bytes, script: str) -> bytes:
    """Add a subtitle stream to an AVI whose content is a playlist (once an attack on FFmpeg)."""
    text = script.encode()
    subtitle = b"GAB2\0\2\0" + struct.pack("<I", 2) + b"x\0"
    subtitle += struct.pack("<HI", 4, len(text)) + text
    header = b"txts" + bytes(16) + struct.pack("<II", 1, 25) + bytes(24)
    stream = _chunk(b"LIST", b"strl" + _chunk(b"strh", header) + _chunk(b"strf", bytes(4)))
    result = bytearray(avi)
    headers = result.index(b"hdrl")
    size = struct.unpack("<I", result[headers - 4 : headers])[0]
    end = headers + size
    result[end:end] = stream
    result[headers - 4 : headers] = struct.pack("<I", size + len(stream))
    avih = result.index(b"avih") + 8
    result[avih + 24 : avih + 28] = struct.pack("<I", 2)
    movie = result.index(b"movi")
    chunk = _chunk(b"01tx", subtitle)
    result[movie + 4 : movie + 4] = chunk
    size = struct.unpack("<I", result[movie - 4 : movie])[0]
    result[movie - 4 : movie] = struct.pack("<I", size + len(chunk))
    result[4:8] = struct.pack("<I", len(result) - 8)
    return bytes(result)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
