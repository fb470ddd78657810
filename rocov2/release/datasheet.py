"""The sections of the card that are the same for every release: why, of what, how gathered, for what use, how kept."""

MOTIVATION = """## Why it exists

To train and test systems that read radiology images with words: find the concepts of an image, write
its caption, match images and text. ROCO (2018) and ROCOv2 (2024) gave such a set once, from an archive
of PubMed Central that is gone; this one can be made again at any later date by the same rules, with the
origin and the licence of each image, and with splits that no article crosses.
"""

COMPOSITION = """### What an instance is

One figure of a research article, or one panel of it where the article gives panels as files of their
own: the image as published, its caption, its concepts, and its origin. Nothing links two images of one
patient but their article. Missing on purpose: figures that a model took for compound, for no radiology
or for a look-alike of another; those in articles under other licences; those with rights of their own.
Figures of case reports show what was worth a report: it is no sample of what a clinic sees, and
countries, journals and scanners stand in it as they stand in open-access publishing.

The images show people. They were published with the consent and the removal of names that the journals
ask for; age, sex and history stand in some captions, and letters or dates may be burnt into pixels.
Nobody has looked through this set for such traces.
"""

COLLECTION = """## How it was collected

By program, from the PMC Open Access Subset as the U.S. National Library of Medicine serves it to
programs: the list of articles, then of each article its record (licence, retraction, files), its XML,
and the images whose words let them be radiology. Nobody was asked or paid to label. What an article
says of itself decides: the licence is the stricter of record and XML, a figure with rights of its own
is left out, and so is an article that was retracted by the date above.
"""

USES = """## Uses

Made for: concept detection, caption prediction, retrieval, pretraining of image and text encoders, and
the study of such systems, under the licence of each image. Report results with the date and the version
above, on the splits as they are.

Not for: diagnosis or any other clinical decision; estimates of how frequent a finding is; identifying
patients; training on the test split, or on another set (ROCO, ROCOv2, PMC figures) that holds the same
articles, before testing here. Where a licence says NC the image is not for commercial use; where it says
SA or ND, it binds or forbids what is derived from the image.
"""

MAINTENANCE = """## How it is kept

A later release is made from a later list of articles by the same program: what was retracted,
withdrawn or put under another licence leaves, what is new joins, and everything else keeps its ID and
its split. Faults of a label are mended by an override rule with a reason and a name, not by hand in the
files. To have an image removed, name its ID to whoever gave you this release.
"""

PAPER = """    @article{rueckert2024rocov2,
      author  = {R{\\"u}ckert, Johannes and others},
      title   = {{ROCOv2}: {R}adiology {O}bjects in {CO}ntext Version 2, an Updated Multimodal Image Dataset},
      journal = {Scientific Data},
      volume  = {11},
      pages   = {688},
      year    = {2024},
      doi     = {10.1038/s41597-024-03496-6},
    }
"""
