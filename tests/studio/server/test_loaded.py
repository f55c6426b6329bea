"""A mixture from elsewhere as the fit of a session."""

from __future__ import annotations

from gaussmix import GaussianMixture
from gaussmix.studio import tables
from gaussmix.studio.fits import Source
from gaussmix.studio.session import StudioSession


class Eager:
    """A mailbox whose socket reads the state as soon as it is told of one."""

    def __init__(self, session: StudioSession) -> None:
        self.session, self.states = session, []

    def changed(self) -> None:
        self.states.append(self.session.in_words())

    def moved(self) -> None: ...

    def post(self, event: object) -> None: ...


def test_no_state_of_the_new_revision_is_that_of_the_old_fit():
    session = StudioSession()
    session.take(tables.built_in("faithful"))
    estimator = GaussianMixture(2, random_state=0).fit(session.rows.rows)
    mailbox, before = Eager(session), session.in_words().revision
    session.mailboxes.append(mailbox)
    session.load(Source("file", estimator, (), "the model in a file"))
    after = session.in_words()
    assert after.revision > before
    assert after.fit.source == "file"
    assert [state.fit.source for state in mailbox.states if state.revision == after.revision] == ["file"]
