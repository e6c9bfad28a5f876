"""References in the texts of a capsule, in place of what differs from world to world: `{{capsule:…}}`.

{{capsule:origin}}                       the vendor's base URL; `server` and `host` are those of the server
{{capsule:credential:VENDOR.api_key}}    a credential that the world was created with
{{capsule:minted:credential-9.api_key}}  one that was minted later, by its id in the recorded world
{{capsule:reply:e3:-2:/data/url}}        a part of an earlier reply, of an exchange (e) or an action (a)
{{capsule:secret:<digest>:<stand-in>}}   a secret that is not resolved yet
{{capsule:}}                             two braces, where a text looks like a reference already
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import blake2s, shake_128
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Final

START: Final = "{{capsule:"
_REFERENCE: Final = re.compile(r"\{\{capsule:([^{}]*)\}\}")
_SECRET: Final = f"{START}secret:"
_TO_SECRET: Final = re.compile(r"\{\{capsule:secret:[^{}]*\}\}")
_KEPT: Final = frozenset("-_.@+/=%:~ ")
_MAX_STAND_IN: Final = 512


def escape(text: str) -> str:
    """The text with what looks like the start of a reference written as one."""
    return text.replace(START, f"{START}}}}}{START[2:]}") if START in text else text


def reference(content: str) -> str:
    """The reference with this content."""
    return f"{START}{content}}}}}"


def expand(text: str, value: Callable[[str], str]) -> str:
    """The text with each reference replaced by the value of its content."""
    if START not in text:
        return text
    return _REFERENCE.sub(lambda found: value(found[1]) if found[1] else "{{", text)


def translate(text: str, content: Callable[[str], str]) -> str:
    """The text with the content of each reference replaced: by a text that is final, or another reference."""
    if START not in text:
        return text
    return _REFERENCE.sub(lambda found: content(found[1]) if found[1] else found[0], text)


def secret_digest(secret: str, key: str) -> str:
    """The digest of a secret, keyed: it tells nothing to readers without the key."""
    return blake2s(secret.encode("utf-8", "surrogatepass"), key=key.encode()[:32], digest_size=12).hexdigest()


def secret_reference(secret: str, key: str) -> str:
    """The reference to a secret: the same for the same secret of a world."""
    digest = secret_digest(secret, key)
    return reference(f"secret:{digest}:{_stand_in(secret[:_MAX_STAND_IN], digest)}")


def without_secrets(text: str, blank: str) -> str:
    """The text with a blank in place of each reference to a secret."""
    return _TO_SECRET.sub(lambda _found: blank, text) if _SECRET in text else text


def _stand_in(secret: str, digest: str) -> str:
    """A text of the same form: letters for letters, digits for digits, blanks and dashes as they are."""
    noise = shake_128(digest.encode()).digest(len(secret))
    return "".join(map(_similar, secret, noise))


def _similar(character: str, noise: int) -> str:
    if character in _KEPT:
        return character
    if character.isdigit():
        return digits[noise % 10]
    return (ascii_uppercase if character.isupper() else ascii_lowercase)[noise % 26]


def in_base64(content: str, change: Callable[[str], str]) -> str:
    """Bytes in Base64, changed as a text of which each character is one byte."""
    changed = change(b64decode(content).decode("latin-1"))
    return b64encode(changed.encode("latin-1", "replace")).decode()
