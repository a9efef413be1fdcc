"""Philox4x32-10: random numbers from a counter. One counter under one key always gives the same four words.

J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw: Parallel random numbers: as easy as 1, 2, 3. SC 2011,
https://doi.org/10.1145/2063384.2063405. Words are whole numbers from 0 to 2³² − 1 in signed variables of 64 bits. The
product of two of them may come out negative there, but its bits are the right ones.
"""

__all__ = ["next_key", "philox", "philox_round"]

WORD = 0xFFFFFFFF
MULTIPLIER_0, MULTIPLIER_1 = 0xD2511F53, 0xCD9E8D57
WEYL_0, WEYL_1 = 0x9E3779B9, 0xBB67AE85


def philox_round(c0, c1, c2, c3, key0, key1):
    """One of the ten rounds."""
    product0, product1 = MULTIPLIER_0 * c0, MULTIPLIER_1 * c2
    high0, high1 = product0 >> 32 & WORD, product1 >> 32 & WORD
    return high1 ^ c1 ^ key0, product1 & WORD, high0 ^ c3 ^ key1, product0 & WORD


def next_key(key0, key1):
    """The key of the next round."""
    return key0 + WEYL_0 & WORD, key1 + WEYL_1 & WORD


def philox(c0, c1, c2, c3, key0, key1):
    """The four random words of a counter (four words) under a key (two words)."""
    # no loop: compilers make vector code of the loop over counters only if it holds no other
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = next_key(key0, key1)
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = next_key(key0, key1)
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = next_key(key0, key1)
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = next_key(key0, key1)
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = next_key(key0, key1)
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = next_key(key0, key1)
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = next_key(key0, key1)
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = next_key(key0, key1)
    c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, key0, key1)
    key0, key1 = next_key(key0, key1)
    return philox_round(c0, c1, c2, c3, key0, key1)
