"""Hostile URLs: addresses inside a network, in every notation that some resolver or browser reads.

Addresses are of each kind that is not public; notations are the usual one, one number, octal and
hexadecimal parts, short forms, and IPv6 addresses that carry an IPv4 address.
"""

from ipaddress import IPv4Address

INTERNAL_IPV4 = (
    "127.0.0.1",  # loopback
    "10.0.0.1",  # private
    "172.16.31.1",  # private
    "192.168.0.10",  # private
    "169.254.169.254",  # metadata of cloud machines
    "100.100.100.200",  # carrier-grade NAT, and metadata
    "0.0.0.0",  # unspecified
)
INTERNAL_IPV6 = ("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1")


def notations(text: str) -> list[str]:
    """The host of a URL that leads to this IPv4 address, in each notation."""
    address = IPv4Address(text)
    number = int(address)
    a, b, c, d = address.packed
    high, low = number >> 16, number & 0xFFFF
    return [
        text,
        str(number),
        f"0x{number:x}",
        f"0{number:o}",
        f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{low}",
        f"[::ffff:{text}]",
        f"[::{text}]",
        f"[::ffff:0:{text}]",
        f"[64:ff9b::{text}]",
        f"[64:ff9b:1::{text}]",
        f"[2002:{high:x}:{low:x}::1]",
        f"[2001:0:{0xFFFF:x}::{high ^ 0xFFFF:x}:{low ^ 0xFFFF:x}]",
    ]


NUMERIC = [f"https://{host}/" for address in INTERNAL_IPV4 for host in notations(address)] + [
    f"https://[{address}]/" for address in INTERNAL_IPV6
]
OTHER_ADDRESSES = [
    f"https://{host}/"
    for host in (
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "168.63.129.16",
        "[2001:db8::1]",
        "[2001:10::1]",
        "[3fff::1]",
        "[100::1]",
        "[5f00::1]",
        "[fe80::1%25eth0]",
        "[fe80::1%eth0]",
    )
]
OTHER_FORMS = [
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://localhost.localdomain/",
    "https://ip6-localhost/",
    "https://api.localhost/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://printer.local/",
    "https://intranet/",
    "https://router.home.arpa/",
    "https://127.0.0.1./",
    "https://127.1/",
    "https://0/",
    "https://1.2.3.4.5/",
    "https://example.0x7f/",
    "https://127。0。0。1/",
    "https://１２７.0.0.1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://ⓛocalhost/",
    "https://%31%32%37.0.0.1/",
    "https://127.0.0.1%00.hotel.example/",
    "https://hotel.example@127.0.0.1/",
    "https://user:password@hotel.example/",
    "https://127.0.0.1\\@hotel.example/",
    "https://hotel.example\\.127.0.0.1/",
    "https://hotel.example#@127.0.0.1/",
    "https://hotel.example /",
    "https://hotel.example/\r\nHost: localhost",
    "https://hotel.example/\tx",
    "https://hotel..example/",
    "https://-hotel.example/",
    "https://hotel.example:22/",
    "https://hotel.example:25/",
    "https://hotel.example:0/",
    "https://hotel.example:65536/",
    "https://hotel.example:port/",
    "https://[::1/",
    "https://[localhost]/",
    "https://[hotel.example]/",
    "https://[127.0.0.1]/",
    "https://hotel.example[::1]/",
    "https://[::1].hotel.example/",
    "https:///",
    "https://",
    "https:hotel.example",
    "//hotel.example/",
    "hotel.example/",
    "",
    "http://hotel.example/",
    "http://93.184.216.34/",
    "ftp://hotel.example/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/_FLUSHALL",
    "javascript:alert(1)",
    "https+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "https://hotel.example/" + "x" * 2000,
]
HOSTILE = NUMERIC + OTHER_ADDRESSES + OTHER_FORMS
