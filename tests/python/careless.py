"""What poor randomness makes: RSA keys that share a prime, and DSA signatures that repeat a nonce."""

import sys
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa, utils

EXPONENT = 65537


def write_sharing(first: str, second: str) -> None:
    """Writes two RSA keys of three primes."""
    one, other = (rsa.generate_private_key(EXPONENT, 2048).private_numbers() for _ in range(2))
    write(first, one.p, one.q)
    write(second, one.p, other.q)


def write(path: str, p: int, q: int) -> None:
    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(EXPONENT, p * q)
    )
    pem = numbers.private_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    Path(path).write_bytes(pem)


def sign(key: str, nonce: str, signed: str) -> None:
    """Signs a file with a DSA key and this nonce."""
    numbers = serialization.load_pem_private_key(Path(key).read_bytes(), None).private_numbers()
    group = numbers.public_numbers.parameter_numbers
    k = int(nonce)
    r = pow(group.g, k, group.p) % group.q
    digest = int.from_bytes(sha256(Path(signed).read_bytes()).digest(), "big")
    s = pow(k, -1, group.q) * (digest + numbers.x * r) % group.q
    sys.stdout.buffer.write(utils.encode_dss_signature(r, s))


{"write-sharing": write_sharing, "sign": sign}[sys.argv[1]](*sys.argv[2:])
