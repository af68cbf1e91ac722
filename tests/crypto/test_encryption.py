"""Sealing: what a thief of the disk, or somebody who can write into the database, gets."""

import hashlib
import re

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from hypothesis import given
from hypothesis import strategies as st

from server.crypto.encryption import SealBroken, Sealer
from server.errors import UndersignedError

OLD, NEW, FOREIGN = b"o" * 32, b"n" * 32, b"f" * 32
ADDRESS = "ani@ngo.example"
PURPOSE = "contacts.address"


@pytest.fixture
def sealer():
    return Sealer([OLD, NEW])


def flipped(blob: bytes, bit: int) -> bytes:
    changed = bytearray(blob)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@given(text=st.text(), purpose=st.text(min_size=1))
def test_what_was_sealed_comes_back_as_it_was(text, purpose):
    sealer = Sealer([NEW])

    assert sealer.unseal(sealer.seal(text, purpose=purpose).blob, purpose=purpose) == text


def test_nothing_of_the_text_shows_in_the_blob(sealer):
    blob = sealer.seal(ADDRESS, purpose=PURPOSE).blob

    assert not any(word in blob for word in (ADDRESS.encode(), b"ani", b"ngo", b"example"))


def test_the_same_text_sealed_twice_looks_different(sealer):
    blobs = {sealer.seal(ADDRESS, purpose=PURPOSE).blob for _ in range(200)}

    assert len(blobs) == 200


def test_every_single_changed_bit_is_noticed(sealer):
    blob = sealer.seal(ADDRESS, purpose=PURPOSE).blob

    for bit in range(len(blob) * 8):
        with pytest.raises(SealBroken):
            sealer.unseal(flipped(blob, bit), purpose=PURPOSE)


def test_a_cipher_without_a_tag_would_not_notice_the_changed_bit():
    """The twin: under AES-CTR whoever writes into the database turns one address into another, without the key."""
    nonce = b"0" * 16
    sealed = Cipher(AES(NEW), CTR(nonce)).encryptor().update(ADDRESS.encode())
    forged = bytes(a ^ b ^ c for a, b, c in zip(sealed, ADDRESS.encode(), b"eve@ngo.example", strict=True))

    assert Cipher(AES(NEW), CTR(nonce)).decryptor().update(forged) == b"eve@ngo.example"


def test_the_same_forgery_is_noticed_here(sealer):
    blob = sealer.seal(ADDRESS, purpose=PURPOSE).blob
    ciphertext = bytes(a ^ b ^ c for a, b, c in zip(blob[17:-16], ADDRESS.encode(), b"eve@ngo.example", strict=True))

    with pytest.raises(SealBroken):
        sealer.unseal(blob[:17] + ciphertext + blob[-16:], purpose=PURPOSE)


@given(blob=st.binary(max_size=200))
def test_bytes_that_we_did_not_seal_never_open(blob):
    with pytest.raises(SealBroken):
        Sealer([OLD, NEW]).unseal(blob, purpose=PURPOSE)


def test_a_blob_of_a_format_to_come_is_told_apart_from_a_lost_key(sealer):
    blob = sealer.seal(ADDRESS, purpose=PURPOSE).blob

    with pytest.raises(SealBroken, match="not a text that we encrypted"):
        sealer.unseal(b"\x02" + blob[1:], purpose=PURPOSE)


def test_every_shortened_or_lengthened_blob_is_refused(sealer):
    blob = sealer.seal(ADDRESS, purpose=PURPOSE).blob

    for broken in [blob[:length] for length in range(len(blob))] + [blob + b"\0", b"\0" + blob]:
        with pytest.raises(SealBroken):
            sealer.unseal(broken, purpose=PURPOSE)


def test_a_blob_moved_into_another_column_does_not_open(sealer):
    blob = sealer.seal(ADDRESS, purpose="admins.totp").blob

    with pytest.raises(SealBroken, match="another purpose"):
        sealer.unseal(blob, purpose=PURPOSE)


def test_without_the_purpose_a_moved_blob_would_open():
    """The twin: the bare cipher does not know what it was for."""
    cipher, nonce = AESGCM(NEW), b"0" * 12
    column = {"totp": cipher.encrypt(nonce, b"secret", None)}

    column["address"] = column["totp"]

    assert cipher.decrypt(nonce, column["address"], None) == b"secret"


def test_the_last_key_seals_and_all_keys_read():
    before = Sealer([OLD]).seal(ADDRESS, purpose=PURPOSE)
    rotated = Sealer([OLD, NEW])

    after = rotated.seal(ADDRESS, purpose=PURPOSE)

    assert rotated.unseal(before.blob, purpose=PURPOSE) == rotated.unseal(after.blob, purpose=PURPOSE) == ADDRESS
    assert Sealer([NEW]).unseal(after.blob, purpose=PURPOSE) == ADDRESS
    assert before.key_id == Sealer([OLD]).key_id != after.key_id == rotated.key_id


def test_a_retired_key_is_named_when_a_row_still_needs_it():
    sealed = Sealer([OLD]).seal(ADDRESS, purpose=PURPOSE)

    with pytest.raises(SealBroken, match=sealed.key_id):
        Sealer([NEW]).unseal(sealed.blob, purpose=PURPOSE)


def test_the_key_id_is_eight_hex_digits_and_stands_in_the_blob(sealer):
    sealed = sealer.seal(ADDRESS, purpose=PURPOSE)

    assert re.fullmatch(r"[0-9a-f]{8}", sealed.key_id)
    assert sealed.blob[1:5].hex() == sealed.key_id


def test_the_key_id_is_no_plain_hash_of_the_key():
    """A label goes in first, so that the id cannot be met anywhere else that hashes the same key."""
    assert Sealer([NEW]).key_id != hashlib.sha256(NEW).hexdigest()[:8]


def test_a_blob_relabelled_as_another_of_our_keys_is_refused(sealer):
    blob = sealer.seal(ADDRESS, purpose=PURPOSE).blob
    relabelled = blob[:1] + bytes.fromhex(Sealer([OLD]).key_id) + blob[5:]

    with pytest.raises(SealBroken):
        sealer.unseal(relabelled, purpose=PURPOSE)


@pytest.mark.parametrize("keys", [[], [b""], [b"k" * 16], [b"k" * 31], [b"k" * 33], [OLD, b"short"]])
def test_missing_and_wrongly_sized_keys_are_refused(keys):
    with pytest.raises(ValueError, match=r"at least one key|exactly 32 bytes"):
        Sealer(keys)


def test_neither_the_sealer_nor_its_errors_print_a_key_or_the_text(sealer):
    blob = sealer.seal(ADDRESS, purpose=PURPOSE).blob
    with pytest.raises(SealBroken) as caught:
        Sealer([FOREIGN]).unseal(blob, purpose=PURPOSE)

    shown = repr(sealer) + str(vars(sealer)) + repr(caught.value)

    assert not any(secret in shown for secret in ("nnnn", "oooo", "ffff", NEW.hex(), OLD.hex(), ADDRESS))


def test_a_broken_seal_is_one_of_our_errors():
    assert issubclass(SealBroken, UndersignedError)
