"""More repositories, for what the first ones leave out: gels, cells, figures of manuals, masks, renderings, joints, CT."""

from filter_training.repositories import Files, Repository

GALLERY = "Documentation/public/gallery/*.*g"
OF_A_TEMPLATE = "no licence of the pictures (MIT is the page template's)"
STACKS = "public/images/teaching/stacks"


def places(text: str) -> tuple[int, ...]:
    """Places written as `3 5-7`."""
    parts = [part.partition("-") for part in text.split()]
    return tuple(place for first, _, last in parts for place in range(int(first), int(last or first) + 1))


MORE = (
    Repository(
        "nomermad/gel-locator",
        "gellocator",
        "no licence file",
        (Files("Gel_27.tif", "gel"), Files("section_*.tiff", "gel")),
    ),
    Repository("SamBenton1/Gel-Electrophoresis-Analyser", "gelanalyser", "MIT", (Files("Gels/*", "gel"),)),
    Repository("facuperezt/western-blot-analysis", "blotanalysis", "GPL-3", (Files("example_blots/*", "gel"),)),
    Repository(
        "athenaz2/Western-Blot-Data",
        "blotdata",
        "no licence file; blots (c) authors of the articles",
        (
            Files("Images/*orig*", "gel", compound=-1),
            Files("Proof of Concept/images_original/**/*.tif", "gel", compound=-1),
        ),
    ),
    Repository(
        "NEUBIAS/training-resources",
        "neubias",
        "CC BY 4.0",
        (
            Files(
                "image_data/*.tif",
                "microscopy",
                places=places("0 1 3-5 7-9 11-13 15 18-22 24 26 29-31 33 38 40 41 44 45 95-98 101-103 105-108 110")
                + places("113 114 117 124 129"),
            ),
            Files("image_data/*.tif", "mask", places=places("57 59 60 62-65 67 69 75-77 81 82 85 87-93")),
        ),
    ),
    Repository("zhixuhao/unet", "emmembrane", "MIT (ISBI 2012)", (Files("data/membrane/train/image/*", "microscopy"),)),
    Repository(
        "bnsreenu/python_for_microscopists",
        "microscopists",
        "MIT",
        (
            Files(
                "images/**/*.*",
                "microscopy",
                places=places("1-3 12 24 25 48 51 54 55 58 61 64 67 70 75 78 81 84 87 90 95-98 127 141-145 178 180 185")
                + places("190 193-195"),
            ),
            Files("images/**/*.*", "microscopy_sem", places=places("5 8 164 165 167 179")),
            Files("images/**/*.*", "mask", places=places("28 39 41 43 45 47")),
            Files("images/**/*.*", "mri", "MRI", places=places("13 15 16 20")),
            Files(
                "images/**/*.*",
                "natural",
                places=places("49 53 99 101 103 115 117 124-126 146 149 150 191 196-205"),
            ),
        ),
    ),
    Repository(
        "datacarpentry/image-processing",
        "carpentry",
        "CC BY 4.0",
        (
            Files(
                "episodes/fig/*",
                "natural",
                places=places("11 25 33 44 49 50 53 54 57 58 60 89 95 97 98 100 104 106 112 116 124 130 136 143 144"),
            ),
            Files(
                "episodes/fig/*",
                "diagram",
                places=places("29 35 38 41 62 66 68 70 82 84 93 102 153 156 161 163 165 167 172 174 179 185 191"),
            ),
            Files("episodes/fig/*", "chart", places=places("3 5 16 91 114 118 122 125 128 145 159 170 188")),
            Files("episodes/fig/*", "nonrad_mixed", compound=1, places=places("19 32")),
        ),
    ),
    Repository(
        "abidrahmank/OpenCV2-Python-Tutorials",
        "opencvpy",
        "no licence file",
        (
            Files(
                "**/*.*",
                "nonrad_mixed",
                compound=1,
                places=places("26 27 32 35 83 106-109 111-113 115 116 119 120 124 127-129 152 173-185 188 189 198 226")
                + places("227 246 249 252 253"),
            ),
            Files(
                "**/*.*",
                "natural",
                places=places("0-2 4 13-15 17-19 28 29 39 47 66 67 69 135 142 159 160 163 187 219 222 225 229 247 254")
                + places("256"),
            ),
            Files(
                "**/*.*",
                "diagram",
                places=places("5 12 22 30 44 46 48 54 63 65 74 77 79 84 88-93 98 100-102 157 158 161 164 168 193"),
            ),
        ),
    ),
    Repository(
        "mattools/matImage",
        "matimage",
        "BSD-2-Clause",
        (
            Files("**/*.*", "natural", places=places("12 156 159 162 165 171 177")),
            Files(
                "**/*.*",
                "diagram",
                places=places("15 18 21 24 27 30 42 48 51 141 144 147 150 168 180 183 186 189 195 198 201 204 216 225"),
            ),
            Files("**/*.*", "render3d", places=places("60 69 78 87 96 111 120 123 132 207 219")),
            Files("**/*.*", "mri", "MRI", places=places("291 300 309 318 327 336 342")),
        ),
    ),
    Repository(
        "Kitware/vtk-js",
        "vtkjs",
        "BSD-3-Clause",
        (
            Files(
                GALLERY,
                "render3d",
                places=places(
                    "0-7 9-14 16-18 20-31 34 36-38 41-46 49-52 56 57 60 61 66-74 76 77 80 82-86 89 90 94 96 97"
                )
                + places("99-102 106-111 113 115 117 118 120 124 125 128-132 134 135 138-144 147 148 150-155 157-160")
                + places("162-172 175 177-180"),
            ),
        ),
    ),
    Repository(
        "jeremyswisher13/kneemri",
        "jointcourse",
        "no licence file",
        (Files(f"{STACKS}/normal-*/*", "mri", "MRI", step=4),),
    ),
    Repository(
        "CEMRR/Knee-ACL-Tear-Segmentation",
        "kneeacl",
        "no licence file",
        (
            Files("dataset/kneeMRI-ACL/*/img.png", "mri", "MRI", step=2),
            Files("dataset/kneeMRI-ACL/*/mask.png", "mask", step=10),
        ),
    ),
    Repository(
        "Roiabr/Head-CT-hemorrhage-detection",
        "headct",
        "no licence file",
        (Files("Dataset/head_ct/*", "ct", "CT", step=3),),
    ),
    Repository(
        "emrekavur/CHAOS-evaluation",
        "chaos",
        "no licence file; CHAOS CC BY-NC-SA 4.0",
        (Files("Data_3D/Ground/*", "mask", step=8),),
        series="chaos",
    ),
    Repository("danielamancilla/ct-liver-segmentation", "liverct", "no licence file (TCIA TCGA-LIHC)", series="liver"),
    Repository("cerr/CERR", "ibsict", "GPL-3 (IBSI phantom: CC BY 3.0)", series="lung"),
    *(
        Repository(name, source, OF_A_TEMPLATE, (Files("images/**/*[Gg]el*.*", "gel", step=step),))
        for name, source, step in (
            ("meschedl/MESPutnam_Open_Lab_Notebook", "gelsmes", 1),
            ("emmastrand/EmmaStrand_Notebook", "gelsemma", 2),
            ("kevinhwong1/KevinHWong_Notebook", "gelskevin", 2),
        )
    ),
    Repository(
        "RobertsLab/sams-notebook",
        "gelssam",
        "no licence file",
        (Files("images/*_gel_*", "gel"), Files("docs/posts/**/*gel*.*", "gel", places=places("0-5 7 8"))),
    ),
)
