"""usage: evtx.py FILE   Writes a Windows event log of three events, made here token by token (binary XML, no templates)."""
import struct
import sys
import zlib

CHUNK = 65536


class Chunk:
    def __init__(self):
        self.data = bytearray(512)
        self.first = self.count = self.last = 0

    def name(self, text):
        """The offset of a name, and its bytes inline, as where it occurs first."""
        self.data += struct.pack("<I", len(self.data) + 4)
        self.data += struct.pack("<IHH", 0, 0, len(text)) + text.encode("utf-16le") + b"\0\0"

    def text(self, text):
        self.data += b"\x05\x01" + struct.pack("<H", len(text)) + text.encode("utf-16le")

    def element(self, name, attributes=(), content=()):
        self.data += b"\x41" if attributes else b"\x01"
        self.data += b"\xff\xff"
        size_at = len(self.data)
        self.data += bytes(4)
        self.name(name)
        if attributes:
            list_at = len(self.data)
            self.data += bytes(4)
            for i, (key, value) in enumerate(attributes):
                self.data += b"\x46" if i + 1 < len(attributes) else b"\x06"
                self.name(key)
                self.text(value)
            struct.pack_into("<I", self.data, list_at, len(self.data) - list_at - 4)
        if content:
            self.data += b"\x02"
            for item in content:
                if isinstance(item, str):
                    self.text(item)
                else:
                    self.element(*item)
            self.data += b"\x04"
        else:
            self.data += b"\x03"
        struct.pack_into("<I", self.data, size_at, len(self.data) - size_at - 4)

    def record(self, event):
        self.count += 1
        self.last = at = len(self.data)
        self.data += struct.pack("<IIQQ", 0x2A2A, 0, self.count, 132000000000000000)
        self.data += b"\x0f\x01\x01\x00"
        self.element(*event)
        self.data += b"\0"
        size = len(self.data) + 4 - at
        struct.pack_into("<I", self.data, at + 4, size)
        self.data += struct.pack("<I", size)

    def bytes(self):
        head = struct.pack("<8sQQQQIII", b"ElfChnk", 1, self.count, 1, self.count, 128, self.last, len(self.data))
        head += struct.pack("<I", zlib.crc32(bytes(self.data[512:])))
        self.data[: len(head)] = head
        self.data[124:128] = struct.pack("<I", zlib.crc32(bytes(self.data[:120] + self.data[128:512])))
        return bytes(self.data).ljust(CHUNK, b"\0")


def event(number, code, data):
    return ("Event", [("xmlns", "http://schemas.microsoft.com/win/2004/08/events/event")], [
        ("System", (), [
            ("Provider", [("Name", "Microsoft-Windows-Security-Auditing")]),
            ("EventID", (), [code]),
            ("Keywords", (), ["0x8020000000000000"]),
            ("TimeCreated", [("SystemTime", "2024-05-01T10:00:0%d.000000000Z" % number)]),
            ("EventRecordID", (), [str(number)]),
            ("Channel", (), ["Security"]),
            ("Computer", (), ["pc1.example.org"]),
            ("Security", (), ()),
        ]),
        ("EventData", (), [("Data", [("Name", n)], [v] if v else ()) for n, v in data]),
    ])


chunk = Chunk()
chunk.record(event(1, "4688", [("NewProcessName", r"C:\Windows\System32\cmd.exe"), ("CommandLine", 'cmd /c "a & b" <it\'s>'),
                               ("SubjectLogonId", "0x00000000000003e7"), ("MandatoryLabel", "")]))
chunk.record(event(2, "4688", [("NewProcessName", r"C:\b.exe"), ("CommandLine", "two\r\nlines")]))
chunk.record(event(3, "1102", [("it's", "x")]))
body = chunk.bytes()
head = struct.pack("<8sQQQIHHHH", b"ElfFile", 0, 0, chunk.count + 1, 128, 1, 3, 4096, 1).ljust(120, b"\0")
head += struct.pack("<II", 0, zlib.crc32(head))
with open(sys.argv[1], "wb") as out:
    out.write(head.ljust(4096, b"\0") + body)
