"""Try a code: who types the code of an email has read it, as surely as who follows its link."""

from server.codes import CODE_TRIES, Codes
from server.errors import CodeRefused
from server.links import SignatureRef
from server.records import signatures, submissions
from server.storage import Store, retried


@retried
def try_code(db: Store, statement_id: int, key: str, typed: str, *, codes: Codes, now: int) -> SignatureRef:
    """Return the signature that belongs to the key of a submission and to the code of its email.

    Each try is counted in the submission, which is there for every address alike. Raises ``CodeRefused``, in the same
    way whatever the reason: another code, too many tries, half an hour gone, no such key, or no email with a code.
    """
    with db.write() as tx:
        signature_id = submissions.count_try(tx, statement_id, key, most=CODE_TRIES)
        signature = signatures.find(tx, signature_id or 0)
    if signature is None or not codes.fits(typed, signature.id, signature.nonce):
        raise CodeRefused("this code does not fit, or serves no more")
    if signature.state in ("removed", "withdrawn") or (signature.code_until or 0) < now:
        raise CodeRefused("this code does not fit, or serves no more")
    return SignatureRef(signature.id, signature.nonce)
