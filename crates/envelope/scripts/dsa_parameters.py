#!/usr/bin/env python3
"""Makes the DSA domain parameters in src/dsa/built_in.rs (FIPS 186-4 A.1.1.2 and A.2.3, SHA-256).

The seed is the SHA-256 of a sentence that names its own size and attempt, and the first attempt
that works is taken: nobody chose the numbers. Run it and compare; it needs nothing but Python.
"""

import hashlib

SENTENCE = "Countersign DSA domain parameters ({L}, {N}), attempt {attempt}"
INDEX = 1
SMALL_PRIMES = [n for n in range(3, 5000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]


def sha256(data):
    return hashlib.sha256(data).digest()


def is_prime(n, rounds=64):
    for prime in SMALL_PRIMES:
        if n % prime == 0:
            return n == prime
    s, d = 0, n - 1
    while d % 2 == 0:
        s, d = s + 1, d // 2
    for round_number in range(rounds):
        label = n.to_bytes((n.bit_length() + 7) // 8, "big") + round_number.to_bytes(4, "big")
        base = int.from_bytes(b"".join(sha256(label + bytes([i])) for i in range(16)), "big")
        x = pow(base % (n - 3) + 2, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def prime_q(seed, N):
    u = int.from_bytes(sha256(seed), "big") % 2 ** (N - 1)
    return 2 ** (N - 1) + u + 1 - u % 2


def prime_p(seed, q, L):
    n, b = (L + 255) // 256 - 1, L - 1 - ((L + 255) // 256 - 1) * 256
    offset = 1
    for counter in range(4 * L):
        w = 0
        for j in range(n + 1):
            number = (int.from_bytes(seed, "big") + offset + j) % 2 ** (8 * len(seed))
            v = int.from_bytes(sha256(number.to_bytes(len(seed), "big")), "big")
            w += (v if j < n else v % 2**b) << (256 * j)
        x = w + 2 ** (L - 1)
        p = x - (x % (2 * q) - 1)
        if p >= 2 ** (L - 1) and is_prime(p):
            return p, counter
        offset += n + 1
    return None


def generator(seed, p, q):
    count = 0
    while True:
        count += 1
        w = sha256(seed + b"ggen" + bytes([INDEX]) + count.to_bytes(2, "big"))
        g = pow(int.from_bytes(w, "big"), (p - 1) // q, p)
        if g >= 2:
            return g


def lines(number):
    digits = f"{number:x}"
    return "\n".join(f"         {digits[i:i+80]}\\" for i in range(0, len(digits), 80))[:-1]


for L, N in ((2048, 256), (3072, 256)):
    attempt = 0
    while True:
        attempt += 1
        seed = sha256(SENTENCE.format(L=L, N=N, attempt=attempt).encode())
        q = prime_q(seed, N)
        if not is_prime(q):
            continue
        found = prime_p(seed, q, L)
        if found:
            break
    p, counter = found
    print(f"({L}, {N}): attempt {attempt}, seed {seed.hex()}, counter {counter}, index {INDEX}")
    for name, number in (("p", p), ("q", q), ("g", generator(seed, p, q))):
        print(f"{name}:\n{lines(number)}")
