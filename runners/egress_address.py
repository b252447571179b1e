"""Which addresses belong to the public internet. Nobody else in agentctl decides it."""

import ipaddress

SPECIAL = [
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 "
        "198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3 2001::/23 2001:db8::/32 2002::/16 3fff::/20"
    ).split()
]
# Of IPv6 only what is given out counts, so that no IPv4 hides in it.
GIVEN6 = ipaddress.ip_network("2000::/3")


def is_address(text):
    try:
        ipaddress.ip_address(text)
        return True
    except ValueError:
        return False


def is_public(text):
    """False for anything that is no address, too, and for IPv6 with a zone."""
    if "%" in text or not is_address(text):
        return False
    address = ipaddress.ip_address(text)
    if address.version == 6 and address not in GIVEN6:
        return False
    return not any(address.version == net.version and address in net for net in SPECIAL)
