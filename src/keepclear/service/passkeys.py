"""Passkeys: what a browser is asked to sign, and whether it did.

Challenges are not kept: each bears its purpose and time under a key of this process, so that a flood of
them costs no memory and drives out nobody's. One that was answered is remembered until it is too old.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import msgspec
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from keepclear.errors import NotAllowed
from keepclear.service.listening import Place
from keepclear.service.people import refused_passkey
from keepclear.stores.people import PasskeyRow, PersonRow

CHALLENGE_LIFE: Final = timedelta(minutes=5)
_SALT: Final = 16
_TIME: Final = 8
_MAC: Final = 32
_ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
SIGN_IN: Final = "sign in"


class Challenges:
    """Makes challenges and knows its own again, each for one purpose and one answer."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._answered: dict[bytes, int] = {}
        self._using = threading.Lock()

    def make(self, purpose: str, now: datetime) -> bytes:
        """Make a challenge."""
        until = int((now + CHALLENGE_LIFE).timestamp())
        bare = secrets.token_bytes(_SALT) + until.to_bytes(_TIME, "big")
        return bare + self._mac(purpose, bare)

    def is_open(self, challenge: bytes, purpose: str, now: datetime) -> bool:
        """Tell whether a challenge is ours, for this purpose, not too old and not answered."""
        bare, mac = challenge[: _SALT + _TIME], challenge[_SALT + _TIME :]
        if len(challenge) != _SALT + _TIME + _MAC or not hmac.compare_digest(mac, self._mac(purpose, bare)):
            return False
        return int.from_bytes(bare[_SALT:], "big") > now.timestamp() and challenge not in self._answered

    def answer(self, challenge: bytes, now: datetime) -> bool:
        """Take a challenge as answered; False if it was before."""
        with self._using:
            self._answered = {kept: at for kept, at in self._answered.items() if at > now.timestamp()}
            if challenge in self._answered:
                return False
            self._answered[challenge] = int.from_bytes(challenge[_SALT : _SALT + _TIME], "big")
        return True

    def _mac(self, purpose: str, bare: bytes) -> bytes:
        return hmac.digest(self._key, purpose.encode() + b"\0" + bare, "sha256")


class Passkeys:
    """Asks for passkeys and checks what comes back."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._challenges = Challenges()

    def to_enrol(self, person: PersonRow, code: str, now: datetime) -> dict[str, Any]:
        """Ask a browser to make a passkey that finds its person by itself and checks who holds it."""
        options = generate_registration_options(
            rp_id=self.place.rp_id,
            rp_name="Keepclear",
            user_id=person.handle,
            user_name=f"{person.name} ({person.party})",
            user_display_name=person.name,
            challenge=self._challenges.make(_enrolling(code), now),
            timeout=int(CHALLENGE_LIFE.total_seconds() * 1_000),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                require_resident_key=True,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            supported_pub_key_algs=_ALGORITHMS,
        )
        return _asked(options_to_json(options))

    def enrolled(self, person: PersonRow, code: str, credential: dict[str, Any], now: datetime) -> PasskeyRow:
        """Check a new passkey.

        Raises:
            NotAllowed: it is not an answer to what was asked.
        """
        challenge = self._challenge(credential, _enrolling(code), now)
        try:
            found = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.place.rp_id,
                expected_origin=list(self.place.origins),
                require_user_verification=True,
                supported_pub_key_algs=_ALGORITHMS,
            )
        except Exception as error:  # bytes from outside: whatever they break on, they are no passkey
            raise refused_passkey() from error
        self._answer(challenge, now)
        return PasskeyRow(
            found.credential_id, person.id, found.credential_public_key, found.sign_count, self.place.rp_id
        )

    def to_sign_in(self, now: datetime) -> dict[str, Any]:
        """Ask a browser for any passkey of this node; which persons there are is not told."""
        options = generate_authentication_options(
            rp_id=self.place.rp_id,
            challenge=self._challenges.make(SIGN_IN, now),
            timeout=int(CHALLENGE_LIFE.total_seconds() * 1_000),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return _asked(options_to_json(options))

    def signed(
        self, person: PersonRow, passkey: PasskeyRow, credential: dict[str, Any], now: datetime
    ) -> int:
        """Check a signature with a passkey; gives its new counter.

        Raises:
            NotAllowed: it is not a good answer to what was asked.
        """
        challenge = self._challenge(credential, SIGN_IN, now)
        try:
            handle = credential["response"].get("userHandle")
            found = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.place.rp_id,
                expected_origin=list(self.place.origins),
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
            whose = base64url_to_bytes(handle)
        except Exception as error:  # bytes from outside: whatever they break on, they are no signature
            raise refused_passkey() from error
        if not hmac.compare_digest(whose, person.handle):
            raise refused_passkey()
        self._answer(challenge, now)
        return found.new_sign_count

    def _challenge(self, credential: dict[str, Any], purpose: str, now: datetime) -> bytes:
        try:
            told = msgspec.json.decode(base64url_to_bytes(credential["response"]["clientDataJSON"]))
            challenge = base64url_to_bytes(told["challenge"])
        except Exception as error:  # as above
            raise refused_passkey() from error
        if not self._challenges.is_open(challenge, purpose, now):
            raise NotAllowed(
                "an answer to a question that is too old, or not of this node", "sign-in", "signing in again"
            )
        return challenge

    def _answer(self, challenge: bytes, now: datetime) -> None:
        if not self._challenges.answer(challenge, now):
            raise refused_passkey()


def _asked(options: str) -> dict[str, Any]:
    return msgspec.json.decode(options, type=dict[str, Any])


def _enrolling(code: str) -> str:
    return "enrol " + sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
