"""Small JATS articles for the tests of this folder, in several dialects."""

from rocov2.jats.figures import read_figures, read_figures_fully
from rocov2.tables import Drop, Figure

ID = "PMC1.1"
HEAD = (
    '<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving DTD v1.2 20190208//EN" "a.dtd">\n'
    '<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML" '
    'xmlns:ali="http://www.niso.org/schemas/ali/1.0/" article-type="case-report">'
)
META = "<article-meta><title-group><article-title>A title</article-title></title-group>%s</article-meta>"


def article(body="", front="", after="", back=""):
    """The bytes of an article: markup for <body>, <article-meta>, <back>, and what follows the <back>."""
    return (
        f"{HEAD}<front>{META % front}</front><body>{body}</body><back>{back or '<ref-list><ref/></ref-list>'}</back>"
        f"{after}</article>"
    ).encode()


def fig(inner="", id="F1", caption="A chest radiograph.", label="Figure 1", graphic='<graphic xlink:href="f1"/>'):
    """One <fig>; empty parts are left out."""
    parts = [f"<label>{label}</label>" if label else "", f"<caption><p>{caption}</p></caption>" if caption else ""]
    return f"<fig{f' id={chr(34)}{id}{chr(34)}' if id else ''}>{''.join(parts)}{graphic}{inner}</fig>"


def cite(rid="F1", text="Fig. 1"):
    """An <xref> to a figure."""
    return f'<xref ref-type="fig" rid="{rid}">{text}</xref>'


def keys(*names):
    """A media list of the article version."""
    return {f"{ID}/{name}": f"md5-{name}" for name in names}


def rows(xml, media=None, **options):
    """Rows and drops of an article, after a check that the pruned and the full tree agree on them."""
    media = keys("f1.jpg", "f2.jpg", "f3.jpg") if media is None else media
    found = list(read_figures(xml, ID, media, **options))
    assert found == list(read_figures_fully(xml, ID, media, **options))
    return found


def one(xml, media=None, **options):
    """The only row of an article."""
    (row,) = rows(xml, media, **options)
    assert isinstance(row, Figure), row
    return row


def reasons(xml, media=None):
    """Reasons of the drops of an article."""
    return [row.reason for row in rows(xml, media) if isinstance(row, Drop)]
