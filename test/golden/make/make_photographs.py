"""torchvision's clean view (shorter side to 256, antialiased; the middle 224) of whole photographs, in float64: 200 values each.

usage: make_photographs.py OUT    (needs torch, torchvision, Pillow; reads and writes OUT/photos224)
clean.safetensors, per photograph and filter: `PATH/FILTER` [200]; `at` I32 [200], row-major in [3, 224, 224].
decoded.json: per photograph its size and the SHA-256 of its decoded RGB bytes, so that decoders are known to agree.
"""
import hashlib
import json
import os
import sys

import numpy as np
import torch
import torchvision.transforms.functional as T
from PIL import Image
from torchvision.transforms import InterpolationMode

import safetensors_file
import seeded_weights

PHOTOGRAPHS = ["landscape/kodim08.jpg", "landscape/kodim23.jpg", "portrait/kodim19.jpg"]


def main(out):
    folder = os.path.join(out, "photos224")
    at = seeded_weights.positions("clean", 3 * 224 * 224, 200)
    tensors, decoded = {"at": at}, {}
    for path in PHOTOGRAPHS:
        pixels = np.array(Image.open(os.path.join(folder, path)).convert("RGB"))
        height, width = pixels.shape[:2]
        decoded[path] = {"width": width, "height": height, "sha256": hashlib.sha256(pixels.tobytes()).hexdigest()}
        x = torch.from_numpy(pixels.transpose(2, 0, 1).astype(np.float64) / 255)
        for name in ("bilinear", "bicubic"):
            resized = T.resize(x, [256], InterpolationMode(name), antialias=True)
            view = T.center_crop(resized, [224, 224])
            assert view.dtype == torch.float64 and view.shape == (3, 224, 224)
            tensors[f"{path}/{name}"] = view.numpy().reshape(-1)[at].astype(np.float32)
            single = T.center_crop(T.resize(x.float(), [256], InterpolationMode(name), antialias=True), [224, 224])
            print(path, name, tuple(resized.shape), f"float32 differs by {float((single - view).abs().max()):.1e}")
    safetensors_file.write(os.path.join(folder, "clean.safetensors"), tensors)
    with open(os.path.join(folder, "decoded.json"), "w") as file:
        json.dump(decoded, file, indent=1)


main(sys.argv[1])
