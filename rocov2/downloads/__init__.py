"""What others listed or published, brought here: lists of figures and the published archives in, image files out.

lists       a list file -> items: ids with what is known of the figure
articles    a PMCID -> the article's versions, media and figures
matching    captions and labels -> the one figure that is meant, or none
locate      items -> keys in the bucket
gather      keys -> verified files, with an outcome each; `journal` remembers them, `output` and `shards` keep
            them, `report` lists them
zenodo      the published record -> its files; `record` brings them, `unpack` takes archives apart, `published` counts
"""
