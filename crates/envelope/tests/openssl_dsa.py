"""Checks DSA signatures with OpenSSL's own library, called directly: files of keys (SubjectPublicKeyInfo)
and of cases (number of the key, message, signature), all in hexadecimal. Prints 1 or 0 for each case; with
--time and a number of seconds, how many signatures a second are checked, the first case again and again."""

import ctypes
import sys
import time

crypto = ctypes.CDLL("libcrypto.so.3")
for name in ("d2i_PUBKEY", "EVP_MD_CTX_new", "EVP_sha256"):
    getattr(crypto, name).restype = ctypes.c_void_p


def read_key(der):
    begin = ctypes.c_char_p(der)
    key = crypto.d2i_PUBKEY(None, ctypes.byref(begin), ctypes.c_long(len(der)))
    if not key:
        sys.exit("OpenSSL does not read the key")
    return ctypes.c_void_p(key)


def verifies(key, message, signature):
    context = ctypes.c_void_p(crypto.EVP_MD_CTX_new())
    sha256 = ctypes.c_void_p(crypto.EVP_sha256())
    if crypto.EVP_DigestVerifyInit(context, None, sha256, None, key) != 1:
        sys.exit("OpenSSL does not begin")
    length = ctypes.c_size_t
    verdict = crypto.EVP_DigestVerify(
        context, signature, length(len(signature)), message, length(len(message))
    )
    crypto.EVP_MD_CTX_free(context)
    return verdict == 1


def main():
    keys = [read_key(bytes.fromhex(line)) for line in open(sys.argv[1])]
    cases = (line.split() for line in open(sys.argv[2]))
    cases = ((keys[int(key)], bytes.fromhex(a), bytes.fromhex(b)) for key, a, b in cases)
    if sys.argv[3:4] == ["--time"]:
        case, seconds = next(cases), float(sys.argv[4])
        begun, count = time.perf_counter(), 0
        while time.perf_counter() - begun < seconds:
            assert verifies(*case)
            count += 1
        print(round(count / (time.perf_counter() - begun)))
        return
    for case in cases:
        print(int(verifies(*case)))


main()
