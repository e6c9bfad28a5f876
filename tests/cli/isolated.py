"""Runs a command in a network of its own, whose every route leads to a listener: `isolated.py FILE COMMAND…`.

The listener sees each packet to another address than those of loopback: a connection, a datagram, a lookup of
a name. FILE gets their addresses as JSON. Needs root, or user namespaces.
"""

import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from ipaddress import ip_address
from pathlib import Path

NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
SET_FLAGS, ADD_ROUTE = 0x8914, 0x890B  # SIOCSIFFLAGS, SIOCADDRT
EVERY_PROTOCOL = 3  # ETH_P_ALL
DESTINATIONS = {0x0800: slice(30, 34), 0x86DD: slice(38, 54)}  # in IPv4 and IPv6, behind 14 bytes of Ethernet
END = b"\xff" * 8


def enter_network() -> None:
    """Moves this process into a network that has nothing but loopback. Raises `OSError`."""
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    if unshare(NEW_NETWORK) and unshare(NEW_USER | NEW_NETWORK):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh14x", b"lo", 0x41))  # up, running
        # struct rtentry: a route to everywhere by loopback
        family = struct.pack("H14x", socket.AF_INET)
        device = ctypes.create_string_buffer(b"lo")
        route = struct.pack(
            "L16s16s16sHhLPhPLLH6x",
            *(0, family, family, family, 1, 0, 0, 0, 0, ctypes.addressof(device), 0, 0, 0),
        )
        fcntl.ioctl(any_socket, ADD_ROUTE, route)


def listen(listener: socket.socket, left: set[str]) -> None:
    """Notes the addresses to which packets go, until one says that it is the last."""
    while True:
        packet, (_device, protocol, *_rest) = listener.recvfrom(65_536)
        if protocol not in DESTINATIONS:
            continue
        address = ip_address(packet[DESTINATIONS[protocol]])
        if packet.endswith(END):
            return
        if not address.is_loopback:
            left.add(str(address))


def main(file: str, *command: str) -> int:
    enter_network()
    left: set[str] = set()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL)) as listener:
        listener.bind(("lo", EVERY_PROTOCOL))
        thread = threading.Thread(target=listen, args=(listener, left))
        thread.start()
        code = subprocess.run(command, check=False).returncode
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(END, ("127.0.0.1", 9))
        thread.join()
    Path(file).write_text(json.dumps(sorted(left)))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
