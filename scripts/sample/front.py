"""Turns an article's source into JATS as its publisher would write it: prolog, front matter, body, back, floats."""

from typing import Any
from xml.sax.saxutils import escape, quoteattr

Source = dict[str, Any]

NAMESPACES = 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML"'
ALI = ' xmlns:ali="http://www.niso.org/schemas/ali/1.0/"'
LICENCES = {
    "CC BY 2.0": "http://creativecommons.org/licenses/by/2.0",
    "CC BY 3.0": "http://creativecommons.org/licenses/by/3.0/",
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-SA 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC BY-NC 4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC BY-NC-ND 4.0": "https://creativecommons.org/licenses/by-nc-nd/4.0/",
    "CC0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
DOCTYPES = {
    "2.3": ("-//NLM//DTD Journal Publishing DTD v2.3 20070202//EN", "journalpublishing.dtd"),
    "3.0": ("-//NLM//DTD Journal Archiving and Interchange DTD v3.0 20080202//EN", "archivearticle3.dtd"),
    "1.0": (
        "-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange DTD v1.0 20120330//EN",
        "JATS-archivearticle1.dtd",
    ),
    "1.1": ("-//NLM//DTD JATS (Z39.96) Journal Publishing DTD v1.1 20151215//EN", "JATS-journalpublishing1.dtd"),
    "1.2": (
        "-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange DTD v1.2 20190208//EN",
        "JATS-archivearticle1.dtd",
    ),
    "1.3": (
        "-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange DTD with MathML3 v1.3 20210610//EN",
        "JATS-archivearticle1-3-mathml3.dtd",
    ),
    "1.4": (
        "-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange DTD with MathML3 v1.4 20241031//EN",
        "JATS-archivearticle1-4-mathml3.dtd",
    ),
}


def jats(source: Source) -> bytes:
    """The article's XML in the encoding it declares."""
    encoding = source.get("encoding", "UTF-8")
    public, system = DOCTYPES[source["jats"]]
    parts = [
        f'<?xml version="1.0" encoding="{encoding}"?>',
        f'<!DOCTYPE article PUBLIC "{public}" "{system}"{source.get("subset", "")}>',
        opening(source),
        processing(source) if source["jats"] in ("1.3", "1.4") else "",
        "<front>" + journal(source) + article_meta(source) + "</front>",
        "<body>" + source["body"].strip() + "</body>",
        f"<back>{source['back'].strip()}</back>" if source.get("back") else "",
        floats(source),
        source.get("tail", "").strip(),
        "</article>",
    ]
    return ("\n".join(p for p in parts if p) + "\n").encode(encoding)


def opening(source: Source) -> str:
    """The root element with its attributes."""
    language = f' xml:lang="{source["language"]}"' if source.get("language") else ""
    version = f' dtd-version="{source["jats"]}"' if source["jats"] not in ("2.3", "3.0") else ""
    ali = ALI if source.get("license_form") == "ali" else ""
    return f'<article {NAMESPACES}{ali} article-type="{source.get("kind", "research-article")}"{version}{language}>'


def processing(source: Source) -> str:
    """The archive's own metadata, ordinary since JATS 1.3."""
    return (
        '<processing-meta base-tagset="archiving" mathml-version="3.0" table-model="xhtml" tagset-family="jats">'
        "<restricted-by>pmc</restricted-by></processing-meta>"
    )


def journal(source: Source) -> str:
    """Journal title, in one of two places, with its ids."""
    title = f"<journal-title>{escape(source['journal'])}</journal-title>"
    if source["jats"] != "2.3":
        title = f"<journal-title-group>{title}</journal-title-group>"
    code = "".join(word[:4] for word in source["journal"].split())
    return (
        f'<journal-meta><journal-id journal-id-type="nlm-ta">{escape(code)}</journal-id>{title}'
        f'<issn pub-type="epub">9999-{source["number"] % 10000:04d}</issn>'
        "<publisher><publisher-name>Imaginary Press</publisher-name></publisher></journal-meta>"
    )


def article_meta(source: Source) -> str:
    """Ids, title, authors, dates, licence and abstracts."""
    pmc = "pmcid" if source["jats"] in ("1.3", "1.4") else "pmc"
    number = source["pmcid"] if pmc == "pmcid" else source["pmcid"][3:]
    title = source.get("title_xml") or escape(source["title"])
    return (
        f'<article-meta><article-id pub-id-type="{pmc}">{number}</article-id>'
        + (f'<article-id pub-id-type="pmid">{source["pmid"]}</article-id>' if source["pmid"] else "")
        + f'<article-id pub-id-type="doi">{source["doi"]}</article-id>'
        + f"<title-group><article-title>{title}</article-title></title-group>"
        + f"<contrib-group>{''.join(contributor(a) for a in source['authors'])}</contrib-group>"
        + dates(source)
        + f"<volume>{source['number'] % 40 + 1}</volume><elocation-id>e{source['number']}</elocation-id>"
        + permissions(source)
        + source.get("related", "")
        + f"<abstract><p>{source['abstract'].strip()}</p></abstract>"
        + source.get("abstracts", "").strip()
        + "</article-meta>"
    )


def contributor(author: str) -> str:
    """'Surname, Given' as a name, anything else as a group."""
    if ", " not in author:
        return f'<contrib contrib-type="author"><collab>{escape(author)}</collab></contrib>'
    surname, given = author.split(", ")
    name = f"<name><surname>{escape(surname)}</surname><given-names>{escape(given)}</given-names></name>"
    return f'<contrib contrib-type="author">{name}</contrib>'


def dates(source: Source) -> str:
    """Electronic publication date, and the year of the collection."""
    year, month, day = source["date"].split("-")
    kind = "date-type" if source["jats"] in ("1.2", "1.3", "1.4") else "pub-type"
    value = "pub" if kind == "date-type" else "epub"
    return (
        f'<pub-date pub-type="collection"><year>{year}</year></pub-date>'
        f'<pub-date {kind}="{value}"><day>{int(day)}</day><month>{int(month)}</month><year>{year}</year></pub-date>'
    )


def permissions(source: Source) -> str:
    """Copyright and licence: the URL stands on the licence, in a reference, or only in a link of the prose."""
    name = source["license"]
    if not name:
        return "<permissions><copyright-statement>All rights reserved.</copyright-statement></permissions>"
    url = LICENCES[name]
    year = source["date"][:4]
    holder = escape(source["authors"][0].split(",")[0])
    words = f"Anyone may use this article under the terms of the {name} licence."
    form = source.get("license_form", "href")
    if form == "ali":
        body = f"<license><ali:license_ref>{url}</ali:license_ref><license-p>{words}</license-p></license>"
    elif form == "link":
        link = f'<ext-link ext-link-type="uri" xlink:href={quoteattr(url)}>{url}</ext-link>'
        body = f'<license license-type="open-access"><license-p>{words} See {link}.</license-p></license>'
    else:
        prose = "p" if source["jats"] == "2.3" else "license-p"
        body = f'<license license-type="open-access" xlink:href={quoteattr(url)}><{prose}>{words}</{prose}></license>'
    return (
        f"<permissions><copyright-statement>&#169; {year} {holder} et al.</copyright-statement>"
        f"<copyright-year>{year}</copyright-year>{body}</permissions>"
    )


def floats(source: Source) -> str:
    """Figures that stand after the text; NLM called the place floats-wrap."""
    if not source.get("floats"):
        return ""
    name = "floats-wrap" if source["jats"] == "2.3" else "floats-group"
    return f"<{name}>{source['floats'].strip()}</{name}>"
