"""Which parts of the PyTorch model the first N layers of Keras' DenseNet-121 are. No PyTorch.

The paper counts layers as Keras does, where every operation is a layer. `DenseNet121(include_top=False)` has 427:

    input, pad, conv, bn, relu, pad, pool                        7    layers   1 -   7   conv0 norm0 relu0 pool0
    block 1: 6 dense layers of bn relu conv bn relu conv concat 42             8 -  49   denseblock1
    transition: bn relu conv pool                                4            50 -  53   transition1
    block 2: 12 dense layers                                    84            54 - 137   denseblock2
    transition                                                   4           138 - 141   transition2
    block 3: 24 dense layers                                   168           142 - 309   denseblock3
    transition                                                   4           310 - 313   transition3
    block 4: 16 dense layers                                   112           314 - 425   denseblock4
    bn, relu                                                     2           426 - 427   norm5

Keras numbers the blocks conv2 to conv5. The graph is one chain (a concat waits for the seven layers before it), so that
`model.layers` has this order. 276 = 141 + 19 x 7 + 2: frozen are the stem, two blocks with their transitions, 19 of the 24
dense layers of block 3, and `bn` and `relu` of the 20th. Layer 277, the first that learns, is the 1 x 1 convolution
`conv4_block20_1_conv`, here `features.denseblock3.denselayer20.conv1`.
"""

BLOCKS = (6, 12, 24, 16)
"""Dense layers of each block of DenseNet-121."""

_DENSE = (
    *(("0_bn", "norm1"), ("0_relu", "relu1"), ("1_conv", "conv1")),
    *(("1_bn", "norm2"), ("1_relu", "relu2"), ("2_conv", "conv2"), ("concat", "")),
)
_STEM = (
    *(("input", ""), ("zero_padding2d", ""), ("conv1_conv", "conv0"), ("conv1_bn", "norm0")),
    *(("conv1_relu", "relu0"), ("zero_padding2d_1", ""), ("pool1", "pool0")),
)
_TRANSITION = (("bn", "norm"), ("relu", "relu"), ("conv", "conv"), ("pool", "pool"))


def keras_layers() -> list[tuple[str, str]]:
    """Keras' name of each layer in order, and the module under `features` that it is; empty where there is none."""
    layers = list(_STEM)
    for number, count in enumerate(BLOCKS, start=1):
        for dense in range(1, count + 1):
            place = f"denseblock{number}.denselayer{dense}"
            layers += [(f"conv{number + 1}_block{dense}_{k}", t and f"{place}.{t}") for k, t in _DENSE]
        if number < len(BLOCKS):
            layers += [(f"pool{number + 1}_{k}", f"transition{number}.{t}") for k, t in _TRANSITION]
    return [*layers, ("bn", "norm5"), ("relu", "")]


def frozen_modules(count: int) -> list[str]:
    """The modules under `features` with weights (convolutions and norms) among the first `count` layers of Keras'.

    Raises ValueError when `count` is not 0 to 427.
    """
    layers = keras_layers()
    if not 0 <= count <= len(layers):
        raise ValueError(f"DenseNet-121 has {len(layers)} layers, not {count}")
    return [module for _, module in layers[:count] if module.rpartition(".")[2].startswith(("conv", "norm"))]
