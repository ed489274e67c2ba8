"""PyTorch as a peer of the benchmark: answers each line of JSON on stdin with one on stdout, starting with "> ".

Arguments: a folder of inputs and weights (safetensors, written by the benchmark), a folder for outputs, how the analysis is
done, and the device, `cpu` or `cuda` (in float32: TF32 is off). The analysis: `batched`, every layer of a batch in one pass; `authors`, as the paper's scripts loop: for one layer, one image,
one view at a time.
"""

import json
import sys
import time

import numpy
import torch
import torchvision
from torch import nn
from torch.nn import functional

torch.set_grad_enabled(False)
IN, OUT, WAY, DEVICE = sys.argv[1:5]
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False


def read(name):
    with open(f"{IN}/{name}.safetensors", "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    tensors = {}
    for key, entry in header.items():
        if key != "__metadata__":
            start, end = entry["data_offsets"]
            tensors[key] = torch.from_numpy(
                numpy.frombuffer(data[start:end], "<f4").reshape(entry["shape"]).copy()
            )
    return tensors


def resnet18(weights):
    model = torchvision.models.resnet18(weights=None)
    model.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    model.maxpool = nn.Identity()
    return pooled(model, weights)


def pooled(model, weights):
    model.fc = nn.Identity()
    missing = model.load_state_dict(weights, strict=False).missing_keys
    assert all(key.endswith("num_batches_tracked") for key in missing), missing
    return model.eval()


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        scores = (q @ k.transpose(-2, -1)) * (width // self.heads) ** -0.5
        return self.proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, tokens, width))


class Mlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x):
        return self.fc2(functional.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, 1e-6)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, 1e-6)
        self.mlp = Mlp(width)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class ViT(nn.Module):
    def __init__(self, width=192, depth=12, heads=3, patch=4, tokens=65):
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, tokens, width))
        self.patch_embed = nn.Sequential()
        self.patch_embed.add_module("proj", nn.Conv2d(3, width, patch, patch))
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width, 1e-6)

    def forward(self, x):
        patches = self.patch_embed(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), patches], 1) + self.pos_embed
        return self.norm(self.blocks(x))[:, 0]


def vit(model, weights):
    model.load_state_dict(weights)
    return model.eval()


class ConvBlock(nn.Module):
    def __init__(self, weight):
        super().__init__()
        out, channels = weight.shape[:2]
        self.conv = nn.Conv2d(channels, out, 3, 1, 1)
        self.batch = nn.BatchNorm2d(out)
        self.relu = nn.ReLU()

    def after(self, x):
        return self.relu(self.batch(x))


class ResNet9(nn.Module):
    """The ResNet-9 of the paper's authors. `until` names the layer behind which nothing is computed."""

    BLOCKS = (
        "prep layer1_head layer1_residual1 layer1_residual2 layer2 layer3_head layer3_residual1 layer3_residual2".split()
    )
    POOLED = ("prep", "layer1_head", "layer2", "layer3_head")
    SUMS = {"layer1_residual2": "add", "layer3_residual2": "add_1"}

    def __init__(self, weights):
        super().__init__()
        for name in self.BLOCKS:
            self.add_module(name, ConvBlock(weights[f"{name}.conv.weight"]))
        missing = self.load_state_dict(weights, strict=False).missing_keys
        assert all(key.endswith("num_batches_tracked") for key in missing), missing
        self.eval()

    @classmethod
    def layers(cls):
        names = []
        for block in cls.BLOCKS:
            names.append(f"{block}.conv")
            if block in cls.SUMS:
                names.append(cls.SUMS[block])
        return names

    def forward(self, x, hook, until=None):
        for name in self.BLOCKS:
            block = getattr(self, name)
            x = block.conv(x)
            hook(f"{name}.conv", x)
            if until == f"{name}.conv":
                return
            x = block.after(x)
            if name in self.POOLED:
                x = functional.max_pool2d(x, 2)
            if name in ("layer1_head", "layer3_head"):
                head = x
            if name in self.SUMS:
                x = x + head
                hook(self.SUMS[name], x)
                if until == self.SUMS[name]:
                    return


def distances(features):
    """[..., views, features] to the mean distance between unit features of two views."""
    unit = features / features.norm(dim=-1, keepdim=True)
    a, b = torch.triu_indices(unit.shape[-2], unit.shape[-2], 1)
    return (unit[..., a, :] - unit[..., b, :]).norm(dim=-1).mean(-1)


def unit_memorization(means):
    """[images, units] to UnitMem, Eq. 5 to 8 of the paper."""
    most = means.max(0).values
    rest = (means.sum(0) - most) / (len(means) - 1)
    return torch.nan_to_num((most - rest) / (most + rest))


def analyse_batched(models, views):
    images, count = views.shape[:2]
    results = []
    for model in models:
        for start in range(0, images, 4):
            batch = views[start : start + 4]
            kept = {}
            model(batch.flatten(0, 1), lambda layer, x: kept.update({layer: x}))
            rows = [distances(x.reshape(len(batch), count, -1)) for x in kept.values()]
            means = [x.mean((2, 3)).reshape(len(batch), count, -1).mean(1) for x in kept.values()]
            results.append((rows, means))
    per = len(results) // len(models)
    alignments, memories = [], []
    for m in range(len(models)):
        parts = results[m * per : (m + 1) * per]
        for layer in range(len(ResNet9.layers())):
            alignments.append(torch.cat([rows[layer] for rows, _ in parts]))
            memories.append(unit_memorization(torch.cat([means[layer] for _, means in parts])))
    return torch.stack(alignments)


def analyse_as_authors(models, views):
    alignments = []
    for model in models:
        for layer in ResNet9.layers():
            row, means = [], []
            for image in views:
                kept = []
                for view in image:
                    model(view[None], lambda name, x: kept.append(x[0]) if name == layer else None, layer)
                features = torch.stack(kept)
                row.append(distances(features.flatten(1)))
                means.append(features.mean((0, 2, 3)))
            alignments.append(torch.stack(row))
            unit_memorization(torch.stack(means))
    return torch.stack(alignments)


def network(job):
    if job.startswith("gemm"):
        b = read(job)["b"].to(DEVICE)
        return lambda x: x @ b
    if job == "conv":
        w = read("conv")["w"].to(DEVICE)
        return lambda x: functional.conv2d(x, w, padding=1)
    if job.startswith("resnet18"):
        return resnet18(read("resnet18")).to(DEVICE)
    if job.startswith("resnet50"):
        return pooled(torchvision.models.resnet50(weights=None), read("resnet50")).to(DEVICE)
    if job.startswith("vit-tiny"):
        return vit(ViT(), read("vit-tiny")).to(DEVICE)
    if job.startswith("vit-base"):
        return vit(ViT(width=768, heads=12, patch=16, tokens=197), read("vit-base")).to(DEVICE)
    models = [ResNet9(read(f"resnet9-{encoder}")).to(DEVICE) for encoder in "fg"]
    way = analyse_as_authors if WAY == "authors" else analyse_batched
    return lambda views: way(models, views)


def version():
    """With the library behind its matrix products, on which its speed hangs."""
    try:
        with open("/proc/self/maps") as file:
            libraries = {line.split("/")[-1].strip() for line in file if ".so" in line}
    except OSError:
        return torch.__version__
    blas = sorted(name for name in libraries if "openblas" in name or "mkl" in name or name.startswith("libblas"))
    return f"{torch.__version__} ({', '.join(blas) or 'BLAS built in'})"


def answer(value):
    print(">", json.dumps(value), flush=True)


def run():
    """From an array to an array: on a GPU with both copies, which also wait for its end."""
    return net(torch.from_numpy(pixels).to(DEVICE)).cpu().numpy()


for line in sys.stdin:
    request = json.loads(line)
    start = time.perf_counter()
    if "open" in request:
        net = network(request["open"])
        pixels = read(f"input-{request['open']}")["x"].numpy()
        ready = time.perf_counter()
        output = run()
        end = time.perf_counter()
        path = f"{OUT}/pytorch-{WAY}-{request['open']}.f32"
        output.astype("<f4").tofile(path)
        answer(
            {
                "create": (ready - start) * 1e3,
                "first": (end - ready) * 1e3,
                "output": path,
                "version": version(),
            }
        )
    else:
        run()
        answer((time.perf_counter() - start) * 1e3)
