"""Repositories with radiographs of body regions, for the region head: what is taken from each, as in `collections`."""

from filter_training.repositories import Files, Repository

# What is a radiograph among the drawings of that repository.
TRAUMA = """
ankleap anklelateral anklemortise calcaneusharris calcangles clavicle1 clavicle2 distalradiusap distalradiuslateral elbowap
elbowlateral femurap femurlat footap footlateral footoblique forearm handap handlateral handoblique hipap hipxtable humerus
kneeap kneelateral scapulaap shenton pelvislines shoulderap shoulderaxillary shouldery talusap taluslateral talusmortise
tibia wristap wristlateral
"""

RADIOGRAPHS = (
    Repository(
        "vpouramin/Cephalometric-Landmarking-public",
        "cephalo",
        "no licence file (Hamedan University)",
        (Files("hamedan_university_dataset/pictures/*.tif", "xray_skull", "XRAY", step=2),),
    ),
    Repository(
        "Aoriseth/Python-Active-shape-model-for-Incisor-Segmentation",
        "panoramic",
        "MIT",
        (Files("_Data/Radiographs/**/*.tif", "dental", "XRAY"),),
    ),
    # Its pictures stand at the commit 23e75b74; every sixth, as most are there in several copies.
    Repository(
        "RaghadAbdelhameed/Scoliosis-Detection-Segmentation-CobbAngle-U-Net",
        "torsospine",
        "no licence for the pictures",
        (Files("Dataset_Scoliosis/*/*.jpg", "xray_bone", "XRAY", step=6),),
    ),
    Repository(
        "Baimon664/Hip_Knee_Ankle",
        "longlegs",
        "no licence file",
        (Files("dev/*.jpg", "xray_bone", "XRAY"), Files("Detector/templates/*.jpg", "xray_bone", "XRAY")),
    ),
    Repository(
        "Hutaif/TRAUMA",
        "traumanotes",
        "no licence file",
        tuple(Files(f"{name}.png", "xray_bone", "XRAY") for name in TRAUMA.split()),
    ),
    Repository(
        "aashish900/MURA",
        "muraexamples",
        "no licence file (MURA, research only)",
        (Files("Dataset_Examples/*.png", "xray_bone", "XRAY"),),
    ),
    Repository(
        "Kevin-0502/Simulador_rayos_x",
        "simulador",
        "no licence file",
        (Files("images/*.jpg", "xray_mixed", "XRAY"),),
    ),
    Repository(
        "muthuraman888/Single-Image-Super-Resolution-on-Medical-Images",
        "superres",
        "no licence file",
        (Files("images/*.jpg", "xray_mixed", "XRAY"),),
    ),
    Repository(
        "DaryllRicalde/Image-Enhancement-Research",
        "enhancement",
        "no licence file",
        (Files("images/*.jpg", "xray_mixed", "XRAY"),),
    ),
    Repository(
        "asonnellini/Anatomical-stages-radiography-detection",
        "stages",
        "no licence file",
        tuple(
            Files(f"demo_images/{name}", "xray_mixed", "XRAY")
            for name in ("2550_*", "7255_*", "7873-*", "fullbody*", "108129*")
        ),
    ),
    Repository(
        "jeffhills/recording_xray_dicom_manual_points",
        "spinepoints",
        "no licence file",
        tuple(Files(f"images/{name}.png", "xray_mixed", "XRAY") for name in ("skull", "vertebra")),
    ),
    Repository(
        "tirthvyas7/Migration-Index-Calculation-for-Celebral-Palsy-Patients-From-Pelvis-X-Ray",
        "migration",
        "no licence file",
        (Files("*.jpg", "xray_bone", "XRAY"),),
    ),
    Repository(
        "Arianafshar2003/hip-dysplasia-detection",
        "dogs",
        "no licence file",
        (Files("hip_dataset/images/*/*.jpg", "xray_animal", "XRAY"),),
    ),
)
