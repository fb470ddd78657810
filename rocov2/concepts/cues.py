"""The cue phrases of assertion, as data: words, the status they give, which way they reach and how far (in tokens)."""

from dataclasses import dataclass

from rocov2.concepts.normalise import key_of


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue phrase; an empty status marks a phrase that only looks like one (`no change`)."""

    words: tuple[str, ...]
    status: str
    direction: str
    reach: int


_FAR, _NEAR, _NEXT = 30, 8, 4

_NEGATED_AFTER = """
    no| not| without| absence of| absent| lack of| lacking| free of| negative for| neither| nor| never| no
    evidence of| no sign of| no longer| ruled out| rules out| excluding| exclude| fails to show| failed to show|
    failed to demonstrate| failed to reveal| did not show| does not show| did not reveal| does not reveal| no
    definite| devoid of| resolution of| complete resolution of| disappearance of| dissolution of| removal of|
    instead of| rather
    than| clear of| nonvisualization of| non visualization of| no visible| denies| denied| denying| loss of
    visualization of
"""
_NEGATED_NEXT = "resolved|removed"
_NEGATED_BEFORE = """
    not seen| not visualized| not identified| not detected| not found| not present| not evident| not noted| not
    observed| not visible| not shown| not demonstrated| not appreciated| not apparent| was ruled out| were ruled
    out| is ruled out| been ruled out| was excluded| were excluded| is absent| are absent| was absent| were
    absent| has resolved| have resolved| had resolved| was resolved| were resolved| resolved completely|
    completely resolved| disappeared| has disappeared| have disappeared| had disappeared| was removed| were
    removed| been removed| no longer visible| no longer visualized| no longer identified| no longer detected| no
    longer observed| no longer demonstrated| no longer seen| no longer present| not be seen| not be identified|
    not be visualized| not be found| not be detected| unlikely
"""
_NEGATED_LAST = "removal|absent|free|resolution"
_UNCERTAIN_AFTER = """
    possible| possibly| probable| probably| likely| suspected| suspected of| suspicious for| suspicious of|
    suspicion of| suspicion for| suspecting| suspect| suggestive of| suggesting| suggest| suggested| concerning
    for| concern for| concern of| may be| may represent| may indicate| may suggest| may have| may reflect| may
    correspond to| might be| might represent| might indicate| could be| could represent| could indicate| could
    correspond to| questionable| presumed| presumably| presumptive| query| rule out| r o| to exclude| to rule
    out| evaluate for| evaluation for| cannot exclude| can not exclude| differential diagnosis| differential|
    thought to be| initially thought to be| initially thought| thought to represent| believed to be| appears to
    be| appear to be| mimicking| mimic| mimicked| simulating| resembling| resemble| potential| potentially|
    perhaps| equivocal| raising suspicion of| raising suspicion for| raising concern for| raised suspicion of|
    misdiagnosed as| misinterpreted as| mistaken for| presumptive diagnosis of| at risk of| risk of| risk for|
    worrisome for| question of
"""
_UNCERTAIN_BEFORE = """
    not excluded| cannot be excluded| could not be excluded| can not be excluded| cannot be ruled out| could not
    be ruled out| can not be ruled out| was suspected| were suspected| is suspected| is likely| is possible| is
    probable| was considered| was questioned| was initially suspected
"""
_HISTORICAL_AFTER = """
    history of| previous history of| known history of| past history of| medical history of| prior history of|
    past medical history of| status post| s p| prior| previous| previously treated| previously known| compared
    with prior| compared to prior| treated for| family history of| maternal history of| paternal history of| mother
    had| father had| sister had| brother had| mother with| father with| siblings had| siblings with| sibling with|
    parents had| relatives with| previously appeared as
"""
_PSEUDO = """
    no change| no changes| no significant change| no interval change| no significant interval change| no
    increase| no significant increase| no decrease| not only| no significant changes| no 1| no 2| no 3| without
    change| without significant change| not change| without contrast| not associated with| prior to| previous
    to| high resolution| higher resolution| spatial resolution| temporal resolution| low resolution| image
    resolution| not to scale| history of present| with and without| not yet| likely due to| not significantly| no
    difference| not fully| not completely| not fuse| not healed| not united| without intravenous contrast|
    without iv contrast| without gadolinium| likelihood| previously| possible to| may be seen| may be
    appreciated| may be noted| could be seen| could be observed| could be identified| could be visualized|
    without any change| no further change| compared with previous| compared with prior| compared to previous|
    compared to prior| as compared with| previous study| previous studies| previous image| prior study| prior
    image| prior ct| previous ct| previous examination| prior examination| previous figure| previous imaging|
    prior imaging| prior mri| previous mri| previous radiograph| prior radiograph| possible cause| potential
    cause| before removal of| before removal| prior to removal of| not resolve| not resolved| recurrence of
    previous| no improvement| no resolution| not disappear| after history| no connection| no communication| not
    suitable| previous caesarean| previous cesarean| previous surgery| previous operation
"""
# what the examination had that this one is compared with: "compared with the prior CT that showed ..."
_COMPARED = "|".join(
    f"compared {to} {the}{earlier} {examination} {showed}"
    for to in ("with", "to")
    for the in ("", "the ", "a ")
    for earlier in ("prior", "previous", "earlier")
    for examination in ("ct", "mri", "scan", "study", "examination", "imaging", "image", "radiograph", "ultrasound")
    for showed in ("that showed", "which showed", "showing", "demonstrating")
)


def _cues(text: str, status: str, direction: str, reach: int) -> list[Cue]:
    """The phrases of a list as cues."""
    phrases = (key_of(phrase) for phrase in text.split("|"))
    return [Cue(tuple(phrase.split(" ")), status, direction, reach) for phrase in phrases if phrase]


def _table() -> dict[str, tuple[Cue, ...]]:
    """First word -> the cues that begin with it, longest first."""
    cues = (
        _cues(_PSEUDO, "", "after", 0)
        + _cues(_NEGATED_AFTER, "negated", "after", _FAR)
        + _cues(_NEGATED_NEXT, "negated", "after", _NEXT)
        + _cues("non", "negated", "after", 1)
        + _cues(_NEGATED_BEFORE, "negated", "before", _FAR)
        + _cues(_NEGATED_LAST, "negated", "before", 2)
        + _cues(_UNCERTAIN_AFTER, "uncertain", "after", _FAR)
        + _cues(_UNCERTAIN_BEFORE, "uncertain", "before", _FAR)
        + _cues("versus|vs|v s", "uncertain", "both", _NEXT)
        + _cues(_HISTORICAL_AFTER, "historical", "after", _NEAR)
        + _cues(_COMPARED, "historical", "after", _NEAR)
    )
    table: dict[str, list[Cue]] = {}
    for cue in cues:
        table.setdefault(cue.words[0], []).append(cue)
    return {word: tuple(sorted(found, key=lambda c: -len(c.words))) for word, found in table.items()}


CUES = _table()


def _keys(text: str) -> frozenset[str]:
    """The look-up forms of the words of a text."""
    return frozenset(map(key_of, text.split()))


# words at which a scope stops
CLAUSE_ENDS = _keys(
    """
    but however although though except apart aside which who while whereas yet show shows showing showed reveal
    reveals revealing revealed demonstrate demonstrates demonstrating demonstrated indicating indicates consistent
    confirming confirms confirmed with due because compatible arrow arrows arrowhead asterisk then still
    remains
    """
)
# words between a cue and what it is about ("likely in keeping with")
LINKING = _keys("in keeping consistent compatible with representing represent reflecting be to of for")
# words after `and` that begin a clause of their own
NEW_CLAUSE = _keys("patent a an there it mild moderate severe large small normal multiple bilateral extensive diffuse")
# an examination is there even where what it shows is not ("no fracture on chest CT")
EXAMINATIONS = _keys(
    """
    ct mri mr cta ctpa pet scan image imaging radiograph xray x ultrasound ultrasonography tomography angiography film
    echocardiography examination
    """
)
