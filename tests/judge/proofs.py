"""What a proof is made of, read without any code of the server: DER, CMS, checkpoints and the Merkle tree.

Standards: X.690 (definite lengths only), RFC 5652, RFC 9162 section 2.1, C2SP signed-note and
tlog-checkpoint. The arithmetic of signatures is PyPI's `cryptography`.
"""

import base64
import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa

SEQUENCE, SET, OCTET_STRING, OID = 0x30, 0x31, 0x04, 0x06
SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
RSA_PSS = bytes.fromhex("2a864886f70d01010a")
HASHES = {
    bytes.fromhex("608648016503040201"): hashes.SHA256(),
    bytes.fromhex("608648016503040202"): hashes.SHA384(),
    bytes.fromhex("608648016503040203"): hashes.SHA512(),
}


class NotProved(Exception):
    """Something is not what it claims to be."""


@dataclass
class Value:
    """One DER value: its tag, its content, and all of its octets."""

    tag: int
    content: bytes
    octets: bytes

    def children(self):
        found, rest = [], self.content
        while rest:
            child, rest = read(rest)
            found.append(child)
        return found


def read(octets):
    """The first value, and what follows it."""
    if len(octets) < 2:
        raise NotProved("DER that ends too early")
    tag, length, start = octets[0], octets[1], 2
    if length & 0x80:
        count = length & 0x7F
        if not 0 < count <= 4 or len(octets) < 2 + count:
            raise NotProved("a length that is no definite one")
        length = int.from_bytes(octets[2 : 2 + count], "big")
        start = 2 + count
    end = start + length
    if len(octets) < end:
        raise NotProved("DER that ends too early")
    return Value(tag, octets[start:end], octets[:end]), octets[end:]


@dataclass
class Signed:
    """A message with one signer, taken apart and not yet verified."""

    content: bytes
    attributes: bytes
    message_digest: bytes
    digest: hashes.HashAlgorithm
    algorithm: bytes
    signature: bytes

    @classmethod
    def parse(cls, octets):
        try:
            return cls._parse(octets)
        except (IndexError, StopIteration, KeyError) as error:
            raise NotProved(f"not a message with one signer: {error!r}") from error

    @classmethod
    def _parse(cls, octets):
        outer, rest = read(octets)
        kind, wrapped = outer.children()
        if rest or kind.content != SIGNED_DATA:
            raise NotProved("not signed data")
        members = wrapped.children()[0].children()
        content = members[2].children()[1].children()[0].content
        (signer,) = members[-1].children()
        _version, _who, digest, attributes, algorithm, signature = signer.children()[:6]
        values = {
            attribute.children()[0].content: attribute.children()[1].children()[0].content
            for attribute in attributes.children()
        }
        return cls(
            content=content,
            # What is signed is the SET OF, not the implicit tag that stands in the message.
            attributes=bytes([SET]) + attributes.octets[1:],
            message_digest=values[MESSAGE_DIGEST],
            digest=HASHES[digest.children()[0].content],
            algorithm=algorithm.children()[0].content,
            signature=signature.content,
        )

    def verify(self, certificates):
        """The content, and the first certificate under whose key it is signed."""
        digest = hashlib.new(self.digest.name, self.content).digest()
        if digest != self.message_digest:
            raise NotProved("the content is not the one that was signed")
        for certificate in certificates:
            if self.is_by(certificate.public_key()):
                return self.content, certificate
        raise NotProved("no known key has signed it")

    def is_by(self, key):
        signature, signed, digest = self.signature, self.attributes, self.digest
        try:
            if isinstance(key, rsa.RSAPublicKey):
                filling = padding.PKCS1v15()
                if self.algorithm == RSA_PSS:
                    filling = padding.PSS(padding.MGF1(digest), padding.PSS.AUTO)
                key.verify(signature, signed, filling, digest)
            elif isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(signature, signed, ec.ECDSA(digest))
            elif isinstance(key, dsa.DSAPublicKey):
                key.verify(signature, signed, digest)
            else:
                return False
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            return False
        return True


def certificate_of(octets):
    """A certificate, in DER or in PEM."""
    if octets.startswith(b"-----"):
        return x509.load_pem_x509_certificate(octets)
    return x509.load_der_x509_certificate(octets)


def fingerprint(certificate):
    """As the seller publishes it: sha256 and lower-case hexadecimal."""
    return "sha256:" + certificate.fingerprint(hashes.SHA256()).hex()


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """A tree that only grows, and tells its root at any size."""

    def __init__(self):
        self.size, self.peaks = 0, []

    def append(self, entry):
        node, size = leaf_hash(entry), self.size
        while size & 1:
            node, size = node_hash(self.peaks.pop(), node), size >> 1
        self.peaks.append(node)
        self.size += 1

    def root(self):
        if not self.peaks:
            return hashlib.sha256().digest()
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node


def root_of_proof(entry, leaf, size, proof):
    """The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2)."""
    if not 0 <= leaf < size:
        raise NotProved(f"leaf {leaf} is not in a tree of {size}")
    first, last, node = leaf, size - 1, leaf_hash(entry)
    for other in proof:
        if last == 0:
            raise NotProved("a proof that is too long")
        if first & 1 or first == last:
            node = node_hash(other, node)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            node = node_hash(node, other)
        first, last = first >> 1, last >> 1
    if last:
        raise NotProved("a proof that is too short")
    return node


@dataclass(frozen=True)
class Checkpoint:
    """A signed note that tells a log's size and root."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def verify(cls, note, keys):
        """Reads a note; `keys` are the logs' Ed25519 keys by origin."""
        text, _, signatures = note.rpartition("\n\n")
        text += "\n"
        lines = text.split("\n")
        if len(lines) < 4:
            raise NotProved("not a checkpoint")
        origin, size, root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
        for line in signatures.splitlines():
            _dash, name, signature = line.split(" ")
            if name == origin and origin in keys:
                try:
                    octets = base64.b64decode(signature, validate=True)
                    keys[origin].verify(octets[4:], text.encode())
                    return cls(origin, size, root)
                except InvalidSignature:
                    continue
        raise NotProved(f"the checkpoint of {origin} at {size} is not signed by the log's key")


def log_key(spki):
    key = serialization.load_der_public_key(spki)
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise NotProved("a log key that is not an Ed25519 key")
    return key
