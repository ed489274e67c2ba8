"""Position tables fitted to other grids by PyTorch in float64, called as each project calls it.

usage: make_positions.py OUT    (needs torch; writes OUT/positions/positions.safetensors)
Keys: `table/HxW` [H, W, C], `RULE/HxW/TOHxTOW` [TOH, TOW, C].
"""
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

import safetensors_file

RULES = {
    # DINO and DINOv2 without registers: the factor that is passed decides the coordinates, not the resulting size.
    "dino": lambda x, h, w: F.interpolate(x, scale_factor=((h + 0.1) / x.shape[2], (w + 0.1) / x.shape[3]), mode="bicubic"),
    # DINOv2 with registers: offset 0 makes it pass the size.
    "dinov2-registers": lambda x, h, w: F.interpolate(x, size=(h, w), mode="bicubic", antialias=True),
    "hugging-face": lambda x, h, w: F.interpolate(x, size=(h, w), mode="bicubic", align_corners=False),
    "timm": lambda x, h, w: F.interpolate(x, size=(h, w), mode="bicubic", antialias=True),
    "torchvision": lambda x, h, w: F.interpolate(x, size=(h, w), mode="bicubic", align_corners=True),
}
# Table, channels, grids to fit it to: smaller, larger, not square, one patch, one axis kept.
CASES = [
    ((6, 6), 3, [(4, 4), (1, 1), (6, 9), (2, 7)]),
    ((7, 7), 2, [(9, 5), (14, 14), (7, 3)]),
    ((14, 14), 2, [(16, 16), (24, 10)]),
    ((37, 37), 2, [(16, 16), (13, 20)]),
    ((3, 8), 2, [(5, 5)]),
]


def keys_cubic(t, a):
    """Keys' kernel, branch by branch."""
    t = abs(t)
    if t <= 1:
        return (a + 2) * t**3 - (a + 3) * t**2 + 1
    return a * (t**3 - 5 * t**2 + 8 * t - 4) if t < 2 else 0.0


def axis_matrix(n, m, rule):
    """[m, n]: the interpolation along one axis as a matrix, from the formulas and not from PyTorch."""
    matrix = np.zeros((m, n))
    for x in range(m):
        if rule in ("timm", "dinov2-registers"):
            centre, stretch = n / m * (x + 0.5), max(n / m, 1)
            low, high = max(int(centre - 2 * stretch + 0.5), 0), min(int(centre + 2 * stretch + 0.5), n)
            for j in range(low, high):
                matrix[x, j] = keys_cubic((j + 0.5 - centre) / stretch, -0.5)
            matrix[x] /= matrix[x].sum()
            continue
        if rule == "torchvision":
            source = x * (n - 1) / (m - 1) if m > 1 else 0.0
        else:
            source = (x + 0.5) * n / (m + (0.1 if rule == "dino" else 0)) - 0.5
        for j in range(math.floor(source) - 1, math.floor(source) + 3):
            matrix[x, min(max(j, 0), n - 1)] += keys_cubic(source - j, -0.75)
    return matrix


def main(out):
    random, tensors, largest = np.random.RandomState(37), {}, 0.0
    for (h, w), channels, grids in CASES:
        table = random.randn(h, w, channels).astype(np.float32)
        tensors[f"table/{h}x{w}"] = table
        exact = table.astype(np.float64)
        for th, tw in grids:
            for rule, interpolate in RULES.items():
                fitted = interpolate(torch.from_numpy(exact).permute(2, 0, 1)[None], th, tw)[0].permute(1, 2, 0).numpy()
                assert fitted.shape == (th, tw, channels), (rule, fitted.shape)
                formula = np.einsum("yi,xj,ijc->yxc", axis_matrix(h, th, rule), axis_matrix(w, tw, rule), exact)
                largest = max(largest, np.abs(fitted - formula).max())
                tensors[f"{rule}/{h}x{w}/{th}x{tw}"] = np.ascontiguousarray(fitted.astype(np.float32))
    assert largest < 1e-12, largest
    folder = os.path.join(out, "positions")
    os.makedirs(folder, exist_ok=True)
    safetensors_file.write(os.path.join(folder, "positions.safetensors"), tensors)
    print(f"{len(tensors)} tensors; PyTorch and the formulas differ by at most {largest:.1e}")


main(sys.argv[1])
