"""Files from the network: complete and verified, or absent."""

import hashlib
import time
from dataclasses import dataclass

__all__ = ["NotFetched", "Remote", "fetch"]

#: Seconds to wait for an answer, or for the next part of one.
TIMEOUT = 30
#: How often an address is tried if it fails in a way that may pass, and the seconds before the second attempt; each
#: further pause is twice as long.
ATTEMPTS = 3
PAUSE = 1
#: Bytes received at once.
PIECE = 2**16


@dataclass(frozen=True)
class Remote:
    """A file on the network: its name here, the SHA-256 of its content, and the addresses that offer it."""

    name: str
    sha256: str
    addresses: tuple


class NotFetched(Exception):
    """No address gave the file; the arguments say of each address what happened."""


class Unavailable(Exception):
    """An attempt that failed."""


class Passing(Unavailable):
    """An attempt that failed in a way that may pass."""


def fetch(remote, folder):
    """Download a file into a folder, where it appears complete and verified, or not at all.

    Parameters
    ----------
    remote : Remote
    folder : pathlib.Path
        It must exist.

    Raises
    ------
    NotFetched
        If no address gave it.
    OSError
        If it cannot be written.
    """
    tried = []
    for address in remote.addresses:
        try:
            return patiently(address, remote, folder / remote.name)
        except Unavailable as failure:
            tried.append(f"{address}: {failure}")
    raise NotFetched(*tried)


def patiently(address, remote, final):
    """Download from one address, in several attempts while what fails may pass."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return transfer(address, remote, final)
        except Passing:
            if attempt == ATTEMPTS:
                raise
        time.sleep(PAUSE * 2 ** (attempt - 1))


def transfer(address, remote, final):
    """One attempt: download, verify, and only then give the file its name."""
    from convviz._support.files import atomic_file

    with opened(address) as response, atomic_file(final) as temporary:
        digest, received = save(response, temporary, remote.name)
        if received < (expected := promised(response) or 0):
            raise Passing(f"broke off after {received:,} of {expected:,} bytes")
        if digest != remote.sha256:
            raise Unavailable(f"sent {received:,} bytes that are not the file expected (wrong SHA-256)")


def save(response, path, name):
    """Write what arrives into a file; its SHA-256 and length."""
    from tqdm.auto import tqdm

    digest, received = hashlib.sha256(), 0
    bar = tqdm(desc=name, total=promised(response), unit="B", unit_scale=True, unit_divisor=1024)
    with open(path, "wb") as file, bar as progress:
        while piece := received_from(response):
            digest.update(piece)
            file.write(piece)
            received += len(piece)
            progress.update(len(piece))
    return digest.hexdigest(), received


def promised(response):
    """How many bytes a server says it sends; None if it does not say."""
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def opened(address):
    """The answer of a server."""
    import http.client
    import urllib.request

    request = urllib.request.Request(address, headers={"User-Agent": "convviz"})
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT)
    except (OSError, http.client.HTTPException) as error:
        raise explained(error) from None


def received_from(response):
    """The next bytes of an answer; none at its end."""
    import http.client

    try:
        return response.read(PIECE)
    except (OSError, http.client.HTTPException) as error:
        raise explained(error) from None


def explained(error):
    """An error of the network in words, and as one that may pass or not."""
    from http.client import HTTPException
    from urllib.error import HTTPError

    if isinstance(error, HTTPError):
        error.close()
        kind = Passing if error.code in (408, 429) or error.code >= 500 else Unavailable
        return kind(f"the server answered {error.code} {error.reason}")
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return Passing(f"no answer within {TIMEOUT} s")
    broken = isinstance(reason, ConnectionResetError | ConnectionAbortedError | HTTPException)
    kind = Passing if broken else Unavailable
    return kind(str(getattr(reason, "strerror", None) or reason) or type(reason).__name__)
