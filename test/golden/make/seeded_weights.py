"""Weights of large encoders made from names alone; `test/reference/seeded-weights.ts` makes the same bits.

Element i of a tensor: h = fmix32((i * 0x9e3779b1) ^ fnv1a32(name)), u = (2 * (h >> 16) + 1 - 65536) / 65536, and the value
is centre + spread * u in float64, rounded to float32 and then to bfloat16 (each to nearest, ties to even).
"""
import math
from collections import OrderedDict

import numpy as np


def fnv1a32(text):
    h = 0x811C9DC5
    for byte in text.encode():
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    return h


def fmix32(h):
    """The finaliser of MurmurHash3, on an array of u32."""
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def hashes(name, count):
    return fmix32((np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1)) ^ np.uint32(fnv1a32(name)))


def values(name, shape, centre, spread):
    high = (hashes(name, math.prod(shape)) >> np.uint32(16)).astype(np.float64)
    bits = (centre + spread * ((2 * high - 65535) / 65536)).astype(np.float32).view(np.uint32)
    bits = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) & np.uint32(0xFFFF0000)
    return bits.view(np.float32).reshape(shape)


def positions(name, size, count):
    """Sample positions: one in each of `count` equal parts of [0, size), the first and the last value among them."""
    at = [(k * 2**16 + int(h >> 16)) * size // (count * 2**16) for k, h in enumerate(hashes(name, count))]
    return np.array([0, *at[1:-1], size - 1], np.int32)


def weight(name, shape, gain):
    """Uniform around 0 with variance gain / fan-in."""
    return name, shape, 0.0, math.sqrt(3 * gain / math.prod(shape[1:]))


def batch_norm(name, channels, scale):
    yield f"{name}.weight", (channels,), scale, scale / 2
    yield f"{name}.bias", (channels,), 0.0, 0.35
    yield f"{name}.running_mean", (channels,), 0.0, 0.5
    yield f"{name}.running_var", (channels,), 1.15, 0.85


def conv_norm(conv, norm, shape, scale=1.0):
    yield weight(f"{conv}.weight", shape, 2)
    yield from batch_norm(norm, shape[0], scale)


def resnet(blocks, bottleneck):
    """torchvision's names. A branch ends in a smaller scale, so that the stream does not grow from block to block."""
    yield from conv_norm("conv1", "bn1", (64, 3, 7, 7))
    channels = 64
    for stage, count in enumerate(blocks):
        width = 64 * 2**stage
        out = width * (4 if bottleneck else 1)
        for block in range(count):
            at = f"layer{stage + 1}.{block}"
            if bottleneck:
                shapes = [(width, channels, 1, 1), (width, width, 3, 3), (out, width, 1, 1)]
            else:
                shapes = [(width, channels, 3, 3), (width, width, 3, 3)]
            for k, shape in enumerate(shapes, 1):
                yield from conv_norm(f"{at}.conv{k}", f"{at}.bn{k}", shape, 0.4 if k == len(shapes) else 1.0)
            if block == 0 and (stage > 0 or channels != out):
                yield from conv_norm(f"{at}.downsample.0", f"{at}.downsample.1", (out, channels, 1, 1))
            channels = out


def linear(name, out, channels, gain):
    yield weight(f"{name}.weight", (out, channels), gain)
    yield f"{name}.bias", (out,), 0.0, 0.35


def layer_norm(name, dim):
    yield f"{name}.weight", (dim,), 1.0, 0.4
    yield f"{name}.bias", (dim,), 0.0, 0.35


def vit(dim, depth, patch, positions, layer_scale):
    """timm's names. `positions` counts the class token."""
    yield "cls_token", (1, 1, dim), 0.0, 0.9
    yield "pos_embed", (1, positions, dim), 0.0, 0.9
    yield weight("patch_embed.proj.weight", (dim, 3, patch, patch), 1)
    yield "patch_embed.proj.bias", (dim,), 0.0, 0.35
    for block in range(depth):
        at = f"blocks.{block}"
        yield from layer_norm(f"{at}.norm1", dim)
        yield from linear(f"{at}.attn.qkv", 3 * dim, dim, 2)
        yield from linear(f"{at}.attn.proj", dim, dim, 1)
        if layer_scale:
            yield f"{at}.ls1.gamma", (dim,), 0.6, 0.4
        yield from layer_norm(f"{at}.norm2", dim)
        yield from linear(f"{at}.mlp.fc1", 4 * dim, dim, 1)
        yield from linear(f"{at}.mlp.fc2", dim, 4 * dim, 1)
        if layer_scale:
            yield f"{at}.ls2.gamma", (dim,), 0.6, 0.4
    yield from layer_norm("norm", dim)


MODELS = {
    "resnet34": lambda: resnet([3, 4, 6, 3], False),
    "resnet50": lambda: resnet([3, 4, 6, 3], True),
    "vitBase16": lambda: vit(768, 12, 16, 1 + 14 * 14, False),
    "dinov2Small": lambda: vit(384, 12, 14, 1 + 37 * 37, True),
}


def state_dict(model):
    """All tensors of one of the MODELS as float32, in order."""
    return OrderedDict((name, values(name, *rest)) for name, *rest in MODELS[model]())
