import pytest

from rocov2.jats.figures import read_figures
from rocov2.jats.source import BadArticle
from rocov2.tables import Figure
from tests.jats.articles import ID, article, cite, fig, keys, one, reasons, rows


def test_a_plain_figure_gives_one_row_with_all_its_facts():
    row = one(article(f"<sec><title>Case</title><p>We saw it ({cite()}).</p>{fig()}</sec>"))
    assert row == Figure(
        figure_id="PMC1.1/F1",
        article_id="PMC1.1",
        xml_id="F1",
        panel=0,
        panel_count=1,
        label="Figure 1",
        caption="A chest radiograph.",
        container="body",
        fig_type=None,
        section="Case",
        mentions=("We saw it (Fig. 1).",),
        alt_text="",
        rights="",
        rights_url=None,
        language="en",
        href="f1",
        source_key="PMC1.1/f1.jpg",
        source_md5="md5-f1.jpg",
    )


@pytest.mark.parametrize(
    ("xml", "container", "section"),
    [
        (article(f"<sec><title>S</title><sec><p>x{fig()}</p></sec></sec>"), "body", "S"),
        (article("<p>x</p>", after=f"<floats-group>{fig()}</floats-group>"), "floats-group", ""),
        (article("<p>x</p>", after=f"<floats-wrap>{fig()}</floats-wrap>"), "floats-group", ""),
        (article("<p>x</p>", back=f"<app-group><app><title>A</title>{fig()}</app></app-group>"), "back", "A"),
        (article("<p>x</p>", front=f"<abstract><p>{fig()}</p></abstract>"), "abstract", ""),
        (article(f"<boxed-text><caption><title>B</title></caption>{fig()}</boxed-text>"), "body", ""),
        (article("<p>x</p>", front=f"<supplement>{fig()}</supplement>"), "front", ""),
    ],
)
def test_a_figure_is_found_wherever_it_lives(xml, container, section):
    row = one(xml)
    assert (row.container, row.section) == (container, section)


@pytest.mark.parametrize("kind", ["graphical", "toc", "teaser"])
def test_a_graphical_abstract_is_marked(kind):
    xml = article("<p>x</p>", front=f'<abstract abstract-type="{kind}"><p>{fig()}</p></abstract>')
    assert one(xml).fig_type == "graphical-abstract"


def test_figures_of_reviews_and_translations_are_not_the_articles():
    other = f"<front-stub/><body>{fig(id='R1')}</body>"
    after = f'<sub-article id="s">{other}</sub-article><response>{other}</response>'
    assert [row.xml_id for row in rows(article(f"<p>{fig()}</p>", after=after))] == ["F1"]


def test_bare_graphics_tables_and_formulas_are_no_figures():
    body = (
        '<p><graphic xlink:href="f1"/><inline-graphic xlink:href="f2"/></p>'
        '<table-wrap><label>T</label><graphic xlink:href="f1"/></table-wrap>'
        '<disp-formula><graphic xlink:href="f2"/></disp-formula><chem-struct><graphic xlink:href="f3"/></chem-struct>'
        '<supplementary-material><media xlink:href="f1.mp4"/></supplementary-material>'
    )
    assert rows(article(body)) == []


def test_a_supplement_nested_in_a_figure_is_a_figure_with_its_own_graphic_only():
    inner = fig(id="F1s1", label="Figure 1 supplement", caption="More.", graphic='<graphic xlink:href="f2"/>')
    outer, nested = rows(article(fig(inner)))
    assert (outer.href, outer.panel_count, outer.caption) == ("f1", 1, "A chest radiograph.")
    assert (nested.xml_id, nested.href, nested.caption) == ("F1s1", "f2", "More.")


def test_a_group_lends_its_label_and_caption_to_its_panels():
    group = (
        '<fig-group id="G"><label>Figure 3</label><caption><title>CT.</title></caption>'
        + fig(id="A", label="A", caption="Axial.")
        + fig(id="B", label="", caption="", graphic='<graphic xlink:href="f2"/>')
        + "</fig-group>"
    )
    first, second = rows(article(f"<p>See {cite('G')}.</p>{group}"))
    assert (first.label, first.caption) == ("Figure 3 A", "CT. Axial.")
    assert (second.label, second.caption) == ("Figure 3", "CT.")
    assert first.mentions == second.mentions == ("See Fig. 1.",)


def test_bare_panels_of_a_group_are_panels_of_one_figure():
    bare = "".join(fig(id="", label="", caption="", graphic=f'<graphic xlink:href="f{n}"/>') for n in (1, 2))
    group = f'<fig-group id="G"><label>Figure 3</label><caption><p>CT.</p></caption>{bare}</fig-group>'
    assert [(row.figure_id, row.panel, row.panel_count, row.href) for row in rows(article(group))] == [
        ("PMC1.1/G", 0, 2, "f1"),
        ("PMC1.1/G:1", 1, 2, "f2"),
    ]


def test_figures_without_an_id_are_numbered_and_double_ids_are_told_apart():
    body = fig(id="") + fig(id="F") + fig(id="F")
    found = rows(article(body))
    assert [row.figure_id for row in found] == ["PMC1.1/@1", "PMC1.1/F", "PMC1.1/F~2"]
    assert [row.xml_id for row in found] == [None, "F", "F"]


def test_an_id_cannot_climb_out_of_its_folder_or_look_like_a_panel():
    assert one(article(fig(id="../a/b:1"))).figure_id == "PMC1.1/.._a_b_1"


def test_a_figure_never_takes_the_caption_of_another():
    first, second = rows(article(fig() + fig(id="F2", caption="")))
    assert first.caption == "A chest radiograph."
    assert (second.key, second.reason) == ("PMC1.1/F2", "no_caption")


def test_a_figure_without_a_graphic_and_one_without_a_file_are_dropped_with_the_reason():
    assert reasons(article(fig(graphic='<media xlink:href="f1.mp4"/>'))) == ["no_graphic"]
    assert reasons(article(fig(graphic='<graphic xlink:href="elsewhere"/>'))) == ["unresolved_graphic"]


def test_one_missing_panel_does_not_cost_the_others():
    both = '<graphic xlink:href="f1"/><graphic xlink:href="gone"/>'
    row, drop = rows(article(fig(graphic=both)))
    assert (row.panel, row.panel_count) == (0, 2)
    assert (drop.key, drop.reason) == ("PMC1.1/F1:1", "unresolved_graphic")


@pytest.mark.parametrize(
    ("markup", "language"),
    [
        ('<fig id="F1" xml:lang="FR"><caption><p>x</p></caption><graphic xlink:href="f1"/></fig>', "fr"),
        ('<fig id="F1"><caption xml:lang="es"><p>x</p></caption><graphic xlink:href="f1"/></fig>', "es"),
        (fig(), "pt-br"),
    ],
)
def test_the_language_is_the_captions_own_or_the_articles(markup, language):
    assert one(article(markup), language="pt-BR").language == language


def test_old_files_put_the_legend_beside_the_caption():
    assert one(article(fig(caption="", inner="<p> A legend. </p>"))).caption == "A legend."
    assert one(article(fig(caption="", inner="<statement><p>Another.</p></statement>"))).caption == "Another."
    note = "<attrib><bold>Notes:</bold> (A) Axial.</attrib>"
    assert one(article(fig(inner=note))).caption == "A chest radiograph. Notes: (A) Axial."


def test_alternative_text_is_the_graphics_or_the_figures():
    graphic = '<graphic xlink:href="f1"><alt-text>of the graphic</alt-text></graphic>'
    assert one(article(fig(graphic=graphic, inner="<alt-text>of the figure</alt-text>"))).alt_text == "of the graphic"
    assert one(article(fig(inner="<alt-text>of the figure</alt-text>"))).alt_text == "of the figure"


def test_an_article_without_body_and_figures_is_refused_but_floats_alone_are_read():
    xml = article(fig(), front="<abstract><p>x</p></abstract>")
    closed = xml[: xml.index(b"<body>")] + b"</article>"
    with pytest.raises(BadArticle) as caught:
        read_figures(closed, ID, {})
    assert caught.value.reason == "no_body"
    floats = closed.replace(b"</article>", f"<floats-group>{fig()}</floats-group></article>".encode())
    assert one(floats).container == "floats-group"


def test_a_body_without_figures_gives_no_rows():
    assert rows(article("<p>Nothing to see.</p>")) == []


def test_names_in_the_jats_namespace_and_in_a_wrapper_are_read_alike():
    xml = article(f"<p>We saw it ({cite()}).</p>{fig()}")
    spaced = xml.replace(b"<article ", b'<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.4/" ')
    wrapped = spaced[: spaced.index(b"<article ")] + b"<record>" + spaced[spaced.index(b"<article ") :] + b"</record>"
    wrapped = wrapped[wrapped.index(b"<record>") :]
    assert one(spaced) == one(xml) == one(wrapped)


def test_only_files_of_the_same_version_are_joined():
    assert reasons(article(fig()), {"PMC1.2/f1.jpg": "", "PMC11.1/f1.jpg": ""}) == ["unresolved_graphic"]
    assert one(article(fig()), keys("f1.jpg") | {"PMC1.2/f1.jpg": ""}).source_key == "PMC1.1/f1.jpg"
