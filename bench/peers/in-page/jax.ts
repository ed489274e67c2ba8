import { defaultDevice, init, jit, lax, nn, numpy as np } from '@jax-js/jax';
import { foldedResNet18 } from '../folded.js';
import { inputOf, type Job, type Network, VIT, weightsOf } from '../jobs.js';
import type { Runner } from '../program.js';
import { serve } from './serve.js';

type Tensor = ReturnType<typeof np.array>;
/** Arrays are consumed by what reads them; `.ref` keeps one for another reader. */
type Parameters = Readonly<Record<string, Tensor>>;
type Net = (parameters: Parameters, x: Tensor) => Tensor;

serve(open);

async function open(job: Job): Promise<Runner> {
  await init('webgpu');
  defaultDevice('webgpu');
  const parameters = parametersOf(job.network);
  const net = jit(NETS[job.network]);
  const input = inputOf(job);
  const again = () => Object.fromEntries(Object.entries(parameters).map(([name, { ref }]) => [name, ref]));
  return { run: async () => net(again(), np.array(input, { shape: job.input })).data() };
}

function parametersOf(network: Network): Parameters {
  const weights = weightsOf(network);
  const parameters: Record<string, Tensor> = {};
  const add = (name: string, data: Float32Array, shape: readonly number[]) => {
    parameters[name] = np.array(data, { shape });
  };
  if (network !== 'resnet18') {
    for (const [name, { data, shape }] of weights.tensors) add(name, data, shape);
    return parameters;
  }
  const { stem, blocks } = foldedResNet18(weights);
  const convs = [
    ['stem', stem] as const,
    ...blocks.flatMap(({ conv1, conv2, downsample }, n) => [
      [`${n}.conv1`, conv1] as const,
      [`${n}.conv2`, conv2] as const,
      ...(downsample ? [[`${n}.downsample`, downsample] as const] : []),
    ]),
  ];
  for (const [name, { shape, weight, bias }] of convs) {
    add(`${name}.w`, weight, shape);
    add(`${name}.b`, bias, [1, bias.length, 1, 1]);
  }
  return parameters;
}

const NETS: Readonly<Partial<Record<Network, Net>>> = {
  gemm: ({ b }, x) => np.matmul(x, b),
  conv: ({ w }, x) => convolve(x, w, 1, 1),
  resnet18,
  'vit-tiny': vitTiny,
};

function convolve(x: Tensor, w: Tensor, stride: number, padding: number): Tensor {
  return lax.conv(
    x,
    w,
    [stride, stride],
    [
      [padding, padding],
      [padding, padding],
    ],
  );
}

function resnet18(p: Parameters, input: Tensor): Tensor {
  const conv = (x: Tensor, name: string, stride: number, padding: number) =>
    convolve(x, p[`${name}.w`].ref, stride, padding).add(p[`${name}.b`].ref);
  let x = nn.relu(conv(input, 'stem', 1, 1));
  for (let n = 0; n < 8; n++) {
    const stride = n > 0 && n % 2 === 0 ? 2 : 1;
    const shortcut = `${n}.downsample.w` in p ? conv(x.ref, `${n}.downsample`, stride, 0) : x.ref;
    x = nn.relu(conv(nn.relu(conv(x, `${n}.conv1`, stride, 1)), `${n}.conv2`, 1, 1).add(shortcut));
  }
  return np.mean(x, [2, 3]);
}

function vitTiny(p: Parameters, input: Tensor): Tensor {
  const { width, depth, heads, patch, tokens, eps } = VIT;
  const [batch] = input.shape;
  const linear = (x: Tensor, at: string) => np.matmul(x, p[`${at}.weight`].ref.transpose()).add(p[`${at}.bias`].ref);
  const norm = (x: Tensor, at: string) =>
    nn.standardize(x, -1, { epsilon: eps }).mul(p[`${at}.weight`].ref).add(p[`${at}.bias`].ref);
  const patches = convolve(input, p['patch_embed.proj.weight'].ref, patch, 0)
    .add(p['patch_embed.proj.bias'].ref.reshape([1, width, 1, 1]))
    .reshape([batch, width, tokens - 1])
    .transpose([0, 2, 1]);
  const cls = np.broadcastTo(p.cls_token.ref, [batch, 1, width]);
  let x = np.concatenate([cls, patches], 1).add(p.pos_embed.ref);
  for (let n = 0; n < depth; n++) {
    const at = `blocks.${n}`;
    const qkv = linear(norm(x.ref, `${at}.norm1`), `${at}.attn.qkv`);
    const [q, k, v] = np.split(qkv, 3, -1).map((part: Tensor) => part.reshape([batch, tokens, heads, width / heads]));
    const attended = nn.dotProductAttention(q, k, v).reshape([batch, tokens, width]);
    x = x.add(linear(attended, `${at}.attn.proj`));
    const hidden = nn.gelu(linear(norm(x.ref, `${at}.norm2`), `${at}.mlp.fc1`), { approximate: false });
    x = x.add(linear(hidden, `${at}.mlp.fc2`));
  }
  return norm(x.slice([], 0), 'norm');
}
