"""Nodes of four encoders at 224 pixels, in float64, on two photographs: 64 values of each and its largest.

usage: make_large.py OUT    (needs torch, torchvision, Pillow; reads the photographs beside it, writes OUT/large)
crops.safetensors: `pixels` U8 [2, 3, 224, 224]. MODEL.safetensors, per node in order of execution: `shape/NODE` without the
images, `at/NODE` I32 [64] (row-major, within an image), `value/NODE` [2, 64], `largest/NODE` [2]. checksums.json: SHA-256 of
weights and of the input, for the other side to check that it has the same bits.
"""
import hashlib
import json
import os
import sys

import numpy as np
import torch
import torchvision
from PIL import Image

import nodes
import safetensors_file
import seeded_weights

HERE = os.path.dirname(os.path.abspath(__file__))
PHOTOGRAPHS = ["landscape/kodim08.jpg", "portrait/kodim19.jpg"]
SIZE, SAMPLES = 224, 64
RUN = {
    "resnet34": lambda state, x: nodes.resnet(torchvision.models.resnet34, state, x),
    "resnet50": lambda state, x: nodes.resnet(torchvision.models.resnet50, state, x),
    "vitBase16": lambda state, x: nodes.vit(state, x, 12),
    "dinov2Small": lambda state, x: nodes.vit(state, x, 6),
}


def crops():
    """The middle of each photograph, not resized: U8 [2, 3, 224, 224]."""
    out = []
    for path in PHOTOGRAPHS:
        pixels = np.asarray(Image.open(os.path.join(HERE, "..", "photos224", path)).convert("RGB"))
        top, left = ((side - SIZE) // 2 for side in pixels.shape[:2])
        out.append(pixels[top : top + SIZE, left : left + SIZE].transpose(2, 0, 1))
    return np.ascontiguousarray(out)


def normalized(pixels):
    """ImageNet's normalisation, every step in float32; then float64."""
    mean, std = (np.array(three, np.float32).reshape(3, 1, 1) for three in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    return torch.from_numpy(((pixels.astype(np.float32) / np.float32(255) - mean) / std).astype(np.float64))


def main(out):
    torch.set_grad_enabled(False)
    folder = os.path.join(out, "large")
    os.makedirs(folder, exist_ok=True)
    pixels = crops()
    x = normalized(pixels)
    checksums = {"photographs": hashlib.sha256(x.numpy().astype(np.float32).tobytes()).hexdigest()}
    safetensors_file.write(os.path.join(folder, "crops.safetensors"), {"pixels": pixels})
    for model, run in RUN.items():
        weights = seeded_weights.state_dict(model)
        checksums[model] = {
            "tensors": len(weights),
            "values": sum(array.size for array in weights.values()),
            "sha256": {name: hashlib.sha256(array.tobytes()).hexdigest() for name, array in list(weights.items())[::7]},
        }
        state = {name: torch.from_numpy(array.astype(np.float64)) for name, array in weights.items()}
        found, tensors = run(state, x), {}
        if model == "vitBase16":
            theirs = nodes.torchvision_vit(state, x)
            assert theirs.keys() == found.keys(), theirs.keys() ^ found.keys()
            worst = max((float((found[n] - theirs[n]).abs().max() / theirs[n].abs().max()), n) for n in found)
            assert worst[0] < 1e-11, worst
            print("own ViT against vit_b_16, of a node's largest value:", worst)
        for name, value in found.items():
            flat = value.reshape(len(x), -1).numpy()
            at = seeded_weights.positions(name, flat.shape[1], SAMPLES)
            tensors[f"shape/{name}"] = np.array(value.shape[1:], np.int32)
            tensors[f"at/{name}"] = at
            tensors[f"value/{name}"] = flat[:, at].astype(np.float32)
            tensors[f"largest/{name}"] = np.abs(flat).max(1).astype(np.float32)
        safetensors_file.write(os.path.join(folder, f"{model}.safetensors"), tensors)
        for name in found:
            print(f"{model} {name} {tuple(found[name].shape[1:])} largest {tensors[f'largest/{name}'].max():.3g} rms {float(found[name].square().mean().sqrt()):.3g}")
    with open(os.path.join(folder, "checksums.json"), "w") as file:
        json.dump(checksums, file, indent=1)


main(sys.argv[1])
