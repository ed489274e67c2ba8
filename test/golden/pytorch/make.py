"""The files of this folder: what torch.save writes, and beside each, as safetensors, the values that PyTorch reads back.

python3 make.py (with torch 1.13 and numpy) writes them anew; keys of legacy storages are addresses, so bytes differ.
"""
import argparse
import collections
import inspect
import json
import os
import struct
import sys
import types

import numpy as np
import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
DTYPES = {
    torch.float32: 'F32', torch.float64: 'F64', torch.float16: 'F16', torch.bfloat16: 'BF16', torch.int64: 'I64',
    torch.int32: 'I32', torch.int16: 'I16', torch.int8: 'I8', torch.uint8: 'U8', torch.bool: 'BOOL', torch.complex64: 'C64',
}


def path(name):
    return os.path.join(HERE, name)


def raw(tensor):
    tensor = tensor.detach().clone(memory_format=torch.contiguous_format)
    return (tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor).numpy().tobytes()


def save(name, what, of, wrapper='', **options):
    """`of` picks from what was saved, once it is loaded again, the dict whose tensors the reader is to find."""
    torch.save(what, path(name), **options)
    header, data = {'__metadata__': {'wrapper': wrapper}}, b''
    for key, tensor in of(torch.load(path(name))).items():
        values = raw(tensor)
        header[key] = {'dtype': DTYPES[tensor.dtype], 'shape': list(tensor.shape), 'data_offsets': [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    with open(path(name + '.safetensors'), 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + data)


def module(name, **members):
    """A module that the reader cannot know."""
    made = sys.modules[name] = types.ModuleType(name)
    for key, member in members.items():
        member.__module__ = name
        setattr(made, key, member)


class Attributes(dict):
    pass


class Callback:
    def __init__(self):
        self.best = np.float64(0.25)
        self.table = np.arange(3)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.layer1 = nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU())
        self.fc = nn.Linear(4, 2)
        self.tied = self.fc
        self.register_buffer('scratch', torch.ones(5), persistent=False)
        self.register_buffer('scale', torch.tensor(0.5))


def net(seed):
    torch.manual_seed(seed)
    made = Net()
    made.bn1.running_mean.normal_()
    return made


def kinds():
    torch.manual_seed(0)
    base = torch.randn(6, 8)
    flat = torch.arange(60, dtype=torch.float32)
    tensors = collections.OrderedDict()
    for dtype in DTYPES:
        values = torch.randn(2, 3) * 50
        tensors[DTYPES[dtype]] = (values > 0) if dtype == torch.bool else values.to(dtype)
    tensors['F32.special'] = torch.tensor([float('nan'), float('inf'), -0.0, 1e-42])
    tensors['transposed'] = base.t()
    tensors['rows'] = base[2:4]
    tensors['columns'] = base[:, 3:5]
    tensors['steps'] = base[1::2, ::3]
    tensors['whole'] = base
    tensors['halves.a'], tensors['halves.b'] = flat[:30].view(5, 6), flat[30:].view(2, 3, 5)
    tensors['channels_last'] = torch.randn(3, 4, 2, 5).to(memory_format=torch.channels_last)
    tensors['permuted.F64'] = torch.randn(2, 3, 4, dtype=torch.float64).permute(2, 0, 1)
    tensors['permuted.F16'] = torch.randn(2, 3, 4).half().permute(1, 2, 0)
    tensors['permuted.I8'] = torch.randint(-99, 99, (3, 5), dtype=torch.int8).t()
    tensors['expanded'] = torch.randn(1, 3).expand(4, 3)
    tensors['parameter'] = nn.Parameter(torch.randn(2, 2))
    tensors['frozen'] = nn.Parameter(torch.randn(2), requires_grad=False)
    tensors['scalar'] = torch.tensor(7, dtype=torch.int64)
    tensors['empty'] = torch.zeros(0, 3)
    return tensors


# Old files of whole modules carry the source text of their classes: others' code, and paths of the machine.
inspect.getsourcelines = None

module('lightning_like', Attributes=Attributes, Callback=Callback)
module('nets_elsewhere', Net=Net)

LEGACY = {'_use_new_zipfile_serialization': False}


def same(loaded):
    return loaded


save('kinds.pth', kinds(), same)
save('kinds-legacy.pth', kinds(), same, **LEGACY)
save('kinds-protocol4.pth', kinds(), same, pickle_protocol=4)
save('kinds-legacy-protocol4.pth', kinds(), same, pickle_protocol=4, **LEGACY)

made = net(1)
optimizer = torch.optim.SGD(made.parameters(), lr=.1, momentum=.9)
made.fc(made.conv1(torch.randn(2, 3, 3, 3)).flatten(1)).sum().backward()
optimizer.step()
lightning = {
    'epoch': 3, 'global_step': 2**40, 'pytorch-lightning_version': '1.9.0', 'state_dict': made.state_dict(), 'loops': None,
    'callbacks': {Callback: {'best': np.float32(.5), 'callback': Callback()}}, 'optimizer_states': [optimizer.state_dict()],
    'lr_schedulers': [{'last_epoch': 3, 'seen': {1, 2}}],
    'hyper_parameters': Attributes(lr=.1, names=('a', 'b'), arguments=argparse.Namespace(depth=2), where=torch.device('cpu'), kind=torch.float32),
}
save('lightning.ckpt', lightning, lambda loaded: loaded['state_dict'], 'state_dict')

student, teacher = ({prefix + key: value for key, value in net(seed).state_dict().items()} for seed, prefix in ((2, 'module.backbone.'), (3, 'backbone.')))
dino = {
    'student': student, 'teacher': teacher, 'optimizer': optimizer.state_dict(), 'epoch': 100,
    'args': argparse.Namespace(arch='vit_small', patch_size=16, lr=5e-4, seed=np.int64(0)), 'dino_loss': {'center': torch.zeros(1, 8)},
}
save('dino.pth', dino, lambda loaded: loaded['teacher'], 'teacher')

kuangliu = {'net': nn.DataParallel(net(4)).state_dict(), 'acc': 91.2, 'best': torch.tensor(91.2), 'epoch': 5}
save('dataparallel-legacy.pth.tar', kuangliu, lambda loaded: loaded['net'], 'net', **LEGACY)

state = net(5).state_dict()
heads = {'0.weight': torch.randn(2, 2)}
vissl = {'phase': 1, 'loss': torch.tensor(.3), 'classy_state_dict': {'base_model': {'model': {'trunk': state, 'heads': heads}, 'meters': {}}}}
save('vissl.torch', vissl, lambda loaded: loaded['classy_state_dict']['base_model']['model']['trunk'], 'classy_state_dict.base_model.model.trunk')

nested = {'when': 'today', 'weights': {'stem': {'conv': state['conv1.weight']}, 'head': {'bias': state['fc.bias']}}}
save('nested.pth', nested, lambda loaded: {'stem.conv': loaded['weights']['stem']['conv'], 'head.bias': loaded['weights']['head']['bias']}, 'weights')

save('module.pt', net(6), lambda loaded: loaded.state_dict())
save('module-legacy.pt', {'model': net(6), 'epoch': 2}, lambda loaded: loaded['model'].state_dict(), 'model', **LEGACY)
