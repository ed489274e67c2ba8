"""Every node of an encoder by name, in float64: ResNets by hooks on torchvision's modules, ViTs by a forward pass of their own."""
import math
from collections import OrderedDict

import torch
import torch.nn.functional as F
import torchvision


def resnet(constructor, state, x):
    """torchvision's node names; `add` is what the last ReLU of a block receives. Nothing is read after an operation in place."""
    model = constructor().double().eval()
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and all(m.startswith("fc.") or m.endswith("num_batches_tracked") for m in missing)
    nodes, calls = OrderedDict(), {}

    def watch(name, module):
        block, _, last = name.rpartition(".")
        relus = 3 if f"{block}.conv3.weight" in state else 2

        def before(_, inputs):
            if block and last == "relu" and calls.get(name, 0) == relus - 1:
                nodes[f"{block}.add"] = inputs[0].clone()

        def after(_, __, output):
            call = calls[name] = calls.get(name, 0) + 1
            nodes[name if call == 1 else f"{name}_{call - 1}"] = output.clone()

        module.register_forward_pre_hook(before)
        module.register_forward_hook(after)

    for name, module in model.named_modules():
        if name != "fc" and not list(module.children()):
            watch(name, module)
    model(x)
    nodes["avgpool"] = nodes["avgpool"].flatten(1)
    return nodes


def dino_positions(table, rows, columns):
    """Meta's rule for DINO and DINOv2: bicubic by a factor that is a tenth of a patch too large; the class token stays."""
    side = math.isqrt(table.shape[1] - 1)
    if rows == columns == side:
        return table
    grid = table[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
    grid = F.interpolate(grid, scale_factor=((rows + 0.1) / side, (columns + 0.1) / side), mode="bicubic")
    assert grid.shape[2:] == (rows, columns)
    return torch.cat([table[:, :1], grid.flatten(2).transpose(1, 2)], 1)


def vit(state, x, heads):
    """Tensors under timm's names; LayerNorm eps 1e-6, GELU by erf, softmax of q.k / sqrt(head)."""
    nodes = OrderedDict()

    def keep(name, value):
        nodes[name] = value
        return value

    def linear(name, value):
        return value @ state[f"{name}.weight"].T + state[f"{name}.bias"]

    def norm(name, value):
        centred = value - value.mean(-1, keepdim=True)
        deviation = (centred.square().mean(-1, keepdim=True) + 1e-6).sqrt()
        return centred / deviation * state[f"{name}.weight"] + state[f"{name}.bias"]

    def scaled(name, value):
        return value * state[name] if name in state else value

    kernel = state["patch_embed.proj.weight"]
    patches = F.conv2d(x, kernel, state["patch_embed.proj.bias"], stride=kernel.shape[-1])
    positions = dino_positions(state["pos_embed"], *patches.shape[2:])
    patches = keep("patch_embed", patches.flatten(2).transpose(1, 2))
    stream = keep("tokens", torch.cat([state["cls_token"].expand(len(x), -1, -1), patches], 1) + positions)
    images, tokens, dim = stream.shape
    block = 0
    while f"blocks.{block}.norm1.weight" in state:
        at = f"blocks.{block}"
        qkv = linear(f"{at}.attn.qkv", norm(f"{at}.norm1", stream))
        q, k, v = (part.reshape(images, tokens, heads, -1).transpose(1, 2) for part in qkv.split(dim, -1))
        probs = keep(f"{at}.attn.probs", torch.softmax(q @ k.mT / math.sqrt(dim // heads), -1))
        mixed = (probs @ v).transpose(1, 2).reshape(images, tokens, dim)
        branch = keep(f"{at}.attn", scaled(f"{at}.ls1.gamma", linear(f"{at}.attn.proj", mixed)))
        stream = keep(f"{at}.add_attn", stream + branch)
        hidden = linear(f"{at}.mlp.fc1", norm(f"{at}.norm2", stream))
        hidden = keep(f"{at}.mlp.act", hidden * 0.5 * (1 + torch.erf(hidden / math.sqrt(2))))
        branch = keep(f"{at}.mlp", scaled(f"{at}.ls2.gamma", linear(f"{at}.mlp.fc2", hidden)))
        stream = keep(f"{at}.out", stream + branch)
        block += 1
    nodes["cls"] = keep("norm", norm("norm", stream))[:, 0]
    return nodes


def torchvision_vit(state, x):
    """The same nodes from torchvision's vit_b_16."""
    model = torchvision.models.vit_b_16().double().eval()
    renamed = {"class_token": "cls_token", "encoder.pos_embedding": "pos_embed", "conv_proj": "patch_embed.proj", "encoder.ln": "norm"}
    parts = {
        "ln_1": "norm1", "ln_2": "norm2", "self_attention.in_proj_": "attn.qkv.", "self_attention.out_proj": "attn.proj",
        "mlp.0": "mlp.fc1", "mlp.3": "mlp.fc2",
    }
    for block in range(12):
        for ours, theirs in parts.items():
            renamed[f"encoder.layers.encoder_layer_{block}.{ours}"] = f"blocks.{block}.{theirs}"
    loaded = {}
    for key in model.state_dict():
        for ours, theirs in renamed.items():
            if key == ours or key.startswith(ours if ours.endswith("_") else f"{ours}."):
                loaded[key] = state[theirs + key[len(ours):]]
    missing, _ = model.load_state_dict(loaded, strict=False)
    assert all(m.startswith("heads.") for m in missing), missing
    nodes = {}

    def after(name, pick=lambda output: output):
        return lambda _, __, output: nodes.__setitem__(name, pick(output).clone())

    def before(name):
        return lambda _, inputs: nodes.__setitem__(name, inputs[0].clone())

    model.conv_proj.register_forward_hook(after("patch_embed", lambda output: output.flatten(2).transpose(1, 2)))
    model.encoder.dropout.register_forward_hook(after("tokens"))
    model.encoder.ln.register_forward_hook(after("norm"))
    for block, layer in enumerate(model.encoder.layers):
        at = f"blocks.{block}"
        layer.ln_1.register_forward_hook(after(f"{at}.norm1"))
        layer.self_attention.register_forward_hook(after(f"{at}.attn", lambda output: output[0]))
        layer.ln_2.register_forward_pre_hook(before(f"{at}.add_attn"))
        layer.mlp[1].register_forward_hook(after(f"{at}.mlp.act"))
        layer.mlp.register_forward_hook(after(f"{at}.mlp"))
        layer.register_forward_hook(after(f"{at}.out"))
    model(x)
    nodes["cls"] = nodes["norm"][:, 0]
    for block, layer in enumerate(model.encoder.layers):
        y = nodes.pop(f"blocks.{block}.norm1")
        for module in (layer.self_attention, layer.ln_1):
            module._forward_hooks.clear()
        _, nodes[f"blocks.{block}.attn.probs"] = layer.self_attention(y, y, y, need_weights=True, average_attn_weights=False)
    return nodes
