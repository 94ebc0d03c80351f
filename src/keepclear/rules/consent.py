"""What an agency submitted goes on only verified, and only to those for whom the agency consents.

Consent that is withdrawn stops what is still to be told. It cannot make unknown what was: the site's readers
show who holds it (FAIL-12).
"""

from __future__ import annotations

from keepclear.errors import NotAllowed, Refused
from keepclear.model.measures import MeasureStated
from keepclear.model.notifications import MovementStated
from keepclear.model.statements import Statement
from keepclear.model.words import PUBLIC, PartyId, owner_of
from keepclear.rules.coarseness import COARSENESS
from keepclear.views.attribution import party_name
from keepclear.views.picture import Picture
from keepclear.views.submissions import consent_form, is_verified, restates


def need_consent(picture: Picture, statement: Statement, readers: tuple[PartyId, ...]) -> None:
    """Hold back what restates a submission until it is verified, and from those without consent.

    Args:
        picture: the picture of the cell that tells it.
        statement: what is told.
        readers: to whom.

    Raises:
        Refused: the submission's current text was not verified by a second person.
        NotAllowed: the agency does not consent that a reader has it, or has it in this form.
    """
    outside = [reader for reader in readers if reader != statement.author.party]
    if not outside or not isinstance(statement.body, MeasureStated | MovementStated):
        return
    submission = restates(picture, statement.subject)
    if submission is None:
        return
    agency = owner_of(submission)
    if not is_verified(picture, submission):
        raise Refused(
            "telling what restates a submission whose current text was not verified",
            "verified-first",
            "a notification step verified, by a second person, of the submission's current text",
            "readers",
        )
    for reader in outside:
        form = None if reader == PUBLIC else consent_form(picture, submission, reader)
        finer = form is not None and COARSENESS[statement.form] < COARSENESS[form]
        if reader != agency and (form is None or finer):
            given = "none stands" if form is None else f"it stands for the {form.value} form"
            raise NotAllowed(
                f"telling {reader} the {statement.form.value} form of what {party_name(picture, agency)} "
                f"submitted: its consent: {given}",
                "consent",
                f"the consent of {agency} for {reader}, in this form",
                "readers",
            )
