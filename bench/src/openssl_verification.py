"""What OpenSSL's own library, called directly, takes to verify a certificate that is signed by its own key: the
certificate in hexadecimal, and how often it is done. Prints microseconds of CPU for one time."""

import ctypes
import sys
import time

crypto = ctypes.CDLL("libcrypto.so.3")
for name in ("d2i_X509", "X509_get0_pubkey"):
    getattr(crypto, name).restype = ctypes.c_void_p

der, times = bytes.fromhex(sys.argv[1]), int(sys.argv[2])
begin = ctypes.c_char_p(der)
certificate = crypto.d2i_X509(None, ctypes.byref(begin), ctypes.c_long(len(der)))
if not certificate:
    sys.exit("it does not read the certificate")
certificate = ctypes.c_void_p(certificate)
key = ctypes.c_void_p(crypto.X509_get0_pubkey(certificate))

begun = time.thread_time()
for _ in range(times):
    if crypto.X509_verify(certificate, key) != 1:
        sys.exit("it does not find the signature good")
print((time.thread_time() - begun) / times * 1e6)
